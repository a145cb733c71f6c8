"""How days and times are said in each language: `dates.yaml` as compiled expressions."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("dates.yaml")


class DateWords:
    """The expressions of one language, compiled."""

    def __init__(self, language: str, given: dict[str, Any]) -> None:
        self.numbers: dict[str, int] = given["numbers"]
        self.weekdays = [re.compile(rf"\b(?:{day})\b") for day in given["weekdays"].split(", ")]
        self.months = [re.compile(rf"\b(?:{month})\b") for month in given["months"].split(", ")]
        self.month_first = bool(given["month_first"])
        self.half_is = -30 if language == "de" else 30
        self.unit_day, self.unit_week = given["unit_day"], given["unit_week"]
        self.before = re.compile(rf"\b(?:{given['before']})(?: as| las)?$")
        self.after = re.compile(rf"\b(?:{given['after']})(?: as| las)?$")
        self.any_of = ANY_OF[language]
        own = {**given, **given["parts"]}
        self.patterns = {key: self._compiled(str(own.get(key, "(?!)"))) for key in KEYS}

    def _compiled(self, expression: str) -> re.Pattern[str]:
        number = rf"(\d{{1,2}}|{'|'.join(self.numbers)})"
        weekday = f"(?:{'|'.join(day.pattern for day in self.weekdays)})"
        month = f"(?:{'|'.join(month.pattern for month in self.months)})"
        filled = re.sub(r"\(N\)|\bN\b", lambda _: number, expression)
        filled = re.sub(r"\bW\b", lambda _: weekday, filled)
        filled = re.sub(r"\bM\b", lambda _: month, filled)
        return re.compile(rf"(?<!\w)(?:{filled})(?!\w)")

    def number(self, said: str) -> int:
        return int(said) if said.isdigit() else self.numbers[said]


ANY_OF = {
    "en": ("a ", "any ", "every "),
    "pt": ("um ", "uma ", "algum", "qualquer", "aos ", "nos ", "nas "),
    "es": ("los ", "un ", "algun", "cualquier"), "de": ("an einem", "einen ", "irgendeinen"),
}  # fmt: skip
KEYS = (
    "today tomorrow after_tomorrow this_week next_week weekend next_weekend next_month in_days"
    " in_weeks weeks_from_today next_weekday week_on any_weekday day_month month_day day_only clock"
    " at_hour half_past half quarter_past quarter_to three_quarters noon early late morning"
    " afternoon evening earliest latest later earlier half_hour ignored between after_next"
).split()


@lru_cache(maxsize=8)
def date_words(language: str) -> DateWords:
    """Read once."""
    return DateWords(language, yaml.safe_load(DATA.read_text("utf-8"))[language])
