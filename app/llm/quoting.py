"""Answers by quoting: the sentences or table rows of a prompt's passages that answer best.

It reads the prompt a language model gets (`agents/prompts/question.md.j2`) and never writes a
sentence of its own.
"""

import html
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agents.prompts import phrase

PASSAGE = re.compile(r"<passage id=\"(\d+)\"([^>]*)>\n(.*?)\n</passage>", re.DOTALL)
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
QUESTION = re.compile(r'<question language="(\w+)" search="([^"]*)">')
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n|\n(?=[-*|#>\d])")
WORD = re.compile(r"[^\W_]+", re.UNICODE)
NUMERIC = re.compile(
    r"\b(how (much|many|long|big|far|deep|heavy|fast|often)|"
    r"what .*(size|pressure|capacity|weight|volume|grade))\b",
    re.IGNORECASE,
)
STOP = frozenset(
    """
    a an and are as at be by can do does for from has have how i if in is it its many may me
    much my of on one or say says so than that the their there this to up use used was what
    when where which who why will with you your manual owner page tell please car vehicle
    need should
    """.split()
)
MODEL_NAME = re.compile(r"\b[A-Z]\d{1,2}\b|\b20\d\d\b")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
SENTENCES = 3
LONGEST = 320  # longer than any sentence: a table whose rows ran together
ENOUGH = 0.33


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence or table row of a passage; `rank` is the passage's place, 0 the best."""

    text: str
    passage: int
    rank: int
    heading: str


def quoted_answer(prompt: str, meaning: Sequence[float] = ()) -> str:
    """Markdown: the best sentences of the prompt's passages, each with its citation.

    `meaning` is the cosine of each candidate with the question, where an embedder was at hand.
    """
    language, question = question_of(prompt)
    chosen = best_sentences(question, candidates_of(prompt), meaning)
    if not chosen:
        return phrase("offline_no_sentence", language)
    quoted = "\n\n".join(f"> {candidate.text} [{candidate.passage}]" for candidate in chosen)
    return f"{phrase('original_language', language)}\n\n{quoted}"


def question_of(prompt: str) -> tuple[str, str]:
    """The customer's language, and the question in the words of the manuals."""
    found = QUESTION.search(prompt)
    return (found[1], html.unescape(found[2])) if found else ("en", prompt)


def candidates_of(prompt: str) -> list[Candidate]:
    candidates = []
    for rank, (number, attributes, text) in enumerate(PASSAGE.findall(prompt)):
        heading = html.unescape(dict(ATTRIBUTE.findall(attributes)).get("heading", ""))
        for sentence in sentences_of(html.unescape(text)):
            candidates.append(Candidate(sentence, int(number), rank, heading))
    return candidates


def sentences_of(text: str) -> list[str]:
    """Sentences, list items, and table rows as `header: cell; header: cell`."""
    sentences: list[str] = []
    header: list[str] = []
    for part in SENTENCE.split(text):
        line = part.strip()
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if all(set(cell) <= set(":- ") for cell in cells):
                continue
            if not header:
                header = cells
            else:
                sentences.append(_row(header, cells))
        else:
            header = []
            if not line.startswith("#") and 15 < len(line) <= LONGEST and not is_run_together(line):
                sentences.append(" ".join(line.lstrip("-*> ").split()))
    return sentences


def is_run_together(line: str) -> bool:
    """A table whose rows became one line: many figures, hardly a sentence."""
    return len(FIGURE.findall(line)) > 8


def _row(header: list[str], cells: list[str]) -> str:
    first, rest = cells[0], zip(header[1:], cells[1:], strict=False)
    return f"{first}: " + "; ".join(f"{name}: {cell}" if name else cell for name, cell in rest)


def best_sentences(
    question: str, candidates: Sequence[Candidate], meaning: Sequence[float] = ()
) -> list[Candidate]:
    """Up to three that fit the question best in words and meaning; none when nothing fits."""
    wanted = stems(question)
    if not wanted or not candidates:
        return []
    words = word_overlap(wanted, candidates)
    numeric = NUMERIC.search(question) is not None
    scored = [
        (_score(c, words[i], meaning[i] if meaning else None, numeric), -i)
        for i, c in enumerate(candidates)
    ]
    ranked = sorted(scored, reverse=True)
    floor = max(ENOUGH, 0.8 * ranked[0][0])
    chosen = [candidates[-index] for score, index in ranked[:8] if score >= floor]
    if numeric and chosen and has_number(chosen[0]):
        chosen = [candidate for candidate in chosen if has_number(candidate)]
    return _without_repeats(chosen)[:SENTENCES]


def has_number(candidate: Candidate) -> bool:
    return any(character.isdigit() for character in MODEL_NAME.sub("", candidate.text))


def word_overlap(wanted: Sequence[str], candidates: Sequence[Candidate]) -> list[float]:
    """Share (0..1) of the question's words each candidate has, rare words weighing more."""
    own = [set(stems(c.text)) for c in candidates]
    around = [set(stems(c.heading)) for c in candidates]
    seen_in = Counter(stem for text in own for stem in text)
    weight = {s: math.log(1 + len(own) / (1 + seen_in[s])) + 0.2 for s in set(wanted)}
    total = sum(weight.values())
    return [
        sum(w * (1.0 if s in own[i] else 0.5 if s in around[i] else 0.0) for s, w in weight.items())
        / total
        for i in range(len(candidates))
    ]


def _score(candidate: Candidate, words: float, meaning: float | None, numeric: bool) -> float:
    """Words and meaning alike, in favour of good passages, of numbers if asked, of brevity."""
    fit = words if meaning is None else 0.45 * words + 0.55 * max(0.0, meaning)
    number = 0.08 if numeric and has_number(candidate) else 0.0
    length = 0.04 * max(0, len(candidate.text) - 220) / 100
    return fit + number - 0.03 * candidate.rank - length


def _without_repeats(candidates: Sequence[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in candidates:
        own = set(stems(candidate.text))
        if all(len(own & set(stems(k.text))) < 0.8 * max(1, len(own)) for k in kept):
            kept.append(candidate)
    return kept


def stems(text: str) -> list[str]:
    return [stem(word) for word in WORD.findall(text.lower()) if word not in STOP]


def stem(word: str) -> str:
    """Enough of a stemmer for manuals: towing, towed, tows and tow are one word."""
    for ending in ("ing", "ied", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)]
            return base + "y" if ending in ("ied", "ies") else base
    return word
