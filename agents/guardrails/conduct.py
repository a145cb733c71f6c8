"""Self-harm, claims and complaints, orders to the assistant, insults: heard by rules, answered with
fixed, kind words."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

Conduct = Literal["self_harm", "sensitive", "injection", "abuse"]
DATA = Path(__file__).with_suffix(".yaml")
MOST_BESIDE_AN_INSULT = 4  # words; a message with more has something else to say


def heard_conduct(heard: str) -> tuple[Conduct, str] | None:
    """The gravest of them with the language of its words. `heard` is a text as
    `screening.folded_sentences` makes it."""
    said = f" {re.sub('[/|]', ' ', heard)} "
    said = f" {' '.join(said.split())} "
    for conduct, language, pattern in _patterns():
        if pattern.search(said) is None:
            continue
        if conduct == "abuse" and len(pattern.sub(" ", said).split()) > MOST_BESIDE_AN_INSULT:
            continue
        return conduct, language
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Conduct, str, re.Pattern[str]], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[Conduct, str, re.Pattern[str]]]:
    data: dict[Conduct, dict[str, str]] = yaml.safe_load(DATA.read_text("utf-8"))
    for conduct, languages in data.items():
        for language, phrases in languages.items():
            joined = "|".join(each.strip() for each in re.split(r"\|\s+", phrases))
            yield conduct, language, re.compile(rf"(?<= )(?:{joined})(?= )")
