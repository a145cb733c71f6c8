"""The workshop's calendar in somebody else's system, over the REST API of docs/scheduler_api.md.

A write whose answer is lost is looked up by its key and, if it did not happen, sent once more with
the same key; only when even that leaves doubt does the caller get OutcomeUnknown.
"""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
import orjson
from pydantic import BaseModel
from yarl import URL

from agents.dealership import (
    Appointment,
    Booking,
    Car,
    DealershipError,
    DealershipUnavailable,
    DoneService,
    OpenDay,
    OutcomeUnknown,
    OutsideHours,
    Service,
    Slot,
    SlotTaken,
    UnknownAppointment,
    UnknownService,
)
from app.dealership import planning, wire

KEPT_SECONDS = 60.0
MOST_KEPT = 64
MOST_APPOINTMENTS = 100
MOST_BYTES = 2_000_000
WRITING = {"Content-Type": "application/json"}
MAYBE_RUNNING = {502, 504}  # a gateway gave up waiting; what stands behind it may go on

Answer = TypeVar("Answer", bound=BaseModel)


class Lost(Exception):
    """No usable answer. `over`: the scheduler is done with the request, one way or the other."""

    def __init__(self, over: bool) -> None:
        super().__init__()
        self.over = over


class UnknownWrite(DealershipError):
    """No write has this key."""

    code = "unknown_write"


REFUSALS: dict[str, type[DealershipError]] = {
    refusal.code: refusal
    for refusal in (
        DealershipError, UnknownService, SlotTaken, OutsideHours, UnknownAppointment, UnknownWrite
    )
}  # fmt: skip


