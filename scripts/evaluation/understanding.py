"""How well rules and local classifiers understand bookings, on sentences they never saw."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from agents.classifier import (
    INTENTS,
    SERVICES,
    TextClassifier,
    load_examples,
    load_sayings,
    read_yaml,
)
from agents.router import quick_route
from agents.understanding.dates import TimeWish, read_dates
from agents.understanding.intents import told_intent
from agents.understanding.parts import clauses_of
from agents.understanding.replies import read_reply
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

HERE = Path(__file__).parent
MEANT = {"confirm": "confirm", "decline": "decline", "other": None}


async def measure_understanding(embedder: Embedder) -> list[Figure]:
    """The offline model's slot filling; a yes where none was meant must never happen."""
    mixed, torn = await share_of_mixed(embedder)
    return [
        *reply_figures(),
        Figure("messages with several wishes, all heard", mixed, 0.60, 0.90),
        Figure("messages with one wish, taken apart", torn, 0.02, 0.005, at_most=True),
        Figure("days and times exactly right", share(date_cases()), 0.75, 0.95),
        Figure("services named", await share_of_services(embedder), 0.80, 0.95),
        Figure("wishes of the workshop", await share_of_wishes(embedder), 0.60, 0.90),
    ]


def share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def reply_figures() -> list[Figure]:
    cases = [
        (MEANT[kind], read_reply(text, "book", language))
        for language, kinds in read_yaml(HERE / "replies.yaml")["test"].items()
        for kind, texts in kinds.items()
        for text in texts
    ]
    traps = [got == "confirm" for meant, got in cases if meant != "confirm"]
    heard = [got == "confirm" for meant, got in cases if meant == "confirm"]
    return [
        Figure("a yes where none was meant", share(traps), 0.0, 0.0, at_most=True),
        Figure("a clear yes heard", share(heard), 0.45, 0.90),
    ]


def date_cases() -> list[bool]:
    data = read_yaml(HERE / "dates.yaml")
    today = datetime.fromisoformat(data["now"]).date()
    return [
        as_labelled(read_dates(case["say"], today, language)) == wanted(case)
        for language, cases in data["test"].items()
        for case in cases
    ]


def wanted(case: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in case.items() if key != "say"}


def as_labelled(wish: TimeWish) -> dict[str, Any]:
    relative = None
    if wish.shift is not None:
        minutes = round(wish.shift.total_seconds() / 60)
        relative = {"days": minutes // 1440} if minutes % 1440 == 0 else {"minutes": minutes}
    return {
        "day": [day.isoformat() for day in wish.days] if wish.days else None,
        "time": [each.strftime("%H:%M") for each in wish.times] if wish.times else None,
        "weekday": wish.weekday,
        "pick": wish.pick,
        "relative": relative,
    }


async def share_of_services(embedder: Embedder) -> float:
    classifier = await TextClassifier.trained(embedder, load_sayings("develop", SERVICES))
    return share(
        [
            best(await classifier.probabilities(each.text)) == each.label
            for each in load_sayings("test", SERVICES)
        ]
    )


async def share_of_mixed(embedder: Embedder) -> tuple[float, float]:
    """Messages with several wishes of which all are heard; messages with one wish taken apart."""
    classifier = await TextClassifier.trained(embedder, load_examples("train"))
    mixed, torn = list[bool](), list[bool]()
    for cases in read_yaml(INTENTS)["multi"]["test"].values():
        for case in cases:
            clauses = await clauses_of(case["say"], partial(quick_route, classifier))
            if len(case["routes"]) > 1:
                mixed.append({each.route.route for each in clauses} == set(case["routes"]))
            else:
                torn.append(len(clauses) > 1)
    for each in load_examples("test"):
        torn.append(len(await clauses_of(each.text, partial(quick_route, classifier))) > 1)
    return share(mixed), share(torn)


async def share_of_wishes(embedder: Embedder) -> float:
    classifier = await TextClassifier.trained(embedder, load_sayings("develop", INTENTS))
    return share(
        [
            (told_intent(each.text) or best(await classifier.probabilities(each.text)))
            == each.label
            for each in load_sayings("test", INTENTS)
        ]
    )


def best(chances: Any) -> str:
    return str(max(chances, key=lambda label: chances[label]))
