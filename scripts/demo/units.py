"""Template filters that print a metric value with its imperial twin."""

from __future__ import annotations

from collections.abc import Callable


def _number(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def kg(value: float) -> str:
    return f"{_number(value)} kg ({value * 2.2046226:,.0f} lb)"


def mm(value: float) -> str:
    return f"{_number(value)} mm ({value / 25.4:,.1f} in)"


def m(value: float) -> str:
    return f"{_number(value)} m ({value / 0.3048:,.1f} ft)"


def bar(value: float) -> str:
    return f"{value:.1f} bar ({value * 14.503774:.0f} psi)"


def qt(value: float) -> str:
    """Fluids in liters and US quarts."""
    return f"{value:.1f} L ({value * 1.0566882:.1f} US qt)"


def gal(value: float) -> str:
    """Tanks in liters and US gallons."""
    return f"{_number(value)} L ({value * 0.26417205:.1f} US gal)"


def cuft(value: float) -> str:
    """Volumes of trunks in liters and cubic feet."""
    return f"{_number(value)} L ({value * 0.035314667:.1f} cu ft)"


def mi(value: float) -> str:
    """Distances in miles and kilometers, rounded to what an owner would read."""
    kilometers = value * 1.609344
    return f"{_number(value)} mi ({round(kilometers, -2 if value >= 1000 else 0):,.0f} km)"


def kmh(value: float) -> str:
    return f"{_number(value)} km/h ({value / 1.609344:.0f} mph)"


def nm(value: float) -> str:
    return f"{_number(value)} Nm ({value * 0.73756215:.0f} lb-ft)"


def kw(value: float) -> str:
    return f"{_number(value)} kW ({value * 1.3410221:.0f} hp)"


def usd(value: float) -> str:
    return f"${value:,}"


def miles(message: str, distance: int) -> str:
    """Put a distance into the place a warning message keeps for it."""
    return message.replace("{n}", f"{distance:,}")


def sentence_case(text: str) -> str:
    """Upper-case the first letter only, so that units keep their case."""
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (kg, mm, m, bar, qt, gal, cuft, mi, kmh, nm, kw, usd, miles, sentence_case)
}
