"""How often the semantic cache recognises a question, and how often it takes another for it."""

from itertools import combinations
from pathlib import Path

from agents.classifier import read_yaml
from agents.same_question import same_question
from agents.sharing import normalised
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

HERE = Path(__file__).parent
THRESHOLD = 0.92
YEARS, MODELS = ("2023", "2024", "2025"), ("X1", "T5", "E3")
Pair = tuple[str, str]


async def measure_shared_answers(embedder: Embedder) -> list[Figure]:
    """Pairs of `same_questions.yaml`, all its questions against each other, and the same questions
    about another model, year or with a denial."""
    cases = read_yaml(HERE / "same_questions.yaml")["test"]
    same = [(case["question"], each) for case in cases for each in case["same"]]
    close = [(case["question"], each) for case in cases for each in case["other"]]
    apart = list(combinations([case["question"] for case in cases], 2))
    changed = [pair for case in cases for pair in changes(case["question"])]
    hits = await share_taken(same, embedder)
    false = await share_taken([*close, *apart, *changed], embedder)
    print(f"\nShared answers: {len(same)} true pairs, {len(close + apart + changed)} others")
    return [
        Figure("semantic cache, hits on other words", hits, 0.40, 0.60),
        Figure("semantic cache, false hits", false, 0.01, 0.001, at_most=True),
    ]


def changes(question: str) -> list[Pair]:
    """The question about each year, against the same about another one; and so on."""
    dated = [f"{question.rstrip('?')} {year}?" for year in YEARS]
    named = [question.replace(old, new) for old in MODELS if old in question for new in MODELS]
    denied = question.replace(" I ", " I not ").replace(" the ", " not the ", 1)
    others = [*combinations(dated, 2), *combinations(dict.fromkeys(named), 2)]
    return [*others, *([(question, denied)] if denied != question else [])]


async def share_taken(pairs: list[Pair], embedder: Embedder) -> float:
    """As the cache decides for English."""
    taken = 0
    for one, other in pairs:
        left, right = normalised(one), normalised(other)
        vectors = await embedder.embed([left, right])
        alike = float(vectors[0] @ vectors[1]) >= THRESHOLD
        taken += alike and same_question(left, right, "en")
    return taken / len(pairs)
