"""Webhooks go to the public internet: no spelling of an inside address gets through."""

from collections.abc import Sequence
from ipaddress import ip_address

import aiohttp
import pytest
from aiohttp import web

from app.errors import ConfigurationError
from app.handoff.addresses import Addresses, Allowed, PinnedResolver, RefusedAddress, UnknownHost
from app.handoff.formats.calls import Event, Receiver
from app.handoff.ranges import is_public
from app.handoff.sending import attempt
from app.handoff.signing import new_secret
from tests.fakes.webhooks import WebhookReceiver

EVENT = Event.of("id-1", '{"type":"webhook.test","timestamp":"t","data":{}}')


class Names:
    """A name server whose answers change from one question to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise OSError("no such host")
        return found


INSIDE = """
http://127.0.0.1/ http://127.0.0.1:8080/ http://127.1/ http://127.0.1/ http://2130706433/
http://0x7f000001/ http://0x7f.0.0.1/ http://0x7F.1/ http://0177.0.0.1/ http://017700000001/
http://127.0.0.01/ http://127.0.0.1./ http://0/ http://0.0.0.0/ http://00.00.00.00/
http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://１２７.0.0.1/ http://127.0.0.1%20/
http://10.0.0.8/ http://172.16.3.4/ http://172.31.255.254/ http://192.168.1.1/ http://169.254.169.254/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/ http://0251.0376.0251.0376/
http://100.64.0.1/ http://100.100.100.200/ http://192.0.0.192/ http://198.18.0.1/ http://224.0.0.1/
http://240.0.0.1/ http://255.255.255.255/ http://192.0.2.7/ http://203.0.113.9/ http://168.63.129.16/
http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/
http://[::ffff:169.254.169.254]/ http://[::127.0.0.1]/ http://[::7f00:1]/ http://[64:ff9b::7f00:1]/
http://[64:ff9b::169.254.169.254]/ http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/ http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/ http://[fe80::1]/
http://[fe80::1%25eth0]/ http://[fec0::1]/ http://[fc00::1]/ http://[fd00:ec2::254]/ http://[ff02::1]/
http://[2001:db8::1]/ http://[100::1]/ http://[::ffff:0:127.0.0.1]/ http://[5f00::1]/
""".split()
ODD = """
ftp://hooks.test/ file:///etc/passwd gopher://hooks.test/ //hooks.test/ hooks.test http:hooks.test
http:///hooks.test http://user@hooks.test/ http://user:word@hooks.test/ http://hooks.test@127.0.0.1/
http://hooks.test#@127.0.0.1/ http://hooks.test\\@127.0.0.1/ http://hooks.test\\.evil.test/
http://hooks.test:0/ http://hooks.test:65536/ http://hooks.test:80:80/ http://hooks.test:٨٠/
http://hooks..test/ http://.hooks.test/ http://hooks.test./ http://[::1 http://[hooks.test]/
http://hooks.test/ü http://höoks.test/ http://hooks.test/a#b
http://hooks.test:22/ http://hooks.test:5432/ http://hooks.test:6379/ HTTP://hooks.test/
""".split()


@pytest.mark.parametrize(
    "url", [*INSIDE, "http://hooks.test/a b", "http://hooks.test/\r\nHost:x", "", "http://", *ODD]
)
async def test_what_is_inside_or_no_plain_url_is_refused(url: str) -> None:
    addresses = Addresses(resolve=Names(["93.184.215.14"]))
    with pytest.raises(RefusedAddress):
        await addresses.check(addresses.read(url))
    tried = await attempt(addresses, "generic", EVENT, Receiver(url, (new_secret(),)))
    assert (tried.status, tried.problem) == (None, "address")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.test/a?b=c", "http://hooks.test", "https://hooks.test:8443/",
        "http://hooks.test:8080/x", "https://93.184.215.14/", "https://[2606:4700::6810:85e5]/",
        "https://xn--hks-sna.test/", "https://3com.test/", "https://a_b.hooks.test/?x=%2F",
        "http://[64:ff9b::5db8:d70e]/",
    ],
)  # fmt: skip
async def test_what_is_public_is_let_through(url: str) -> None:
    addresses = Addresses(resolve=Names(["93.184.215.14", "2606:4700::6810:85e5"]))
    assert await addresses.check(addresses.read(url))


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["2606:4700::1", "::1"], ["fe80::1%eth0"],
        ["93.184.215.14", "64:ff9b::a00:1"], ["::ffff:10.0.0.1"], ["1.2.3"],
    ],
)  # fmt: skip
async def test_one_inside_address_among_the_host_s_is_enough_to_refuse(found: list[str]) -> None:
    addresses = Addresses(resolve=Names(found))
    with pytest.raises(RefusedAddress):
        await addresses.check(addresses.read("https://hooks.test/"))


async def test_a_host_without_addresses_is_unknown() -> None:
    addresses = Addresses(resolve=Names([]))
    with pytest.raises(UnknownHost):
        await addresses.check(addresses.read("https://hooks.test/"))


async def test_a_name_that_changes_its_address_is_asked_once_and_reaches_nothing_inside() -> None:
    """The check sees a public address; a second question would lead to the canary."""
    reached: list[str] = []

    async def canary(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", canary)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    # the port would be refused anyway: it is opened for another network
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    addresses = Addresses("192.0.2.0/24", resolve=names)
    receiver = Receiver(f"http://hooks.test:{port}/", (new_secret(),))
    first = await attempt(addresses, "generic", EVENT, receiver, 0.3)
    assert (names.asked, first.problem in ("timeout", "connection")) == (1, True)
    second = await attempt(addresses, "generic", EVENT, receiver, 0.3)
    assert (names.asked, second.problem) == (2, "address")
    assert reached == []
    await runner.cleanup()


async def test_an_allowed_name_is_called_under_its_name_at_the_checked_address(
    receiver: WebhookReceiver,
) -> None:
    secret = new_secret()
    receiver.secrets.append(secret)
    names = Names(["127.0.0.1"])
    url = f"http://desk.inside:{receiver.port}/hook"
    addresses = Addresses(f"desk.inside:{receiver.port}", resolve=names)
    tried = await attempt(addresses, "generic", EVENT, Receiver(url, (secret,)))
    assert (tried.status, tried.problem) == (200, None)
    assert len(receiver.taken) == names.asked == 1


async def test_proxies_of_the_environment_are_not_used(
    receiver: WebhookReceiver, other: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", other.url())
    addresses = Addresses("127.0.0.1")
    tried = await attempt(addresses, "generic", EVENT, Receiver(receiver.url(), (new_secret(),)))
    assert tried.status == 200
    assert (len(receiver.requests), len(other.requests)) == (1, 0)


@pytest.mark.parametrize(
    ("allowed", "url", "opened"),
    [
        ("10.0.0.0/8", "http://10.1.2.3:9000/", True),
        ("10.0.0.0/8", "http://11.1.2.3:9000/", False),
        ("10.1.2.3", "http://10.1.2.3/", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000/", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9001/", False),
        ("desk.inside", "http://DESK.inside:9000/", True),
        ("desk.inside", "http://desk.inside.evil.test/", False),
        ("fd00::/8, other.inside", "http://[fd00::5]:9000/", True),
        ("[fd00::5]:9000", "http://[fd00::5]:9000/", True),
        ("127.0.0.1", "http://2130706433/", False),
        ("", "http://10.1.2.3/", False),
    ],
)
async def test_what_is_allowed_is_opened_and_nothing_beside_it(
    allowed: str, url: str, opened: bool
) -> None:
    addresses = Addresses(allowed, resolve=Names(["10.9.9.9"]))
    if opened:
        assert await addresses.check(addresses.read(url))
    else:
        with pytest.raises(RefusedAddress):
            await addresses.check(addresses.read(url))


def test_production_sends_over_https_only() -> None:
    addresses = Addresses("desk.inside", https_only=True)
    assert addresses.read("https://desk.inside/")
    with pytest.raises(RefusedAddress, match="https"):
        addresses.read("http://desk.inside/")


@pytest.mark.parametrize("setting", ["10.0.0.0/99", "desk.inside:http", "10.0.0.1/8"])
def test_a_setting_that_cannot_be_read_stops_the_start(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="WEBHOOK_ALLOWED_HOSTS"):
        Allowed.of(setting)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


async def test_the_pinned_resolver_answers_for_its_host_alone() -> None:
    place = Addresses().read("https://hooks.test/")
    pinned = PinnedResolver(place, [ip_address("93.184.215.14")])
    assert (await pinned.resolve("hooks.test", 443))[0]["host"] == "93.184.215.14"
    for host, port in (("evil.test", 443), ("hooks.test", 80)):
        with pytest.raises(OSError, match="another host"):
            await pinned.resolve(host, port)
    assert isinstance(pinned, aiohttp.abc.AbstractResolver)
