"""What an answer may rest on in this turn: passages, tool results, the customer's own words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from agents.links import is_own
from agents.verification.commitments import commitments_in
from agents.verification.figures import Figure, figures_in, in_digits
from agents.verification.leaks import Runs, runs_of

WORDS_TOO = ("a", "in")  # "2,000 in summer", "de 9 a 11": perhaps no unit at all
ONE = re.compile(r"\b(?:an?|uma?|una?|eine?[nmr]?)\s(?=[a-zê]{3,10}\b)", re.IGNORECASE)
MOST_ROUNDING = 0.006  # share by which a measure converted into another unit may differ


@dataclass(frozen=True)
class Evidence:
    """`sources` are texts a claim may rest on; `said` may be repeated, but supports no price.
    Links must lead to one of `hosts`, where they are given; `private` words are not for customers.
    """

    sources: tuple[str, ...]
    said: tuple[str, ...] = ()
    hosts: frozenset[str] | None = None
    private: Runs = frozenset()

    @classmethod
    def of(
        cls,
        sources: Iterable[str],
        said: Iterable[str] = (),
        hosts: frozenset[str] | None = None,
        private: tuple[str, ...] = (),
    ) -> "Evidence":
        given = tuple(each for each in sources if each)
        return cls(given, tuple(each for each in said if each), hosts, runs_of(private))

    def leads_home(self, link: str) -> bool:
        """A source has the link, and it is one of our own where that counts."""
        if self.hosts is not None and not is_own(link, self.hosts):
            return False
        return any(link in source for source in self.sources)

    @cached_property
    def may_echo(self) -> bool:
        """The customer has named a figure that no source has."""
        return any(not self.supports(each) for text in self.said for each in known(text))

    def supports(self, figure: Figure) -> bool:
        """Few figures of a source can be the same: those of its value or dimension."""
        return any(
            is_same(figure, each)
            for source in self.sources
            for key in (figure.value, figure.dimension)
            for each in alike(source).get(key, ())
        )

    def repeats(self, figure: Figure) -> bool:
        """The customer has said it; a price or a share is not made true by that."""
        if figure.kind in ("money", "percent"):
            return False
        return any(is_same(figure, each) for text in self.said for each in known(text))

    def promises(self, kind: str) -> bool:
        """A source makes a commitment of this kind."""
        return any(kind in promised(source) for source in self.sources)


@lru_cache(maxsize=512)
def known(text: str) -> tuple[Figure, ...]:
    """The figures of a source, "a day" being one; passages come again and again."""
    return tuple(figures_in(ONE.sub("1 ", in_digits(text, "en"))))


@lru_cache(maxsize=512)
def alike(text: str) -> Mapping[Decimal | str, list[Figure]]:
    """The figures of a source by their value, and those with a unit by its dimension."""
    found: dict[Decimal | str, list[Figure]] = {}
    for each in known(text):
        found.setdefault(each.value, []).append(each)
        if each.unit:
            found.setdefault(each.dimension, []).append(each)
    return found


@lru_cache(maxsize=512)
def promised(text: str) -> frozenset[str]:
    return frozenset(each.kind for each in commitments_in(text))


def is_same(claim: Figure, source: Figure) -> bool:
    """The same value in the same unit, or converted into it; a bare number matches any unit."""
    if "money" in (claim.kind, source.kind):
        return claim.kind == source.kind and (claim.unit, claim.value) == (
            source.unit,
            source.value,
        )
    if "time" in (claim.kind, source.kind):
        return claim.kind == source.kind and claim.value == source.value
    if claim.unit not in WORDS_TOO and claim.unit and source.unit and claim.unit != source.unit:
        return claim.dimension == source.dimension and _converted(claim, source)
    return claim.value == source.value


def _converted(claim: Figure, source: Figure) -> bool:
    """As exactly as both are written: 60.9 in is about 1,547 mm."""
    exact = max(claim.precision, source.precision) * 0.51
    allowed = min(exact, MOST_ROUNDING * claim.size)
    return abs(claim.size - source.size) <= allowed
