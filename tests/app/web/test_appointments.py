"""Own appointments over REST, and the calendar files made of them."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from icalendar import Calendar

from agents.dealership import Appointment, Car
from app.db.engine import Connection
from app.services import Services
from app.web.appointments import as_calendar, file_name
from tests.bookings import a_free_day, newest, press, prove, say
from tests.server import Server

OREGON = ZoneInfo("America/Los_Angeles")
SERVICES = cast(
    Services,
    SimpleNamespace(
        settings=SimpleNamespace(dealership_name="Müller, Söhne; & Co", dealership_phone="+1 555"),
        dealership=SimpleNamespace(place="1 Main Street, Portland; behind\nthe bridge"),
    ),
)


def appointment(start: datetime, **changed: Any) -> Appointment:
    given = {"price": None, "state": "booked", "car": Car("X1", 2024), "minutes": 72, **changed}
    return Appointment("81f5", "GR-7K3F2", "basic", start, **given)


def event_of(about: Appointment, service: str = "Basic service") -> Any:
    (event,) = Calendar.from_ical(as_calendar(about, service, SERVICES)).walk("VEVENT")
    return event


def test_the_file_names_the_same_moment_in_any_zone() -> None:
    start = datetime(2026, 11, 24, 8, 30, tzinfo=OREGON)
    event = event_of(appointment(start))
    assert event.decoded("dtstart") == start
    assert event.decoded("dtstart").tzinfo is UTC or event["dtstart"].to_ical().endswith(b"Z")
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=72)


def test_work_across_the_change_of_clocks_takes_as_long_as_it_takes() -> None:
    event = event_of(appointment(datetime(2026, 11, 1, 0, 30, tzinfo=OREGON), minutes=120))
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=2)
    assert event.decoded("dtend").astimezone(OREGON).hour == 1


def test_commas_semicolons_and_lines_stay_text() -> None:
    event = event_of(appointment(datetime(2026, 11, 24, 8, tzinfo=OREGON)), "Öl, Filter; \\ ok")
    assert event["summary"] == "Öl, Filter; \\ ok (Müller, Söhne; & Co)"
    assert event["location"] == "1 Main Street, Portland; behind\nthe bridge"
    assert event["description"].startswith("GR-7K3F2")
    content = as_calendar(
        appointment(datetime(2026, 11, 24, 8, tzinfo=OREGON)), "a\nEND:VEVENT", SERVICES
    )
    assert content.count(b"\r\nEND:VEVENT") == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [("booked", "CONFIRMED"), ("done", "CONFIRMED"), ("cancelled", "CANCELLED")],
)
def test_a_newer_file_takes_the_place_of_the_older(state: str, status: str) -> None:
    start = datetime(2026, 11, 24, 8, tzinfo=OREGON)
    first, second = event_of(appointment(start)), event_of(appointment(start, state=state))
    assert second["status"] == status
    assert second["uid"] == first["uid"]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("GR-7K3F2", "GR-7K3F2.ics"),
        ('x"\r\nSet-Cookie: a=b', "xSet-Cookieab.ics"),
        ("№ 7/12", "712.ics"),
        ("預約", "appointment.ics"),
    ],
)
def test_a_reference_of_any_kind_makes_a_safe_file_name(reference: str, name: str) -> None:
    assert file_name(reference) == name


async def test_a_guest_sees_only_what_was_proven_in_the_readers_language(
    workshop: Server, store: Connection
) -> None:
    async with workshop.client() as client:
        await say(client, f"book a tire rotation on {a_free_day().isoformat()} at 9 am")
        await prove(client, workshop, store)
        await press(client, newest(client, "action"), "confirm")
        token = client.token
    german = {"X-Guest-Token": token, "Accept-Language": "de"}
    async with aiohttp.ClientSession(workshop.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.get("/api/v1/appointments", headers=german) as response:
            (own,) = await response.json()
        assert (own["service"], own["state"]) == ("Rädertausch und Auswuchten", "booked")
        assert date.fromisoformat(own["start"][:10]) == a_free_day()
        path = f"/api/v1/appointments/{own['id']}.ics"
        async with http.get(path, headers=german) as response:
            assert response.content_type == "text/calendar"
            assert "Rädertausch" in await response.text()
        async with http.get(path) as response:
            assert response.status == 404
        async with http.get("/api/v1/appointments") as response:
            assert await response.json() == []
        await store.execute("update conversations set proven_until = clock_timestamp()")
        async with http.get(path, headers=german) as response:
            assert response.status == 404