class RemoteDealership:
    """`agents.dealership.Dealership` over HTTP. `seconds` bounds each request."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        key: str,
        zone: ZoneInfo,
        place: str,
        *,
        seconds: float = 5.0,
    ) -> None:
        self.zone, self.place = zone, place
        self._http, self._base = http, f"{base_url.rstrip('/')}/v1"
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds)
        self._kept: dict[str, tuple[float, Any]] = {}

    async def services(self) -> Sequence[Service]:
        answer = await self._cached(wire.Services, "/services")
        return [each.value() for each in answer.services]

    async def open_days(self, first: date, last: date) -> list[OpenDay]:
        days = planning.days_between(first, last)
        answer = await self._cached(wire.Days, f"/opening?first={first}&last={last}")
        opened = [each.value() for each in answer.days]
        if [each.day for each in opened] != days:
            raise DealershipUnavailable
        return opened

    async def free_slots(self, service: str, first: date, last: date) -> list[Slot]:
        days = planning.days_between(first, last)
        if not planning.storable(service, planning.MOST_NAME):
            raise UnknownService
        path = f"/slots?service={quote(service, safe='')}&first={first}&last={last}"
        answer = await self._get(wire.Slots, path)
        slots = [each.value(self.zone) for each in answer.slots]
        if any(planning.to_grid(s.start) or s.start.date() not in days for s in slots):
            raise DealershipUnavailable
        return sorted(slots, key=lambda slot: slot.start.timestamp())

    async def cars(self, customer_id: UUID) -> list[Car]:
        answer = await self._get(wire.Cars, f"/customers/{customer_id}/vehicles")
        return [each.value() for each in answer.vehicles]

    async def history(self, customer_id: UUID) -> list[DoneService]:
        answer = await self._get(wire.History, f"/customers/{customer_id}/history")
        done = [each.value() for each in answer.history]
        return sorted(done, key=lambda each: each.day, reverse=True)

    async def appointments(self, customer_id: UUID) -> list[Appointment]:
        found = await self._appointments(f"/customers/{customer_id}/appointments")
        return [each for each in found if each.state == "booked"]

    async def all_appointments(self, customer_id: UUID) -> list[Appointment]:
        """A scheduler that does not know the question answers with those ahead."""
        found = await self._appointments(f"/customers/{customer_id}/appointments?all=true")
        return found[-MOST_APPOINTMENTS:]

    async def _appointments(self, path: str) -> list[Appointment]:
        answer = await self._get(wire.Appointments, path)
        found = [each.value(self.zone) for each in answer.appointments]
        return sorted(found, key=lambda each: each.start.timestamp())

    async def book(self, booking: Booking, key: str) -> Appointment:
        planning.check_booking(booking)
        car = {"id": booking.car.id, "model": booking.car.model, "year": booking.car.year}
        body = {
            "customer_id": booking.customer_id, "service": booking.service, "car": car,
            "start": self._moment(booking.start), "price": booking.price, "reason": booking.reason,
        }  # fmt: skip
        return await self._write("/appointments", body, key)

    async def move(
        self, customer_id: UUID, appointment_id: str, start: datetime, key: str
    ) -> Appointment:
        body = {"customer_id": customer_id, "start": self._moment(start)}
        return await self._write(f"/appointments/{_own_id(appointment_id)}/move", body, key)

    async def cancel(self, customer_id: UUID, appointment_id: str, key: str) -> Appointment:
        body = {"customer_id": customer_id}
        return await self._write(f"/appointments/{_own_id(appointment_id)}/cancel", body, key)

    async def outcome(self, key: str) -> Appointment | None:
        planning.check_key(key)
        try:
            answer = await self._get(wire.WireAppointment, f"/writes/{quote(key, safe='')}")
        except UnknownWrite:
            return None
        return answer.value(self.zone)

    async def _write(self, path: str, body: dict[str, Any], key: str) -> Appointment:
        """At most two attempts under one key; after each lost answer, what the key did counts."""
        planning.check_key(key)
        in_doubt = False
        for _ in range(2):
            try:
                sent = orjson.dumps(body, default=str)  # ids from our store are their own type
                answer = await self._ask(wire.WireAppointment, "POST", path, data=sent, key=key)
                return answer.value(self.zone)
            except Lost as lost:
                in_doubt = in_doubt or not lost.over
                if done := await self._look_up(key):
                    return done
            except DealershipUnavailable:
                break
        raise OutcomeUnknown if in_doubt else DealershipUnavailable

    async def _look_up(self, key: str) -> Appointment | None:
        try:
            return await self.outcome(key)
        except DealershipUnavailable as silent:
            raise OutcomeUnknown from silent

    async def _cached(self, model: type[Answer], path: str) -> Answer:
        kept: tuple[float, Answer] | None = self._kept.get(path)
        if kept and time.monotonic() < kept[0]:
            return kept[1]
        answer = await self._get(model, path)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[path] = time.monotonic() + KEPT_SECONDS, answer
        return answer

    async def _get(self, model: type[Answer], path: str) -> Answer:
        """Nothing changes by reading, so every way to fail is the same one."""
        try:
            return await self._ask(model, "GET", path)
        except Lost as lost:
            raise DealershipUnavailable from lost

    async def _ask(
        self, model: type[Answer], method: str, path: str, *, data: bytes = b"", key: str = ""
    ) -> Answer:
        """Raises a refusal, DealershipUnavailable (nothing was done), Lost (who knows)."""
        headers = self._headers | (WRITING | {"Idempotency-Key": key} if key else {})
        try:
            # The bearer key goes to this one address: a redirect is not followed.
            async with self._http.request(
                method, URL(self._base + path, encoded=True), data=data or None, headers=headers,
                timeout=self._timeout, allow_redirects=False,
            ) as response:  # fmt: skip
                body = await _bounded(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as refused:
            raise DealershipUnavailable from refused
        except (aiohttp.ClientError, TimeoutError) as silent:
            raise Lost(over=False) from silent
        return _understood(model, response.status, body)

    def _moment(self, start: datetime) -> str:
        if start.tzinfo is None:
            raise ValueError("a time without its zone")
        try:
            return start.astimezone(self.zone).isoformat()
        except OverflowError:
            raise OutsideHours from None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, unless it is longer than any honest one."""
    body = b""
    async for piece in response.content.iter_chunked(65_536):
        body += piece
        if len(body) > MOST_BYTES:
            raise aiohttp.ClientPayloadError("too long")
    return body


def _understood(model: type[Answer], status: int, body: bytes) -> Answer:
    """A refusal is a 4xx with a word we know. Everything else that is not the answer is noise."""
    try:
        if 400 <= status < 500:
            raise REFUSALS[wire.Refusal.model_validate_json(body).error]
        if 200 <= status < 300:
            return model.model_validate_json(body)
    except (ValueError, KeyError) as nonsense:
        if status < 300:
            raise Lost(over=True) from nonsense
        raise DealershipUnavailable from nonsense
    if status >= 500:
        raise Lost(over=status not in MAYBE_RUNNING)
    raise DealershipUnavailable


def _own_id(appointment_id: str) -> str:
    """Raises UnknownAppointment for what could not be one, before it becomes part of a path."""
    if not wire.ID.fullmatch(appointment_id):
        raise UnknownAppointment
    return appointment_id
