"""What each guard takes for an ordinary message or answer; hostile ones are in `make bench`."""

import statistics
import time
from collections.abc import Awaitable, Callable

from agents.events import Citation
from agents.guardrails.danger import DangerSense
from agents.guardrails.screening import screen
from agents.prompts import wording_of
from agents.verification.evidence import Evidence
from agents.verification.gate import ClaimGate
from agents.verification.whole import verify
from app.privacy.masking import Masker
from rag.embedding import Embedder
from scripts.evaluation.passages import passage_of

MESSAGE = "Hi, I am Jo (jo@mail.example). How much can my 2025 X1 tow, and does it need a brake?"
PASSAGE = passage_of(
    "The 2025 X1 may tow a braked trailer of up to 2,000 kg. Without brakes the limit is 750 kg. "
    "The load on the ball is at most 100 kg."
)
ANSWER = (
    "The 2025 X1 may tow a braked trailer of up to 2,000 kg [1]. Without brakes the limit is "
    "750 kg [1], and the load on the ball is at most 100 kg [1]."
)
ROUNDS = 60


async def print_guards(embedder: Embedder, dangers: DangerSense) -> None:
    """Medians in milliseconds."""
    masker = Masker()

    async def masking(text: str) -> object:
        return await masker.find(text)

    async def screening(text: str) -> object:
        return screen(text)

    async def gate(text: str) -> object:
        watched = ClaimGate(evidence(text), "en")
        for word in ANSWER.split(" "):
            watched.add(f"{word} ")
        return watched.finish()

    async def whole(text: str) -> object:
        citations = [Citation(1, PASSAGE, PASSAGE.text)]
        return await verify(ANSWER, citations, evidence(text), "en", embedder, None)

    print("\nGuards, median of an ordinary message or answer")
    for name, guard in (
        ("personal data", masking), ("screening", screening), ("danger", dangers.danger_in),
        ("streaming gate", gate), ("whole answer", whole),
    ):  # fmt: skip
        print(f"  {name:16} {await median_ms(guard):6.2f} ms")


def evidence(question: str) -> Evidence:
    return Evidence.of((PASSAGE.text,), (question,), frozenset(), (wording_of("specs"),))


async def median_ms(guard: Callable[[str], Awaitable[object]]) -> float:
    """Each message is another one: what a guard keeps must not help."""
    took = []
    for number in range(ROUNDS):
        begun = time.perf_counter()
        await guard(f"{MESSAGE} {number}")
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1000
