"""The whole answer against its sources, cheap checks first: rules, local similarity, a model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.citations import MARK, SENTENCE_END, numbers_of
from agents.dependencies import Thinking
from agents.events import Citation
from agents.verification.claims import Failure, FailureClass, claimed_figures, every_unsupported_in
from agents.verification.echoes import affirmed_echo
from agents.verification.evidence import Evidence
from agents.verification.judging import judged_by_model
from agents.verification.similarity import Statement, carried, support_of
from agents.verification.verdict import NOTHING_FOUND, SEVERITIES, Verdict, judged
from rag.embedding import Embedder
from rag.steps import Step

CARRIED = 0.75  # share of a statement's words in its passage from which rules are content
LEAST = 0.9  # of half that share plus the cosine with the closest sentence of the passage
LEAST_TRANSLATED = 0.4  # where the statement's words had to be translated one by one
GRAVEST_FIRST = list(SEVERITIES)
UNKNOWN_WITHOUT_SOURCES: tuple[FailureClass, ...] = ("unsupported_number", "unsupported_year")
LONGEST = 90  # characters of a statement that a verdict names


async def verify(
    text: str,
    citations: Sequence[Citation],
    evidence: Evidence,
    language: str,
    embedder: Embedder,
    judge: Thinking | None,
) -> Verdict:
    """An answer with its marks; every sentence against the passages it cites."""
    with Step("verify") as step:
        statements, cited = statements_of(text, citations), bool(citations)
        found = [f for each in statements for f in by_rules(each, evidence, language, cited)]
        if found:
            verdict = judged(min(found, key=gravity), 1, "rules", 0.0)
        else:
            verdict = await by_meaning(statements, language, embedder, judge)
        step.tell(action=verdict.action, tier=verdict.tier, failure=verdict.failure_class)
    return verdict


async def verify_uncited(
    text: str, evidence: Evidence, language: str, embedder: Embedder, judge: Thinking | None
) -> Verdict:
    """A text without marks, as others' systems hand it in: any source may carry any sentence.
    Without a source nothing is known of figures: they are a warning."""
    statements = [Statement(said, evidence.sources) for said in sentences_in(text)]
    found = [f for each in statements for f in unearned_in(each, evidence, language)]
    if found:
        verdict = judged(min(found, key=gravity), 1, "rules", 0.0)
        unknown = not evidence.sources and verdict.failure_class in UNKNOWN_WITHOUT_SOURCES
        return replace(verdict, action="warn") if unknown else verdict
    return await by_meaning(statements, language, embedder, judge)


async def by_meaning(
    statements: Sequence[Statement], language: str, embedder: Embedder, judge: Thinking | None
) -> Verdict:
    """What rules have found nothing against: local similarity, and a model for what it doubts."""
    unsure = [each for each in statements if each.passages and carried(each, language) < CARRIED]
    if not unsure:
        return NOTHING_FOUND
    least = LEAST if language == "en" else LEAST_TRANSLATED
    support = [await support_of(each, language, embedder) for each in unsure]
    doubted = [each for each, found in zip(unsure, support, strict=True) if found < least]
    share = 1 - len(doubted) / len(statements)
    margin = abs(min(support) - least)
    if not doubted:
        return Verdict("allow", 2, "similarity", share, margin=margin)
    if judge is not None and (verdict := await judged_by_model(doubted, share, judge)) is not None:
        return verdict
    worst = unsure[support.index(min(support))]
    failure = Failure("unsupported_statement", worst.text[:LONGEST])
    return judged(failure, 2, "similarity", share, margin)


def statements_of(text: str, citations: Sequence[Citation]) -> list[Statement]:
    by_number = {citation.n: citation.passage.text for citation in citations}
    found = []
    for sentence in SENTENCE_END.split(text):
        numbers = {n for mark in MARK.finditer(sentence) for n in numbers_of(mark)}
        cited = tuple(by_number[n] for n in sorted(numbers) if n in by_number)
        found += [Statement(said, cited) for said in sentences_in(sentence)]
    return found


def sentences_in(text: str) -> list[str]:
    said = (MARK.sub(" ", sentence).strip(" >*-|\n") for sentence in SENTENCE_END.split(text))
    return [each for each in said if each]


def unearned_in(statement: Statement, evidence: Evidence, language: str) -> Iterator[Failure]:
    yield from every_unsupported_in(statement.text, evidence, language)
    if echo := affirmed_echo(statement.text, evidence, language):
        yield echo


def by_rules(
    statement: Statement, evidence: Evidence, language: str, cites: bool
) -> Iterator[Failure]:
    """Figures must stand in the passage that is cited for them, and not only in the question."""
    yield from unearned_in(statement, evidence, language)
    cited = Evidence.of(statement.passages)
    for figure in claimed_figures(statement.text, language):
        if figure.kind in ("year", "time") or not evidence.supports(figure):
            continue
        said = f"{figure.value.normalize():f} {figure.unit}".strip()
        if statement.passages and not cited.supports(figure):
            yield Failure("wrong_citation", said)
        elif not cites:
            yield Failure("no_citation", said)


def gravity(failure: Failure) -> int:
    return GRAVEST_FIRST.index(failure.kind)
