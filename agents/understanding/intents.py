"""What a customer wants of the workshop, as far as single words tell it."""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from agents.glossary import fold

DATA = Path(__file__).with_suffix(".yaml")
APOSTROPHES = re.compile(r"['’`´]")


def told_intent(text: str) -> str | None:
    """None when no word tells it."""
    said = APOSTROPHES.sub("", fold(text))
    for intent, words in _intents().items():
        if words.search(said):
            return intent
    return None


@lru_cache(maxsize=1)
def _intents() -> dict[str, re.Pattern[str]]:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    return {
        intent: re.compile(rf"\b(?:{re.sub(r'[|] +', '|', words)})")
        for intent, words in data.items()
    }
