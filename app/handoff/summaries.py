"""What staff read first: the open question, what was tried, and what came of it. Masked."""

import re
from collections.abc import Sequence
from typing import TypedDict

from agents.events import Answered
from agents.state import Utterance

LONGEST = 300
MARKUP = re.compile(r"\*\*|`|\[\d+\]|^\s*(?:[>#-]+|\d+\.)\s", re.MULTILINE)
MOST_TRIED = 5


class Summary(TypedDict):
    """`tried`: the assistant's answers, shortened; `results`: what tools found or did;
    `suggestion`: a reply staff may start from, None until one is asked for."""

    text: str
    question: str
    tried: list[str]
    results: list[str]
    suggestion: str | None


def summarised(question: str, history: Sequence[Utterance], answered: Answered) -> Summary:
    """By rules, so that it is there whatever else is down."""
    tried = [
        f"{each.agent or each.author}: {shortened(each.text)}"
        for each in history
        if each.author != "customer"
    ]
    asked_before = [shortened(each.text) for each in history if each.author == "customer"]
    results = [f"{card.kind}: {card.title}" for card in answered.cards]
    results += [
        f"{source.passage.title}, p. {source.passage.page}" for source in answered.citations
    ]
    last = f"{answered.agent}: {shortened(answered.text)}"
    return Summary(
        text=" / ".join([*asked_before[-2:], shortened(question)]),
        question=shortened(question, 1000),
        tried=[*tried[-MOST_TRIED + 1 :], last],
        results=results[:MOST_TRIED],
        suggestion=None,
    )


def shortened(text: str, longest: int = LONGEST) -> str:
    """One line without Markdown of at most `longest` characters, cut at a word."""
    line = " ".join(MARKUP.sub("", text).split())
    if len(line) <= longest:
        return line
    return line[:longest].rpartition(" ")[0] + " …"
