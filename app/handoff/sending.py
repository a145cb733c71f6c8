"""One attempt at a delivery over HTTP: to checked addresses, ten seconds, no redirects."""

import asyncio
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import orjson
from yarl import URL

from app.handoff.addresses import Addresses, PinnedResolver, RefusedAddress, UnknownHost
from app.handoff.formats import FORMATS
from app.handoff.formats.calls import Answer, Call, Event, OddAnswer, Receiver
from app.handoff.signing import headers_of
from app.version import VERSION

SECONDS = 10.0
LONGEST_WAIT = 86_400.0
THROTTLED = frozenset({429, 503})
HEADERS = {"User-Agent": f"GenAI-Auto/{VERSION}", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it. `problem` is None when it was delivered; `retry_after` in seconds."""

    took_ms: int
    status: int | None = None
    problem: str | None = None
    retry_after: float | None = None

    @property
    def is_gone(self) -> bool:
        return self.status == 410


class Refused(Exception):
    """The receiver answered, and not with yes."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(status)
        self.status, self.retry_after = status, retry_after


async def attempt(
    addresses: Addresses, format: str, event: Event, receiver: Receiver, seconds: float = SECONDS
) -> Attempt:
    """Never raises what a receiver or the network does: it is told as the attempt's `problem`."""
    begun = time.monotonic()
    status, problem, retry_after = None, None, None
    try:
        async with asyncio.timeout(seconds):
            status = await _carried_out(
                addresses, FORMATS[format](event, receiver), event, receiver
            )
    except Refused as refused:
        status, retry_after = refused.status, refused.retry_after
        problem = "redirect" if 300 <= refused.status < 400 else "status"
    except tuple(PROBLEMS) as failed:
        problem = next(word for kind, word in PROBLEMS.items() if isinstance(failed, kind))
    return Attempt(round((time.monotonic() - begun) * 1000), status, problem, retry_after)


async def _carried_out(
    addresses: Addresses, calls: Generator[Call, Answer, None], event: Event, receiver: Receiver
) -> int:
    """All calls of the format, over one pinned connector; the last status. Raises Refused."""
    place = addresses.read(receiver.url)
    resolver = PinnedResolver(place, await addresses.check(place))
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=jar, trust_env=False, auto_decompress=False
    ) as http:
        with closing(calls):
            call: Call | None = next(calls)
            while call is not None:
                answer = await _made(http, call, event, receiver)
                try:
                    call = calls.send(answer)
                except StopIteration:
                    call = None
    return answer.status


async def _made(
    http: aiohttp.ClientSession, call: Call, event: Event, receiver: Receiver
) -> Answer:
    """Raises Refused, and whatever the network does."""
    url = URL(call.url, encoded=True)
    async with http.request(
        call.method, url, data=call.body or None, headers=_headers(call, event, receiver),
        allow_redirects=False,
    ) as response:  # fmt: skip
        if not (200 <= response.status < 300 or response.status in call.accepted):
            raise Refused(response.status, _retry_after(response))
        return Answer(response.status, await _json(response, call.longest))


def _headers(call: Call, event: Event, receiver: Receiver) -> dict[str, str]:
    signed = {}
    if call.signed:
        signed = headers_of(receiver.secrets, event.id, int(time.time()), call.body)
    return {"Content-Type": "application/json", **HEADERS, **call.headers, **signed}


async def _json(response: aiohttp.ClientResponse, longest: int) -> object:
    """None for what is longer, or is no JSON: no more than `longest` bytes are read."""
    read = b""
    while len(read) <= longest and (piece := await response.content.read(longest + 1 - len(read))):
        read += piece
    try:
        return orjson.loads(read) if len(read) <= longest else None
    except orjson.JSONDecodeError:
        return None


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds, given as such or as a date; a day at most. None unless the receiver is throttled."""
    given = response.headers.get("Retry-After", "").strip()
    if response.status not in THROTTLED or not given:
        return None
    if given.isascii() and given.isdigit():
        return min(float(given[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (aware - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


# In this order: the first that fits names the problem.
PROBLEMS: dict[type[Exception], str] = {
    UnknownHost: "dns",
    RefusedAddress: "address",
    OddAnswer: "answer",
    TimeoutError: "timeout",
    aiohttp.ClientSSLError: "tls",
    aiohttp.ClientConnectorError: "connection",
    aiohttp.ClientError: "connection",
    OSError: "connection",
    ValueError: "answer",
    KeyError: "options",
}
