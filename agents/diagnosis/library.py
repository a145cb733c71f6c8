"""Reads the data files beside this module once, and refuses to start with a broken one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from agents.diagnosis.knowledge import Cause, Symptom, Texts, Wording

HERE = Path(__file__).parent
UNSURE = "unsure"
Shape = TypeVar("Shape")


class BrokenKnowledge(Exception):
    """A data file of the diagnosis is broken; the message names the file and every fault."""


@dataclass(frozen=True, slots=True)
class Library:
    """All data files, cross-checked: every id that one of them names exists."""

    advice: Mapping[str, Texts]
    causes: Mapping[str, Cause]
    symptoms: Mapping[str, Symptom]
    words: Wording

    def told(self, names: Iterable[str], language: str) -> list[str]:
        """The advice of these names, each once, in order."""
        return [self.advice[name].of(language) for name in dict.fromkeys(names)]


@lru_cache(maxsize=1)
def library() -> Library:
    """The one library of this process."""
    return read_library(HERE)


def read_library(folder: Path) -> Library:
    """Raises BrokenKnowledge."""
    whole = Library(
        advice=read(folder / "advice.yaml", dict[str, Texts]),
        causes=merged(read(path, dict[str, Cause]) for path in _files(folder / "causes")),
        symptoms={path.stem: read(path, Symptom) for path in _files(folder / "symptoms")},
        words=read(folder / "words.yaml", Wording),
    )
    if faults := list(_faults(whole)):
        raise BrokenKnowledge("; ".join(faults))
    return whole


def read(path: Path, shape: type[Shape]) -> Shape:
    """One file in its shape. Raises BrokenKnowledge."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text("utf-8"), loader)  # noqa: S506
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BrokenKnowledge(f"{path.name}: {'; '.join(faults)}") from error
    except (OSError, yaml.YAMLError) as error:
        raise BrokenKnowledge(f"{path.name}: {error}") from error


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def merged(parts: Iterable[dict[str, Shape]]) -> dict[str, Shape]:
    """All parts as one. Raises BrokenKnowledge for what two of them tell."""
    whole: dict[str, Shape] = {}
    for part in parts:
        if twice := whole.keys() & part.keys():
            raise BrokenKnowledge(f"told twice: {', '.join(sorted(twice))}")
        whole |= part
    return whole


def _faults(read: Library) -> Iterator[str]:
    for name, cause in read.causes.items():
        told = (*cause.checks, *cause.actions, *_given(cause.stop_when))
        yield from _unknown(f"cause {name}", "advice", told, read.advice)
    named = read.words.symptoms_of_systems.values()
    yield from _unknown("words", "symptom", named, read.symptoms)
    for name, symptom in read.symptoms.items():
        yield from _faults_of_symptom(name, symptom, read)


def _faults_of_symptom(name: str, symptom: Symptom, read: Library) -> Iterator[str]:
    if symptom.id != name:
        yield f"symptom {name}: its id is {symptom.id}"
    yield from _unknown(f"symptom {name}", "cause", symptom.causes, read.causes)
    yield from _repeated(f"symptom {name}", [each.id for each in symptom.questions])
    for question in symptom.questions:
        where = f"symptom {name}, question {question.id}"
        yield from _repeated(where, [*(each.id for each in question.answers), UNSURE])
        for answer in question.answers:
            yield from _unknown(where, "cause", answer.multiplies, symptom.causes)
            yield from _unknown(where, "advice", _given(answer.warning), read.advice)


def _unknown(where: str, kind: str, named: Iterable[str], known: Mapping[str, object]) -> list[str]:
    return [f"{where}: unknown {kind} {each}" for each in named if each not in known]


def _repeated(where: str, names: list[str]) -> list[str]:
    return [f"{where}: told twice: {each}" for each in {*names} if names.count(each) > 1]


def _given(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()
