"""Rules before everything else: an emergency, a person asked for, conduct. No model is asked.

What is listened for stands in `screening.yaml` beside this file, fixed wording for the customer in
`agents/prompts/phrases.yaml`; this module only decides, in a millisecond or two.

When in doubt it raises the alarm: "what should I do if the engine is on fire?" gets the emergency
text, while "what happens if ..." is a question about the car.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from agents.events import Escalation
from agents.glossary import fold
from agents.guardrails.conduct import Conduct, heard_conduct

DATA = Path(__file__).with_suffix(".yaml")
GAP = 3  # words that `..` may stand for
DENIAL_REACH = 3  # words before a phrase in which a denial is looked for
APOSTROPHES = re.compile(r"['’`´]")
SENTENCE_END = re.compile(r"[.!?;\n]+")
CLAUSE_END = re.compile(r"[,:()\u2013\u2014]+|(?<= )-+(?= )")
NO_WORD = re.compile(r"[^\w|/]+|_+")


ScreenedKind = Literal["emergency", "person"] | Conduct
ESCALATIONS: Mapping[ScreenedKind, Escalation] = {
    "emergency": "safety_concern",
    "person": "user_request",
    "self_harm": "sensitive_topic",
    "sensitive": "sensitive_topic",
}


@dataclass(frozen=True, slots=True)
class Screened:
    """Why the turn ends here, and the language of the words that said so."""

    kind: ScreenedKind
    language: str

    @property
    def escalation(self) -> Escalation | None:
        return ESCALATIONS.get(self.kind)


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases to be found, the words they begin with, and what makes a whole sentence harmless."""

    phrases: re.Pattern[str]
    begins: frozenset[str]
    unless: re.Pattern[str]
    hypothetical: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All that is listened for in one language."""

    breaks: re.Pattern[str]
    denials: frozenset[str]
    denied_after: frozenset[str]
    emergencies: tuple[Rule, ...]
    emergency_alone: re.Pattern[str]
    person: Rule
    person_alone: re.Pattern[str]


def screen(text: str) -> Screened | None:
    """An emergency first, then somebody in need, the wish for a person, claims and complaints,
    orders and insults; None lets the turn go on."""
    heard = folded_sentences(text)
    words = frozenset(heard.split())
    for language, rules in RULES.items():
        if is_emergency(heard, words, rules):
            return Screened("emergency", language)
    conduct = heard_conduct(heard)
    if conduct and conduct[0] == "self_harm":
        return Screened(*conduct)
    for language, rules in RULES.items():
        if asks_for_person(heard, words, rules):
            return Screened("person", language)
    return Screened(*conduct) if conduct else None


def folded_sentences(text: str) -> str:
    """All words with a space around each; `/` stands between sentences, `|` for a comma."""
    folded = APOSTROPHES.sub("", fold(text)).replace("/", " ").replace("|", " ")
    marked = CLAUSE_END.sub(" | ", SENTENCE_END.sub(" / ", folded))
    return f" / {' '.join(NO_WORD.sub(' ', marked).split())} / "


def is_emergency(heard: str, words: frozenset[str], rules: Rules) -> bool:
    if rules.emergency_alone.search(heard):
        return True
    return any(
        not _denied(heard, start, end, rules)
        for rule in rules.emergencies
        if not rule.begins.isdisjoint(words)
        for start, end in found(rule, heard)
    )


def asks_for_person(heard: str, words: frozenset[str], rules: Rules) -> bool:
    if rules.person_alone.search(heard):
        return True
    if rules.person.begins.isdisjoint(words):
        return False
    return next(found(rules.person, heard), None) is not None


def found(rule: Rule, heard: str) -> Iterator[tuple[int, int]]:
    """Where phrases of the rule stand, in sentences that are neither harmless nor hypothetical."""
    sentence_ends, harmless = 0, False
    for match in rule.phrases.finditer(heard):
        if match.start() >= sentence_ends:
            begins = heard.rfind("/ ", 0, match.start() + 3) + 1
            sentence_ends = heard.find(" /", match.end())
            sentence = heard[begins : sentence_ends + 1]
            harmless = sentence.startswith(rule.hypothetical) or bool(rule.unless.search(sentence))
        if not harmless:
            yield match.span()


def _denied(heard: str, start: int, end: int, rules: Rules) -> bool:
    """A denial stands in the same clause just before the phrase, or after it in German."""
    before = rules.breaks.sub(" |", re.split(r"[|/]", heard[max(0, start - 60) : start])[-1] + " ")
    if not rules.denials.isdisjoint(before.rpartition("|")[2].split()[-DENIAL_REACH:]):
        return True
    return not rules.denied_after.isdisjoint(heard[end : end + 20].split()[:1])


def read_rules(path: Path = DATA) -> dict[str, Rules]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(path.read_text("utf-8"), loader)  # noqa: S506
    return {language: _rules(given) for language, given in data.items()}


def _rules(given: Mapping[str, Any]) -> Rules:
    persons, denials = given["persons"], _listed(given["denials"])
    words = {name: _listed(listed) for name, listed in given["words"].items()}
    blocked = [*denials, *_listed(given["aside"])]
    hypothetical = _listed(given["hypothetical"])
    return Rules(
        breaks=_any_of(_listed(given["breaks"])),
        denials=frozenset(denials),
        denied_after=frozenset(_listed(given.get("denied_after", ""))),
        emergencies=tuple(
            _rule(each, words, blocked, hypothetical) for each in given["emergencies"].values()
        ),
        emergency_alone=_alone(_listed(given["only"])),
        person=_rule(
            {**persons, "unless": f"{persons['unless']}, {persons['unwanted']}"},
            {name: _listed(listed) for name, listed in persons["words"].items()},
        ),
        person_alone=_alone(_listed(persons["only"])),
    )


def _rule(
    given: Mapping[str, Any],
    words: Mapping[str, Sequence[str]],
    blocked: Sequence[str] = (),
    hypothetical: Sequence[str] = (),
) -> Rule:
    phrases = [fold(phrase).split() for phrase in given["phrases"]]
    lists = {name: _either(listed) for name, listed in words.items()}
    gap = rf"(?: (?!{_either([*blocked, '|', '/'])} )[^ ]+){{0,{GAP}}}"
    firsts = (words[p[0][1:-1]] if p[0].startswith("{") else [p[0]] for p in phrases)
    return Rule(
        phrases=re.compile(f"(?:{'|'.join(_phrase(p, lists, gap) for p in phrases)})(?= )"),
        begins=frozenset(entry.split()[0] for entries in firsts for entry in entries),
        unless=_any_of(_listed(given.get("unless", ""))),
        hypothetical=tuple(f" {opening} " for opening in hypothetical),
    )


def _phrase(phrase: Sequence[str], lists: Mapping[str, str], gap: str) -> str:
    """One phrase of the data file as a regular expression over a sentence."""
    parts = []
    for word in phrase:
        if word == "..":
            parts.append(gap)
        elif word.startswith("!"):
            parts.append(rf"(?! [^ ]*{re.escape(word[1:])} )")
        elif word.startswith("{"):
            parts.append(f" {lists[word[1:-1]]}")
        else:
            parts.append(f" {re.escape(word)}")
    return "".join(parts)


def _listed(words: str) -> list[str]:
    return [fold(word.strip()) for word in words.split(",") if word.strip()]


def _either(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the words; nothing at all when there are none."""
    return re.compile(f" {_either(words)}(?= )" if words else r"(?!)")


def _alone(words: Sequence[str]) -> re.Pattern[str]:
    """Finds a sentence that consists of one of the words."""
    return re.compile(f"/ {_either(words)} /")


RULES = read_rules()
