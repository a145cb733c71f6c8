"""When a person must answer: one table of cases."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from agents.dealership import OpenDay
from agents.events import Escalation
from app.handoff.hours import opening_at
from app.handoff.policy import BY_REASON, RULES, Facts, opens, reason_of

CASES: list[tuple[Facts, Escalation | None]] = [
    # nothing
    (Facts(), None),
    (Facts(confidence=0.7), None),
    (Facts(confidence=0.95, closed=True), None),
    (Facts(confidence=None, closed=True), None),
    (Facts(heard="injection"), None),
    (Facts(heard="abuse"), None),
    (Facts(unhelpful=5), None),
    (Facts(confidence=0.9, unhelpful=2), None),
    (Facts(trouble="not_found"), None),
    (Facts(trouble="not_understood", unhelpful=1), None),
    (Facts(diagnosing=6), None),
    # safety first, whatever else
    (Facts(heard="emergency"), "safety_concern"),
    (Facts(heard="emergency", confidence=0.1), "safety_concern"),
    (Facts(heard="emergency", blocked=True, broken=True), "safety_concern"),
    (Facts(heard="emergency", unhelpful=9, closed=True), "safety_concern"),
    (Facts(heard="emergency", over_budget=True), "safety_concern"),
    # asked for
    (Facts(heard="person"), "user_request"),
    (Facts(heard="person", closed=True), "user_request"),
    (Facts(heard="person", unhelpful=4, confidence=0.2), "user_request"),
    (Facts(heard="person", over_budget=True), "user_request"),
    # not a matter for a machine
    (Facts(heard="sensitive"), "sensitive_topic"),
    (Facts(heard="self_harm"), "sensitive_topic"),
    (Facts(heard="sensitive", closed=True, unhelpful=3), "sensitive_topic"),
    # no answer could be shown
    (Facts(blocked=True), "policy_block"),
    (Facts(blocked=True, confidence=0.3, unhelpful=4), "policy_block"),
    (Facts(trouble="withheld"), "policy_block"),
    (Facts(trouble="withheld", closed=True), "policy_block"),
    # something did not work
    (Facts(broken=True), "tool_error"),
    (Facts(trouble="calendar"), "tool_error"),
    (Facts(trouble="calendar", unhelpful=2), "tool_error"),
    (Facts(broken=True, closed=True, over_budget=True), "tool_error"),
    # the third time
    (Facts(trouble="not_found", unhelpful=2), "repeated_failure"),
    (Facts(trouble="not_understood", unhelpful=2), "repeated_failure"),
    (Facts(confidence=0.4, unhelpful=2), "repeated_failure"),
    (Facts(confidence=0.4, unhelpful=7, diagnosing=9), "repeated_failure"),
    (Facts(trouble="not_found", unhelpful=3, closed=True), "repeated_failure"),
    # unsure
    (Facts(confidence=0.69), "low_confidence"),
    (Facts(confidence=0.0), "low_confidence"),
    (Facts(confidence=0.5, unhelpful=1), "low_confidence"),
    (Facts(confidence=0.5, diagnosing=12), "low_confidence"),
    (Facts(confidence=0.5, closed=True), "low_confidence"),
    (Facts(confidence=0.5, over_budget=True), "low_confidence"),
    (Facts(confidence=0.8, threshold=0.85), "low_confidence"),
    (Facts(confidence=0.1, threshold=0.0), None),
    # going on and on
    (Facts(diagnosing=7), "complex_issue"),
    (Facts(diagnosing=20, confidence=0.9), "complex_issue"),
    (Facts(diagnosing=7, over_budget=True), "complex_issue"),
    # used up
    (Facts(over_budget=True), "budget"),
    (Facts(over_budget=True, closed=True, trouble="not_found"), "budget"),
    (Facts(over_budget=True, confidence=0.9), "budget"),
    # nobody there who could be asked instead
    (Facts(closed=True, trouble="not_found"), "after_hours"),
    (Facts(closed=True, trouble="not_understood"), "after_hours"),
    (Facts(closed=True, trouble="not_found", unhelpful=1), "after_hours"),
    (Facts(closed=False, trouble="not_found", unhelpful=1), None),
]


@pytest.mark.parametrize(("facts", "reason"), CASES)
def test_the_first_reason_that_holds_counts(facts: Facts, reason: Escalation | None) -> None:
    assert reason_of(facts) == reason


def test_every_reason_has_a_case_and_they_stand_in_the_order_of_the_design() -> None:
    assert {reason for _, reason in CASES if reason} == set(BY_REASON)
    assert [rule.reason for rule in RULES] == [
        "safety_concern", "user_request", "sensitive_topic", "policy_block", "tool_error",
        "repeated_failure", "low_confidence", "complex_issue", "budget", "after_hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "waiting", "just_resolved", "expected"),
    [
        ("low_confidence", False, False, True),
        ("low_confidence", True, False, False),
        ("low_confidence", False, True, False),
        ("repeated_failure", False, True, False),
        ("complex_issue", False, True, False),
        ("user_request", False, True, True),
        ("safety_concern", False, True, True),
        ("safety_concern", True, True, False),
        ("tool_error", False, True, True),
    ],
)
def test_no_second_handoff_and_no_loop_after_one(
    reason: Escalation, waiting: bool, just_resolved: bool, expected: bool
) -> None:
    assert opens(reason, waiting, just_resolved) is expected


BERLIN = ZoneInfo("Europe/Berlin")
WEEK = [
    OpenDay(date(2026, 11, 20), ((time(8), time(12)), (time(13), time(18)))),
    OpenDay(date(2026, 11, 21), ((time(9), time(13)),)),
    OpenDay(date(2026, 11, 22)),
    OpenDay(date(2026, 11, 23), ((time(8), time(18)),), holiday=None),
]


@pytest.mark.parametrize(
    ("here", "is_open", "opens_at"),
    [
        ("2026-11-20 08:00", True, None),
        ("2026-11-20 11:59", True, None),
        ("2026-11-20 12:00", False, "2026-11-20 12:00"),
        ("2026-11-20 18:00", False, "2026-11-21 08:00"),
        ("2026-11-21 13:30", False, "2026-11-23 07:00"),
        ("2026-11-23 19:00", False, None),
    ],
)
def test_the_next_opening_is_the_dealers(here: str, is_open: bool, opens_at: str | None) -> None:
    opening = opening_at(datetime.fromisoformat(here).replace(tzinfo=BERLIN), WEEK)
    assert opening.is_open is is_open
    wanted = opens_at and datetime.fromisoformat(opens_at).replace(tzinfo=UTC)
    assert opening.opens_at == wanted


def test_a_dealer_without_hours_is_taken_for_open() -> None:
    assert opening_at(datetime.now(BERLIN), []).is_open
