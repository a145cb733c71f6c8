"""How well verification tells what sources carry from what they do not."""

import re
from pathlib import Path

from agents.classifier import read_yaml
from agents.events import Citation
from agents.verification.evidence import Evidence, promised
from agents.verification.gate import ClaimGate, Unsupported
from agents.verification.whole import verify
from rag.documents import Passage
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure
from scripts.evaluation.passages import demo_passages, passage_of

HERE = Path(__file__).parent
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d.,]*\d(?![\w:/-])")
PIECE = 7  # characters, as a model may stream them
SAMPLE = 1000
PROMISES = (
    "It is free of charge.", "That is guaranteed.", "You get a full refund.", "You are approved.",
    "We have the lowest price.", "É de graça.", "Te lo garantizo.", "Das ist ein Rabatt für Sie.",
)  # fmt: skip


async def measure_claims(embedder: Embedder) -> list[Figure]:
    """The demo manuals' own sentences, as they are and with one figure changed or a promise added;
    and labelled statements in other words than their passage."""
    told = [(passage, s) for passage in demo_passages() for s in SENTENCE.split(passage.text)]
    told = [(passage, s.strip()) for passage, s in told if NUMBER.search(s)][:SAMPLE]
    true = [withheld(passage, sentence) for passage, sentence in told]
    lies = [(passage, changed(sentence)) for passage, sentence in told]
    lies = [(p, lie) for p, lie in lies if not stands_in(lie, p.text)]
    missed = [not withheld(passage, lie) for passage, lie in lies]
    silent = [(p, s) for p, s in told if not promised(p.text)][:200]
    promises = [not withheld(p, f"{s}\n{PROMISES[i % 8]}") for i, (p, s) in enumerate(silent)]
    print(f"\nClaims: {len(true)} sentences with figures, {len(missed)} with one changed")
    return [
        Figure("true figures withheld", sum(true) / len(true), 0.01, 0.0, at_most=True),
        Figure("changed figures shown", sum(missed) / len(missed), 0.0, 0.0, at_most=True),
        Figure("promises without source shown", sum(promises) / len(promises), 0, 0, at_most=True),
        Figure("unsupported statements, balanced", await balanced(embedder, "test"), 0.70, 0.80),
    ]


def withheld(passage: Passage, answer: str) -> bool:
    gate = ClaimGate(Evidence.of([passage.text]), "en")
    try:
        for at in range(0, len(answer), PIECE):
            gate.add(answer[at : at + PIECE])
        gate.finish()
    except Unsupported:
        return True
    return False


def changed(sentence: str) -> str:
    """The sentence with its first figure's last digit but zeros raised by one or more."""

    def other(found: re.Match[str]) -> str:
        at = max(i for i, c in enumerate(found[0]) if c in "123456789" or i == 0)
        digit = str((int(found[0][at]) + 3) % 9 + 1) if found[0][at].isdigit() else "7"
        return found[0][:at] + digit + found[0][at + 1 :]

    return NUMBER.sub(other, sentence, count=1)


def stands_in(lie: str, passage: str) -> bool:
    """The changed figure happens to be another one of the passage."""
    found = NUMBER.search(lie)
    return found is None or found[0] in passage


async def balanced(embedder: Embedder, part: str) -> float:
    """Mean of the shares of carried statements let through and of others doubted."""
    shares = {"carried": [0, 0], "not_carried": [0, 0]}
    for case in read_yaml(HERE / "statements.yaml")[part]:
        for kind, count in shares.items():
            for statement in case[kind]:
                doubted = await is_doubted(statement, case["passage"], embedder)
                count[0] += doubted == (kind == "not_carried")
                count[1] += 1
    return sum(right / all_of for right, all_of in shares.values()) / 2


async def is_doubted(statement: str, text: str, embedder: Embedder) -> bool:
    passage = passage_of(text)
    verdict = await verify(
        f"{statement.rstrip('.')} [1].", [Citation(1, passage, text)], Evidence.of([text]), "en",
        embedder, None,
    )  # fmt: skip
    return verdict.action != "allow"
