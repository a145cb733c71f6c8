"""Days, times and money as the customer's language writes them."""

from datetime import date, datetime, time

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency

LOCALES = {"en": "en_US", "pt": "pt_BR", "es": "es_ES", "de": "de_DE"}


def day_words(day: date, language: str) -> str:
    """`Tuesday, March 17, 2026`, always with its weekday."""
    return str(format_date(day, "full", locale=LOCALES[language]))


def short_day_words(day: date, language: str) -> str:
    """`Tue, Mar 17`"""
    return str(format_skeleton("MMMEd", day, locale=LOCALES[language]))


def time_words(moment: time | datetime, language: str) -> str:
    """`2:30 PM`, `14:30`"""
    clock = moment.time() if isinstance(moment, datetime) else moment
    return str(format_time(clock, "short", locale=LOCALES[language])).replace("\u202f", " ")


def when_words(start: datetime, language: str) -> str:
    return f"{day_words(start.date(), language)}, {time_words(start, language)}"


def price_words(cents: int | None, currency: str, language: str) -> str | None:
    """`$189.00`; None where there is no fixed price."""
    if cents is None:
        return None
    whole = cents % 100 == 0
    words = format_currency(
        cents / 100, currency, locale=LOCALES[language], currency_digits=not whole,
        format="¤#,##0" if whole and language == "en" else None,
    )  # fmt: skip
    return str(words).replace("\xa0", " ")


def length_words(minutes: int, language: str) -> str:
    """`1 h 15 min`"""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest)
    return " ".join(parts) or "0 min"
