"""What the month will cost, and when nobody can say."""

from app.analytics.money import known_dollars
from app.analytics.usage import forecast


def test_a_forecast_is_what_is_spent_and_the_average_of_seven_days_for_those_left() -> None:
    so_far = {"calls": 9, "cost_micros": 5_000_000, "unknown_calls": 1}
    lately = {"calls": 9, "cost_micros": 7_000_000, "unknown_calls": 2}
    told = forecast(so_far, lately, left=10, month="2026-11")
    assert (told["daily_average_dollars"], told["dollars"], told["unknown_calls"]) == (1, 15, 3)


def test_free_calls_beside_unknown_ones_do_not_make_the_cost_nothing() -> None:
    free, unknown = {"calls": 3, "cost_micros": 0, "unknown_calls": 0}, {
        "calls": 3, "cost_micros": 0, "unknown_calls": 1,
    }  # fmt: skip
    assert (known_dollars(free), known_dollars(unknown)) == (0, None)
    told = forecast(free, unknown, left=10, month="2026-11")
    assert (told["spent_dollars"], told["dollars"]) == (0, None)
