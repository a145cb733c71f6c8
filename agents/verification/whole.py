"""The whole answer against its sources, cheap checks first: rules, then local similarity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.citations import MARK, SENTENCE_END, numbers_of, sentences_of
from agents.events import Citation
from agents.glossary import expand, fold
from agents.verification.claims import Failure, claimed_figures, unsupported_in
from agents.verification.echoes import affirmed_echo
from agents.verification.evidence import Evidence
from agents.verification.verdict import Verdict, judged
from rag.embedding import Embedder

ANY_WORD = re.compile(r"\w+")
WORD = re.compile(r"[^\W\d_]{4,}")
CARRIED = 0.75  # share of a statement's words in its passage from which rules are content
LEAST = 0.9  # of half that share plus the cosine with the closest sentence of the passage
LEAST_TRANSLATED = 0.4  # where the statement's words had to be translated one by one
FEWEST_WORDS = 3
NEAREST = 4
MOST_KNOWN = 4096  # vectors of sentences, 6 MB
LONGEST = 90  # characters of a statement that a verdict names


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer without its marks, and the texts of the passages it cites."""

    text: str
    passages: tuple[str, ...]


async def verify(
    text: str,
    citations: Sequence[Citation],
    evidence: Evidence,
    language: str,
    embedder: Embedder,
) -> Verdict:
    """Every sentence; the gravest failure decides."""
    statements = statements_of(text, citations)
    for statement in statements:
        if (failure := by_rules(statement, evidence, language, bool(citations))) is not None:
            return judged(failure, 1, "rules", 0.0)
    unsure = [each for each in statements if each.passages and carried(each, language) < CARRIED]
    if not unsure:
        return Verdict("allow", 1, "rules", 1.0)
    support = [await support_of(each, language, embedder) for each in unsure]
    least = LEAST if language == "en" else LEAST_TRANSLATED
    share = 1 - sum(each < least for each in support) / len(statements)
    worst = int(np.argmin(support))
    if support[worst] >= least:
        return Verdict("allow", 2, "similarity", share)
    failure = Failure("unsupported_statement", unsure[worst].text[:LONGEST])
    return judged(failure, 2, "similarity", share)


def statements_of(text: str, citations: Sequence[Citation]) -> list[Statement]:
    by_number = {citation.n: citation.passage.text for citation in citations}
    found = []
    for sentence in SENTENCE_END.split(text):
        numbers = {n for mark in MARK.finditer(sentence) for n in numbers_of(mark)}
        said = MARK.sub(" ", sentence).strip(" >*-|\n")
        if said:
            cited = tuple(by_number[n] for n in sorted(numbers) if n in by_number)
            found.append(Statement(said, cited))
    return found


def by_rules(
    statement: Statement, evidence: Evidence, language: str, cites: bool
) -> Failure | None:
    """Figures must stand in the passage that is cited for them, and not only in the question."""
    failure = unsupported_in(statement.text, evidence, language)
    if failure := failure or affirmed_echo(statement.text, evidence, language):
        return failure
    cited = Evidence.of(statement.passages)
    for figure in claimed_figures(statement.text, language):
        said = f"{figure.value.normalize():f} {figure.unit}".strip()
        if figure.kind in ("year", "time") or not evidence.supports(figure):
            continue
        if statement.passages and not cited.supports(figure):
            return Failure("wrong_citation", said)
        if not cites:
            return Failure("no_citation", said)
    return None


def carried(statement: Statement, language: str) -> float:
    """Share of the statement's longer words that its passages have."""
    words = content_words(statement.text, language)
    if len(words) < FEWEST_WORDS:
        return 1.0
    known = {stem for passage in statement.passages for stem in content_words(passage, "en")}
    return len(words & known) / len(words)


def share_answered(question: str, language: str, citations: Sequence[Citation]) -> float:
    """Share of the question's longer words that the cited passages have; 0 without a citation."""
    if not citations:
        return 0.0
    asked = content_words(question, language)
    texts = (f"{each.passage.heading or ''} {each.passage.text}" for each in citations)
    known = {word for text in texts for word in content_words(text, "en")}
    return len(asked & known) / len(asked) if asked else 1.0


def content_words(text: str, language: str) -> set[str]:
    english = text if language == "en" else expand(text, language)
    return {word[:6] for word in WORD.findall(fold(english))}


async def support_of(statement: Statement, language: str, embedder: Embedder) -> float:
    """Shared words and meaning together: neither alone tells a contradiction from a paraphrase."""
    return carried(statement, language) / 2 + await alike(statement, language, embedder)


async def alike(statement: Statement, language: str, embedder: Embedder) -> float:
    """Cosine of the statement and the closest of those sentences that share most words with it."""
    english = statement.text if language == "en" else expand(statement.text, language)
    words = set(ANY_WORD.findall(english.lower()))
    sentences = [pair for passage in statement.passages for pair in sentences_of(passage)]
    nearest = sorted(sentences, key=lambda pair: -len(pair[1] & words))[:NEAREST]
    if not nearest:
        return 0.0
    own, *others = await vectors_of([english, *(text for text, _ in nearest)], embedder)
    return max(float(own @ other) for other in others)


async def vectors_of(texts: Sequence[str], embedder: Embedder) -> list[NDArray[np.float32]]:
    """The manuals' sentences come again and again; new texts are embedded together."""
    new = [text for text in dict.fromkeys(texts) if (embedder.name, text) not in _known]
    if len(_known) + len(new) > MOST_KNOWN:
        _known.clear()
        new = list(dict.fromkeys(texts))
    for text, vector in zip(new, await embedder.embed(new) if new else (), strict=True):
        _known[embedder.name, text] = np.asarray(vector, np.float32)
    return [_known[embedder.name, text] for text in texts]


_known: dict[tuple[str, str], NDArray[np.float32]] = {}
