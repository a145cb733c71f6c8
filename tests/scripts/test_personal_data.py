"""The labelled personal data is enough of every kind; what is found of it stays above floors."""

from collections import Counter

import pytest

from agents.classifier import read_yaml
from scripts.evaluation.personal_data import (
    APART,
    HERE,
    LABEL,
    Count,
    measure_personal_data,
    read_case,
)

CASES = read_yaml(HERE / "personal_data.yaml")


def test_every_kind_with_a_shape_has_cases_enough() -> None:
    said = Counter(
        label[1]
        for part in ("develop", "test")
        for cases in CASES[part].values()
        for case in cases
        for label in LABEL.finditer(case)
    )
    assert {kind for kind, count in said.items() if count < 25} <= set(APART)
    assert sum(len(part["clean"]) for part in CASES.values()) >= 200


def test_no_sentence_is_in_two_parts() -> None:
    parts = [{c for cases in part.values() for c in cases} for part in CASES.values()]
    assert sum(len(part) for part in parts) == len(set().union(*parts))


@pytest.mark.parametrize("part", ["develop", "test"])
def test_what_is_found_stays_above_the_floors(part: str) -> None:
    assert all(figure.holds for figure in measure_personal_data(None, part))


def test_a_value_counts_only_when_nothing_of_it_stays_readable() -> None:
    text, gold = read_case("call [PHONE 555-0199 now")
    assert (text, gold) == ("call [PHONE 555-0199 now", [])
    text, gold = read_case("my [VIN 1HGCM82633A004352] is it")
    count = Count()
    count.add(text, gold, [type(gold[0])("VIN", gold[0].start, gold[0].end - 1)])
    assert (count.recall(["VIN"]), count.precision(["VIN"])) == (0.0, 1.0)
