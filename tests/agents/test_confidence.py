"""Confidence grows with what speaks for an answer, and stays between 0 and 1."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.confidence import Shown, confidence_of
from agents.verification.verdict import Verdict

GOOD = Shown(route=1.0, relevance=0.9, asked=1.0, verdict=Verdict("allow", 1, "rules", 1.0))


def of(shown: Shown) -> float:
    return confidence_of(shown.grounds)


@pytest.mark.parametrize(
    "worse",
    [
        replace(GOOD, route=0.3),
        replace(GOOD, relevance=0.3),
        replace(GOOD, asked=0.2),
        replace(GOOD, verdict=Verdict("warn", 2, "similarity", 0.4)),
        replace(GOOD, withheld=1),
    ],
)
def test_each_doubt_lowers_it(worse: Shown) -> None:
    assert of(worse) < of(GOOD)
    assert of(GOOD) > 0.9


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 3))
def test_it_is_a_probability(route: float, relevance: float, asked: float, withheld: int) -> None:
    assert 0 <= of(Shown(route, relevance, asked, None, withheld)) <= 1
