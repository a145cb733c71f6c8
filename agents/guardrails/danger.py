"""How likely a message tells of a danger that is happening now, where no rule has heard it.

Rules hear what their author thought of; this classifier learns from labelled sentences and hears
more, but is fooled more easily. So it replaces an answer only when it is nearly sure, and
otherwise puts one sentence before the answer.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from agents.classifier import EXAMPLES, Example, TextClassifier, load_examples, read_yaml
from agents.guardrails.screening import screen
from rag.embedding import Embedder

OWN = EXAMPLES.with_name("screening.yaml")
FRESH = EXAMPLES.with_name("screening_fresh.yaml")
NEARLY_SURE, POSSIBLE = 0.9, 0.4

Danger = Literal["sure", "possible"]


class DangerSense:
    """`await DangerSense.trained(embedder, cache)`, then `danger_in(text)`; a few milliseconds."""

    def __init__(self, classifier: TextClassifier) -> None:
        self._classifier = classifier

    @classmethod
    async def trained(cls, embedder: Embedder, cache: Path | None = None) -> "DangerSense":
        return cls(await TextClassifier.trained(embedder, examples(), cache))

    async def danger_in(self, text: str) -> Danger | None:
        chance = (await self._classifier.probabilities(text))["emergency"]
        if chance >= NEARLY_SURE:
            return "sure"
        return "possible" if chance >= POSSIBLE else None


@lru_cache(maxsize=1)
def examples() -> list[Example]:
    """Emergencies, calm sentences that name a danger, and ordinary questions."""
    listed = [read_yaml(OWN), read_yaml(FRESH)["develop"]]
    named = [
        Example(text, kind, language)
        for part in listed
        for kind, languages in part.items()
        for language, texts in languages.items()
        for text in texts
    ]
    ordinary = [
        Example(each.text, "calm", each.language)
        for each in load_examples("train")
        if screen(each.text) is None
    ]
    return named + ordinary
