"""The labelled sentences are complete, well formed and kept apart for tuning and for testing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

SETS = Path(__file__).parents[2] / "scripts" / "evaluation"
EXAMPLES = Path(__file__).parents[2] / "agents" / "examples"
HALVES = ["develop", "test"]
LANGUAGES = ["en", "pt", "es", "de"]
SCREENING = {"emergency": 35, "person": 12, "calm": 35}
REPLIES = {"confirm": 25, "decline": 20, "other": 40}
DATE_KEYS = {"say", "day", "time", "weekday", "pick", "relative"}
SERVICES = {
    "basic_service", "major_service", "brake_fluid", "cabin_filter", "tire_rotation", "alignment",
    "front_brakes", "rear_brakes", "battery", "coolant", "wiper_blades", "key_battery",
    "diagnosis", "air_conditioning", "winter_check", "wheel_change",
}  # fmt: skip
INTENTS = {
    "find_slots", "book", "move", "cancel", "appointments", "price", "history", "due", "other",
}  # fmt: skip
ROUTES = {"specs", "maintenance", "troubleshoot"}


def read(name: str) -> Any:
    folder = SETS if name in ("replies", "dates") else EXAMPLES
    return yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))


def lists(name: str) -> Iterator[tuple[str, str, str, list[Any]]]:
    """Each list of a set with its half, language and label."""
    data = read(name)
    for half in HALVES:
        if name == "screening_fresh":
            for label, languages in data[half].items():
                for language, items in languages.items():
                    yield half, language, label, items
        else:
            for language, items in data[half].items():
                labelled = items if isinstance(items, dict) else {"": items}
                for label, entries in labelled.items():
                    yield half, language, label, entries
    for half, languages in data.get("multi", {}).items():
        for language, items in languages.items():
            yield half, language, "multi", items


def folded(item: Any) -> str:
    """What is left of a sentence without case, spaces and its last marks; "yes?" is not "yes"."""
    text = item if isinstance(item, str) else item["say"]
    return re.sub(r"\s+", " ", text).casefold().strip(" .!")


@pytest.mark.parametrize("name", ["screening_fresh", "replies", "dates", "services", "intents"])
def test_every_sentence_stands_once(name: str) -> None:
    seen: dict[tuple[str, str], str] = {}
    for half, language, label, items in lists(name):
        assert half in HALVES
        assert language in LANGUAGES
        for item in items:
            text = folded(item)
            assert text, f"{half} {language} {label}"
            assert (language, text) not in seen, text
            seen[language, text] = half


@pytest.mark.parametrize(("name", "least"), [("screening_fresh", SCREENING), ("replies", REPLIES)])
def test_labels_of_screening_and_replies_have_enough(name: str, least: dict[str, int]) -> None:
    counts = {(half, language, label): len(items) for half, language, label, items in lists(name)}
    assert set(counts) == {
        (h, lang, label) for h in HALVES for lang in LANGUAGES for label in least
    }
    assert [key for key, count in counts.items() if count < least[key[2]]] == []
    assert all(isinstance(item, str) for *_, items in lists(name) for item in items)


def test_dates_are_valid() -> None:
    data = read("dates")
    assert set(data) == {"now", *HALVES}
    today = datetime.fromisoformat(data["now"]).date()
    for half in HALVES:
        assert list(data[half]) == LANGUAGES
        for items in data[half].values():
            assert len(items) >= 45
            assert sum(all(v is None for k, v in i.items() if k != "say") for i in items) >= 5
            for item in items:
                check_date(item, today)


def check_date(item: dict[str, Any], today: date) -> None:
    assert set(item) == DATE_KEYS
    if item["day"] is not None:
        first, last = map(date.fromisoformat, item["day"])
        assert today <= first <= last, item
        assert item["weekday"] is None, item
    if item["time"] is not None:
        begin, end = map(time.fromisoformat, item["time"])
        assert time(7) <= begin <= end <= time(20), item
    assert item["weekday"] in {None, *range(7)}
    assert item["pick"] in {None, "earliest", "latest"}
    if item["relative"] is not None:
        ((unit, amount),) = item["relative"].items()
        assert unit in {"days", "minutes"}
        assert isinstance(amount, int)
        assert amount


def test_services_are_known_and_all_named() -> None:
    for half, language, _, items in lists("services"):
        assert all(set(item) == {"say", "label"} for item in items)
        codes = [item["label"] for item in items]
        assert set(codes) == {*SERVICES, "none"}, f"{half} {language}"
        assert len(items) >= 40
        assert codes.count("none") >= 8


def test_intents_and_routes_are_known() -> None:
    data = read("intents")
    assert set(data) == {*HALVES, "multi"}
    for half in HALVES:
        assert list(data[half]) == list(data["multi"][half]) == LANGUAGES
        for language in LANGUAGES:
            items = data[half][language]
            assert len(items) >= 50
            assert {item["label"] for item in items} == INTENTS
            for item in data["multi"][half][language]:
                routes = item["routes"]
                assert routes
                assert len(routes) == len(set(routes)) == len(ROUTES & set(routes))
    for language in LANGUAGES:
        assert sum(len(data["multi"][half][language]) for half in HALVES) >= 20
