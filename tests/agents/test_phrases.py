"""The fixed wording: every phrase in every language, with the same blanks."""

import re

import pytest

from agents.language import LANGUAGES
from agents.prompts import _phrases, check_phrases

BLANK = re.compile(r"{(\w+)}")


def test_the_wording_can_be_read() -> None:
    check_phrases()


@pytest.mark.parametrize("key", sorted(_phrases()))
def test_a_phrase_has_the_same_blanks_in_every_language(key: str) -> None:
    wordings = _phrases()[key]
    assert set(wordings) == set(LANGUAGES)
    blanks = {language: sorted(set(BLANK.findall(text))) for language, text in wordings.items()}
    assert len(set(map(str, blanks.values()))) == 1, blanks
