"""Tier 3: a language model reads the statements that nothing cheaper could settle."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from agents.dependencies import Thinking, ThinkingUnavailable
from agents.prompts import render
from agents.verification.claims import Failure, FailureClass
from agents.verification.similarity import Statement
from agents.verification.verdict import Verdict, judged

SECONDS = 6.0
MOST = 8  # statements in one call
LONGEST = 90

Finding = Literal["supported", "contradicted", "not_stated"]
GRAVEST_FIRST: dict[Finding, FailureClass] = {
    "contradicted": "contradicted_statement",
    "not_stated": "unsupported_statement",
}


class Judgement(BaseModel):
    """What the model found for one statement, by the number it was given."""

    statement: int = Field(ge=1)
    finding: Finding


class Judgements(BaseModel):
    """One judgement for every statement."""

    judgements: list[Judgement] = Field(max_length=3 * MOST)


async def judged_by_model(
    doubted: Sequence[Statement], share: float, judge: Thinking
) -> Verdict | None:
    """None when the model cannot be reached, takes too long or leaves a statement out: the
    cheaper tiers' verdict stands then. `share` of the text's statements were not in doubt."""
    asked = doubted[:MOST]
    messages = [
        SystemMessage(render("judge")),
        HumanMessage(render("statements", statements=asked)),
    ]
    try:
        async with asyncio.timeout(SECONDS):
            answer = await judge.choose(messages, Judgements, "judge")
    except (ThinkingUnavailable, TimeoutError):
        return None
    found: dict[int, Finding] = {each.statement: each.finding for each in answer.judgements}
    findings = [found.get(n) for n in range(1, len(asked) + 1)]
    if None in findings or len(doubted) > MOST:
        return None
    return _verdict(asked, findings, share)


def _verdict(
    asked: Sequence[Statement], findings: Sequence[Finding | None], share: float
) -> Verdict:
    for finding, kind in GRAVEST_FIRST.items():
        if finding in findings:
            worst = asked[findings.index(finding)].text
            return judged(Failure(kind, worst[:LONGEST]), 3, "judge", share)
    return Verdict("allow", 3, "judge", 1.0)
