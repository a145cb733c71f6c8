"""A dealer's own scheduler, as docs/scheduler_api.md wants it, with faults on demand."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from agents.dealership import (
    Appointment,
    Booking,
    Car,
    DealershipError,
    DoneService,
    OpenDay,
    OutsideHours,
    Service,
    SlotTaken,
    UnknownAppointment,
    UnknownService,
)
from app.dealership import planning
from app.dealership.planning import BusyTimes

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STATUS = {"slot_taken": 409, "outside_hours": 422, "refused": 422}
ACCESS_KEY = "scheduler-key"


class UnknownWrite(DealershipError):
    code = "unknown_write"


@dataclass
class Held:
    """An appointment with what only the workshop knows."""

    customer: uuid.UUID
    bay: int
    technician: int
    seen: Appointment


@dataclass
class Scheduler:
    """Keeps a real calendar. `fail(fault)` spoils the next writes, or all requests."""

    zone: ZoneInfo
    clock: Callable[[], datetime]
    services: dict[str, tuple[Service, str]] = field(default_factory=dict)
    hours: dict[int, list[tuple[time, time]]] = field(default_factory=dict)
    holidays: dict[date, str] = field(default_factory=dict)
    bays: list[int] = field(default_factory=list)
    technicians: dict[int, set[str]] = field(default_factory=dict)
    cars: dict[uuid.UUID, list[Car]] = field(default_factory=lambda: defaultdict(list))
    history: dict[uuid.UUID, list[DoneService]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, Held] = field(default_factory=dict)
    writes: dict[str, tuple[uuid.UUID, Appointment]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    slow_seconds: float = 1.0
    base_url: str = ""

    def fail(self, fault: str, method: str = "POST", times: int = 1) -> None:
        """slow_before, slow_after, drop_before, drop_after, garbage_before, garbage_after, or a
        status such as 500_before, 500_after: before or after acting."""
        self.faults += [(method, fault)] * times

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Scheduler"]:
        runner = web.AppRunner(self.app(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._faulty, self._speaking])
        app.router.add_get("/v1/services", self._services)
        app.router.add_get("/v1/opening", self._opening)
        app.router.add_get("/v1/slots", self._slots)
        app.router.add_get("/v1/customers/{customer}/{what}", self._of_customer)
        app.router.add_get("/v1/writes/{key}", self._write_of)
        app.router.add_post("/v1/appointments", self._book)
        app.router.add_post("/v1/appointments/{id}/{what}", self._change)
        return app

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        fault, when = self._next_fault(request.method)
        await asyncio.sleep(self.slow_seconds if (fault, when) == ("slow", "before") else 0)
        acts = when != "before" or fault == "slow"
        answer = await handler(request) if acts else web.Response()
        await asyncio.sleep(self.slow_seconds if (fault, when) == ("slow", "after") else 0)
        if fault == "drop" and request.transport:
            request.transport.close()
        if fault == "garbage":
            return web.Response(text='{"id": 7, "start": "soon"')
        return web.Response(status=int(fault)) if fault.isdigit() else answer

    def _next_fault(self, method: str) -> tuple[str, str]:
        for index, (where, fault) in enumerate(self.faults):
            if where in (method, "*"):
                del self.faults[index]
                name, _, when = fault.partition("_")
                return name, when
        return "", ""

    @web.middleware
    async def _speaking(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {ACCESS_KEY}":
            return web.json_response({"error": "unauthorized"}, status=401)
        try:
            return await handler(request)
        except DealershipError as refused:
            return web.json_response({"error": refused.code}, status=STATUS.get(refused.code, 404))

    async def _services(self, request: web.Request) -> web.Response:
        return spoken({"services": [asdict(service) for service, _ in self.services.values()]})

    async def _opening(self, request: web.Request) -> web.Response:
        return spoken({"days": [self._day(day) for day in asked_days(request)]})

    async def _slots(self, request: web.Request) -> web.Response:
        service, skill = self._service(request.query["service"])
        starts = [
            start
            for day in asked_days(request)
            for start in planning.starts(self._day(day), service.minutes, self.zone)
            if planning.within_reach(start, self.clock())
        ]
        bays, technicians = self._busy(skill)
        free = planning.free_slots(
            starts, service.minutes, [*bays.values()], [*technicians.values()]
        )
        return spoken({"slots": [{"start": s.start, "minutes": s.minutes} for s in free]})

    async def _of_customer(self, request: web.Request) -> web.Response:
        customer, what = uuid.UUID(request.match_info["customer"]), request.match_info["what"]
        own = [held.seen for held in self.held.values() if held.customer == customer]
        ahead = [a for a in own if a.state == "booked" and a.start > self.clock()]
        ahead = own if request.query.get("all") == "true" else ahead
        known = {"vehicles": self.cars[customer], "history": self.history[customer]}
        return spoken({what: (known | {"appointments": ahead})[what]})

    async def _write_of(self, request: web.Request) -> web.Response:
        if not (left := self.writes.get(request.match_info["key"])):
            raise UnknownWrite
        return spoken(left[1])

    async def _book(self, request: web.Request) -> web.Response:
        body = await request.json()
        return self._once(request, body, lambda: self._new(read_booking(body)))

    async def _change(self, request: web.Request) -> web.Response:
        body = await request.json()
        changes = {"move": self._moved, "cancel": self._cancelled}
        change = changes[request.match_info["what"]]
        return self._once(request, body, lambda: change(self._own(request, body), body))

    def _once(
        self, request: web.Request, body: dict[str, Any], write: Callable[[], Held]
    ) -> web.Response:
        """Nothing is awaited here: requests with one key cannot overlap."""
        key, customer = request.headers["Idempotency-Key"], uuid.UUID(body["customer_id"])
        if key not in self.writes:
            held = write()
            self.held[held.seen.id] = held
            self.writes[key] = customer, held.seen
        if self.writes[key][0] != customer:
            raise DealershipError
        return spoken(self.writes[key][1])

    def _new(self, booking: Booking) -> Held:
        planning.check_booking(booking)
        service, skill = self._service(booking.service, booking.car.model)
        own = {car.id: car for car in self.cars[booking.customer_id]}
        if booking.car.id and booking.car.id not in own:
            raise DealershipError
        bay, technician = self._free(booking.start, service.minutes, skill)
        seen = Appointment(
            uuid.uuid4().hex, f"GR-{len(self.held):05}", booking.service, booking.start,
            service.minutes, own.get(booking.car.id, booking.car), booking.price, "booked",
            booking.reason,
        )  # fmt: skip
        return Held(booking.customer_id, bay, technician, seen)

    def _moved(self, held: Held, body: dict[str, Any]) -> Held:
        start, seen = datetime.fromisoformat(body["start"]), held.seen
        skill = self.services[seen.service][1]
        bay, technician = self._free(start, seen.minutes, skill, but=seen.id)
        return Held(held.customer, bay, technician, replace(seen, start=start))

    def _cancelled(self, held: Held, body: dict[str, Any]) -> Held:
        return replace(held, seen=replace(held.seen, state="cancelled"))

    def _own(self, request: web.Request, body: dict[str, Any]) -> Held:
        held = self.held.get(request.match_info["id"])
        own = held and str(held.customer) == body["customer_id"] and held.seen.state == "booked"
        if not held or not own or held.seen.start <= self.clock():
            raise UnknownAppointment
        return held

    def _service(self, code: str, model: str | None = None) -> tuple[Service, str]:
        service, skill = self.services.get(code, (None, ""))
        if service is None or (model and service.models and model not in service.models):
            raise UnknownService
        return service, skill

    def _day(self, day: date) -> OpenDay:
        closed = self.holidays.get(day)
        blocks = () if closed else tuple(self.hours.get(day.weekday(), ()))
        return OpenDay(day, blocks, closed)

    def _free(self, start: datetime, minutes: int, skill: str, but: str = "") -> tuple[int, int]:
        if not planning.within_reach(start, self.clock()):
            raise OutsideHours
        day = self._day(start.astimezone(self.zone).date())
        if not planning.fits(day, start, minutes, self.zone):
            raise OutsideHours
        span = planning.span_of(start, minutes)
        free = [[n for n, busy in each.items() if busy.free(*span)]
                for each in self._busy(skill, but)]  # fmt: skip
        if not all(free):
            raise SlotTaken
        return free[0][0], free[1][0]

    def _busy(self, skill: str, but: str = "") -> list[dict[int, BusyTimes]]:
        by_skills = sorted(self.technicians.items(), key=lambda each: len(each[1]))
        skilled = [n for n, skills in by_skills if skill in skills]
        booked = [h for h in self.held.values() if h.seen.state == "booked" and h.seen.id != but]
        spans = [(h, planning.span_of(h.seen.start, h.seen.minutes)) for h in booked]
        return [
            {n: BusyTimes(s for h, s in spans if h.bay == n) for n in self.bays},
            {n: BusyTimes(s for h, s in spans if h.technician == n) for n in skilled},
        ]


def read_booking(body: dict[str, Any]) -> Booking:
    car = body["car"]
    own = uuid.UUID(car["id"]) if car["id"] else None
    return Booking(
        uuid.UUID(body["customer_id"]), body["service"], datetime.fromisoformat(body["start"]),
        Car(car["model"], car["year"], own), body["price"], body["reason"],
    )  # fmt: skip


def asked_days(request: web.Request) -> list[date]:
    ends = (date.fromisoformat(request.query[name]) for name in ("first", "last"))
    return planning.days_between(*ends)


def spoken(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
