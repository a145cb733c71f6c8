"""How often the answer cache hits, and how often it must not have, on labelled pairs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from agents.classifier import read_yaml
from agents.followups import resolve
from agents.same_question import difference, in_plain_words
from agents.specialists.vehicles import asked_vehicles
from rag.documents import Catalogue, CatalogueModel
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

HERE = Path(__file__).parent
THRESHOLD = 0.92
MODELS = ("X1", "E3", "T5")
CATALOGUE = Catalogue(
    tuple(CatalogueModel(model, (2024, 2025), ("en",)) for model in MODELS), ("en",), (), 1
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What was asked before, what is asked now, and whether it is the same question."""

    language: str
    before: str
    now: str
    same: bool


async def measure_cache(embedder: Embedder) -> list[Figure]:
    """On the test part of whoever wrote the rules, and on another author's questions."""
    fresh = await measure_part("fresh", embedder)
    hits = Figure("cache hits, another author's wordings", fresh[0].value, 0.20, 0.60)
    return [*await measure_part("test", embedder), hits, *renamed(fresh[1:], "another author's")]


def renamed(figures: Sequence[Figure], whose: str) -> list[Figure]:
    return [replace(each, name=f"{each.name}, {whose}") for each in figures]


async def measure_part(part: str, embedder: Embedder) -> list[Figure]:
    """Hits on other wordings; false hits on near-duplicates and on questions of other groups."""
    near, far = pairs_of(part), strangers_of(part)
    hits = {pair: await is_hit(pair, embedder) for pair in (*near, *far)}
    same = [pair for pair in near if pair.same]
    other = [pair for pair in near if not pair.same]
    print(f"\nAnswer cache, {part}: {len(same)} true pairs, {len(other)} near, {len(far)} far ones")
    print_by_language(same, other, hits)
    for pair in other + far:
        if hits[pair]:
            print(f"  false hit: {pair.before!r} for {pair.now!r}")
    return [
        Figure("cache hits, other wordings", share(same, hits), 0.40, 0.60),
        Figure("cache hits, false, near-duplicates", share(other, hits), 0.01, 0.001, at_most=True),
        Figure("cache hits, false, other questions", share(far, hits), 0.0, 0.0, at_most=True),
    ]


def share(pairs: Sequence[Pair], hits: dict[Pair, bool]) -> float:
    return sum(hits[pair] for pair in pairs) / len(pairs)


def pairs_of(part: str) -> list[Pair]:
    """Each group's question with its other wordings, and every wording with what differs."""
    pairs = list[Pair]()
    for language, groups in read_yaml(HERE / "cache.yaml")[part].items():
        for group in groups:
            ask, same, differ = group["ask"], group["same"], group["differ"]
            pairs += [Pair(language, ask, now, True) for now in same]
            pairs += [Pair(language, b, now, False) for b in (ask, *same) for now in differ]
            pairs += [Pair(language, b, now, False) for b, now in combinations(differ, 2)]
    return pairs


def strangers_of(part: str) -> list[Pair]:
    """Questions of two groups, all of them."""
    pairs = list[Pair]()
    for language, groups in read_yaml(HERE / "cache.yaml")[part].items():
        said = [(group["ask"], *group["same"], *group["differ"]) for group in groups]
        for one, other in combinations(said, 2):
            pairs += [Pair(language, a, b, False) for a in one for b in other]
    return pairs


async def is_hit(pair: Pair, embedder: Embedder) -> bool:
    """As the product decides: vehicles, cosine, rules."""
    if vehicles_of(pair.before) != vehicles_of(pair.now):
        return False
    if difference(pair.now, pair.before, pair.language, MODELS) is not None:
        return False
    plain = [in_plain_words(text, pair.language, MODELS) for text in (pair.before, pair.now)]
    one, other = await embedder.embed(plain)
    return float(one @ other) >= THRESHOLD


def vehicles_of(text: str) -> tuple[str, ...]:
    covered = {each.model: each.years for each in CATALOGUE.models}
    resolved = resolve(text, (), (None, None), covered)
    return tuple(each.name for each in asked_vehicles(resolved, CATALOGUE))


def print_by_language(same: Sequence[Pair], other: Sequence[Pair], hits: dict[Pair, bool]) -> None:
    for language in dict.fromkeys(pair.language for pair in same):
        mine = [pair for pair in same if pair.language == language]
        wrong = [pair for pair in other if pair.language == language]
        print(
            f"  {language}: hits {share(mine, hits):.3f} of {len(mine)},"
            f" false {share(wrong, hits):.4f} of {len(wrong)}"
        )


def missed(part: str) -> Iterator[tuple[Pair, str]]:
    """True pairs the rules refuse, with the reason; for work on the `develop` part."""
    for pair in pairs_of(part):
        why = difference(pair.now, pair.before, pair.language, MODELS)
        if pair.same and why:
            yield pair, why
