"""Generic trouble codes as data: a component, a place, a failure; composed, not written out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agents.diagnosis.knowledge import Factor, Read, Severity, Texts
from agents.diagnosis.library import BrokenKnowledge, library, merged, read

HERE = Path(__file__).parent / "trouble_codes"
ONLY_PLACE = "."  # the component itself is the failure: "Misfire, cylinder 1"
LEFT_OUT = "-"
COMPONENTS = ("components.yaml", "components_engine.yaml", "components_car.yaml")
FAMILIES = (
    "air_and_fuel.yaml", "injection.yaml", "ignition.yaml", "emissions.yaml", "speed_and_idle.yaml",
    "computer.yaml", "transmission.yaml", "later_powertrain.yaml", "electric_drive.yaml",
    "chassis_body_network.yaml",
)  # fmt: skip
LETTERS = "ABCDEFGHIJKL"
Places = tuple[tuple[str, str], ...]


class Family(Read):
    """A run of codes: each failure of `fails` takes the next one; the failures come again for each
    of `cylinders`, `gears`, `numbers` or `steps`. `causes` says how much likelier the codes make a
    cause; `checks` and `stop_when` name texts of `advice.yaml`."""

    component: str = Field(alias="is")
    fails: str
    bank: int | None = None
    sensor: int | None = None
    letter: str | None = None
    number: int | str | None = None
    gear: int | str | None = None
    cylinders: Annotated[int, Field(ge=1, le=12)] | None = None
    gears: Annotated[int, Field(ge=1, le=9)] | None = None
    numbers: Annotated[int, Field(ge=1, le=12)] | None = None
    steps: Annotated[int, Field(ge=1, le=12)] | None = None
    severity: Severity = "soon"
    symptom: str = "engine_warning_lamp"
    causes: Mapping[str, Factor] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()
    stop_when: str | None = None


@dataclass(frozen=True, slots=True)
class Defined:
    """What the standard says of one code."""

    component: Texts
    places: Places
    failure: Texts | None
    family: Family

    def title(self, language: str) -> str:
        words = _places()
        where = "".join(words[kind].of(language).format(n=n) for kind, n in self.places)
        what = f": {self.failure.of(language)}" if self.failure else ""
        return f"{self.component.of(language)}{where}{what}"


@lru_cache(maxsize=1)
def code_library() -> Mapping[str, Defined]:
    """Every generic code that is known, as `P0301`. Raises BrokenKnowledge."""
    components = merged(read(HERE / file, dict[str, Texts]) for file in COMPONENTS)
    failures = read(HERE / "failures.yaml", dict[str, Texts])
    defined: dict[str, Defined] = {}
    for file in FAMILIES:
        for start, family in read(HERE / file, dict[str, Family]).items():
            check_names(start, family, components, failures)
            for code, places, failure in run_of(start, family):
                if code in defined:
                    raise BrokenKnowledge(f"{file}: {code} is told twice")
                defined[code] = Defined(
                    components[family.component], places, failures.get(failure), family
                )
    return defined


def run_of(start: str, family: Family) -> Iterator[tuple[str, Places, str]]:
    """(code, where, failure) of each code of a family."""
    fixed = [
        (kind, getattr(family, kind)) for kind in ("letter", "number", "bank", "sensor", "gear")
    ]
    given = [(kind, str(value)) for kind, value in fixed if value is not None]
    for at, (step, failure) in enumerate(product(repeats_of(family), family.fails.split())):
        if failure != LEFT_OUT:
            yield later(start, at), (*given, *step), failure


def repeats_of(family: Family) -> list[Places]:
    """The place of each repetition: one that says nothing, where nothing is repeated."""
    for kind, most in (
        ("cylinder", family.cylinders), ("gear", family.gears), ("number", family.numbers),
    ):  # fmt: skip
        if most:
            return [((kind, str(n + 1)),) for n in range(most)]
    return [(("letter", LETTERS[n]),) for n in range(family.steps)] if family.steps else [()]


def later(start: str, steps: int) -> str:
    """P0309 is followed by P0310, P0A7F by P0A80."""
    digits = start[1:]
    if digits.isdecimal():
        return f"{start[0]}{int(digits) + steps:04d}"
    return f"{start[0]}{int(digits, 16) + steps:04X}"


def check_names(
    start: str, family: Family, components: Mapping[str, Texts], failures: Mapping[str, Texts]
) -> None:
    """Raises BrokenKnowledge for a name that nothing has."""
    whole = library()
    told = [each for each in family.fails.split() if each not in (ONLY_PLACE, LEFT_OUT)]
    named = [
        *((each, failures) for each in told), (family.component, components),
        (family.symptom, whole.symptoms), *((each, whole.causes) for each in family.causes),
        *((each, whole.advice) for each in family.checks),
        *((each, whole.advice) for each in (family.stop_when,) if each),
    ]  # fmt: skip
    for name, known in named:
        if name not in known:
            raise BrokenKnowledge(f"trouble code {start}: unknown {name}")


@lru_cache(maxsize=1)
def _places() -> dict[str, Texts]:
    return read(HERE / "places.yaml", dict[str, Texts])
