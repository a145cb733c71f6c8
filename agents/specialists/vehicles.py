"""Which vehicles a question is about, and which of them the documents cover."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.followups import Resolved
from rag.documents import Catalogue, Filters

MOST = 3


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A model and a model year; None leaves it open."""

    model: str | None
    year: int | None

    @property
    def name(self) -> str:
        return " ".join(str(part) for part in (self.year, self.model) if part)

    @property
    def filters(self) -> Filters:
        return Filters(model=self.model, year=self.year)


def asked_vehicles(resolved: Resolved, catalogue: Catalogue) -> tuple[Vehicle, ...]:
    """One, or each of several the question compares; a model without a year means its newest."""
    models = resolved.models if len(resolved.models) > 1 else (resolved.model,)
    years = resolved.years if len(resolved.years) > 1 else (resolved.year,)
    every = [Vehicle(model, year or newest(model, catalogue)) for model in models for year in years]
    return tuple(dict.fromkeys(every))[:MOST]


def newest(model: str | None, catalogue: Catalogue) -> int | None:
    return max(years_of(model, catalogue), default=None)


def years_of(model: str | None, catalogue: Catalogue) -> tuple[int, ...]:
    return next((each.years for each in catalogue.models if each.model == model), ())


def unknown(vehicles: Sequence[Vehicle], catalogue: Catalogue) -> Vehicle | None:
    """The first whose year no document covers, though its model is covered."""
    for vehicle in vehicles:
        years = years_of(vehicle.model, catalogue)
        if years and vehicle.year is not None and vehicle.year not in years:
            return vehicle
    return None


def names_of(vehicles: Sequence[Vehicle]) -> str:
    return ", ".join(each.name for each in vehicles if each.name)
