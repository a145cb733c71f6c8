"""Which services a customer's cars need next: by months and miles since the last one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agents.dealership import Car, DoneService, Service

INCLUDED_IN = {"basic_service": ("major_service",)}  # which bigger work resets the interval
MILES_A_YEAR = 12_000  # where a car's own mileage says nothing


@dataclass(frozen=True, slots=True)
class Due:
    """The next service of one kind: due on a day or at a mileage, whichever comes first."""

    car: Car
    service: Service
    day: date
    miles: int
    is_due: bool


def due_services(
    cars: Sequence[Car], history: Sequence[DoneService], services: Sequence[Service], today: date
) -> list[Due]:
    """For each car and each service with an interval, soonest first."""
    found = [
        next_due(car, service, history, today)
        for car in cars
        for service in services
        if service.every_months and interval(service.every_months, car) is not None
    ]
    return sorted(found, key=lambda due: (not due.is_due, due.day))


def next_due(car: Car, service: Service, history: Sequence[DoneService], today: date) -> Due:
    counts = (*INCLUDED_IN.get(service.code, ()), service.code)
    last = next((h for h in history if h.service in counts and h.car.id == car.id), None)
    since = last.day if last else (car.bought_on or today)
    months = interval(service.every_months or {}, car) or 12
    miles = interval(service.every_miles or {}, car) or MILES_A_YEAR
    at_miles = ((last.mileage or 0) if last else 0) + miles
    day = since + timedelta(days=round(months * 30.44))
    driven_enough = car.mileage is not None and car.mileage >= at_miles
    return Due(car, service, day, at_miles, driven_enough or day <= today)


def interval(given: Mapping[str, int], car: Car) -> int | None:
    """By model and year, else by model."""
    return given.get(f"{car.model} {car.year}", given.get(car.model or ""))
