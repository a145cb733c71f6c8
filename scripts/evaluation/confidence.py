"""Whether a confidence of 0.8 means that eight answers of ten are right; offline."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np

from agents.classifier import TextClassifier, load_examples, read_yaml
from agents.confidence import WEIGHTS, confidence_of
from agents.dependencies import Dealer, Dependencies
from agents.events import Answered, Citation
from agents.followups import resolve
from agents.router import quick_route
from agents.specialists.specs import answer_from_documents
from agents.state import Asked, TurnState
from app.llm.offline import OfflineChatModel
from rag.documents import Filters
from rag.embedding import Embedder
from rag.retrieval import Retriever
from scripts.evaluation.figures import Figure

UNANSWERABLE = Path(__file__).with_name("unanswerable.yaml")
BINS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.001)
STEPS, RATE, DECAY = 6000, 0.5, 0.002
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the confidence of an answer rests on, and whether it was right."""

    grounds: dict[str, float]
    right: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Stands for the graph's runtime: the specialist's dependencies, and nobody who listens."""

    context: Dependencies

    def stream_writer(self, event: object) -> None:
        """Nobody is shown anything."""


async def measure_confidence(
    embedder: Embedder, retriever: Retriever, questions: Sequence[Any]
) -> list[Figure]:
    """`questions` have `ask`, `language`, `filters` and the `pages` that answer them."""
    classifier = await TextClassifier.trained(embedder, load_examples("train"))
    needs = cast(Dependencies, _dependencies(embedder, retriever, classifier))
    cases = [
        labelled(answered, bool({place(c) for c in answered.citations[:1]} & question.pages))
        for question in questions
        if (answered := await answer(question.ask, question.language, question.filters, needs))
    ]
    cases += [
        labelled(answered, False)
        for ask in read_yaml(UNANSWERABLE)
        if (answered := await answer(ask, "en", Filters(), needs))
    ]
    right = np.array([each.right for each in cases])
    unseen = cross_validated(cases)
    print(f"\nConfidence: {len(cases)} answers without a language model, {right.sum()} right")
    print(f"  weights fitted on all: {fitted(cases)}")
    error, order = calibration(unseen, right), auc(unseen, right)
    told = np.array([confidence_of(each.grounds) for each in cases])
    print_reliability(told, right)
    return [
        Figure("confidence, mean error of its table", error, 0.15, 0.05, at_most=True),
        Figure("confidence, right before wrong (AUC)", order, 0.70, 0.85),
    ]


def place(citation: Citation) -> tuple[str, int | None]:
    return citation.passage.title, citation.passage.page


def cross_validated(cases: Sequence[Labelled]) -> Any:
    """Each case's confidence by weights that were fitted on the other folds."""
    told = np.zeros(len(cases))
    for fold in range(FOLDS):
        weights = fitted([each for at, each in enumerate(cases) if at % FOLDS != fold])
        for at in range(fold, len(cases), FOLDS):
            logit = weights["bias"] + sum(
                weights[name] * value for name, value in cases[at].grounds.items()
            )
            told[at] = 1 / (1 + np.exp(-logit))
    return told


def labelled(answered: Answered, right: bool) -> Labelled:
    assert answered.grounds is not None
    return Labelled(dict(answered.grounds), right)


async def answer(ask: str, language: str, filters: Filters, needs: Dependencies) -> Answered | None:
    """None where the product says that it does not know."""
    catalogue = await needs.knowledge.catalogue()
    vehicles = {each.model: each.years for each in catalogue.models}
    asked = Asked(ask, language, model=filters.model, year=filters.year)
    resolved = resolve(ask, [], (filters.model, filters.year), vehicles)
    route = await quick_route(needs.classifier, ask)
    state = TurnState(asked=asked, resolved=resolved, route=route)
    answered = await answer_from_documents(state, cast(Any, Asking(needs)), "specs")
    return answered if answered.grounds is not None and answered.citations else None


def _dependencies(embedder: Embedder, retriever: Retriever, classifier: TextClassifier) -> Any:
    return Dependencies(
        answering=OfflineChatModel(embedder=embedder), acting=cast(Any, None),
        dealership=cast(Any, None),
        thinking=None, judge=None, knowledge=retriever, classifier=classifier,
        symptoms=cast(Any, None), dangers=cast(Any, None),
        dealer=Dealer("the dealer", "+1 555 0100", "911"), embedder=embedder,
    )  # fmt: skip


def fitted(cases: Sequence[Labelled]) -> dict[str, float]:
    """Weights by logistic regression: those to write into agents/confidence.py."""
    names = list(WEIGHTS)
    inputs = np.array([[1.0, *(each.grounds[name] for name in names)] for each in cases])
    right = np.array([each.right for each in cases], float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        error = 1 / (1 + np.exp(-inputs @ weights)) - right
        weights -= RATE * (inputs.T @ error / len(right) + DECAY * weights)
    return {name: round(float(w), 2) for name, w in zip(["bias", *names], weights, strict=True)}


def print_reliability(told: Any, right: Any) -> None:
    print("  confidence    count  mean told  actually right")
    for low, high in pairwise(BINS):
        inside = (told >= low) & (told < high)
        if inside.any():
            mean, true = told[inside].mean(), right[inside].mean()
            print(f"  {low:.2f} - {min(high, 1):.2f}  {inside.sum():6}  {mean:9.3f}  {true:14.3f}")


def calibration(told: Any, right: Any) -> float:
    """Expected calibration error over the bins."""
    parts = [(told >= low) & (told < high) for low, high in pairwise(BINS)]
    gaps = [abs(told[p].mean() - right[p].mean()) * p.sum() for p in parts if p.any()]
    return float(sum(gaps) / len(told))


def auc(told: Any, right: Any) -> float:
    """Chance that a right answer has a higher confidence than a wrong one."""
    pairs = told[right][:, None] - told[~right][None, :]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean())
