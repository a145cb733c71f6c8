"""What rules and classifier together hear of sentences that neither has seen."""

from agents.classifier import read_yaml
from agents.guardrails.danger import FRESH, DangerSense
from agents.guardrails.screening import screen
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure


async def measure_danger(embedder: Embedder) -> list[Figure]:
    """On the test half of sentences written by somebody who had not seen the rules.

    The floors are what we hold today; the aim for both is one in a hundred.
    """
    sense = await DangerSense.trained(embedder)
    heard = {
        kind: [await hears(sense, text) for texts in languages.values() for text in texts]
        for kind, languages in read_yaml(FRESH)["test"].items()
    }
    missed = heard["emergency"].count(None) / len(heard["emergency"])
    alarms = heard["calm"].count("sure") / len(heard["calm"])
    asides = heard["calm"].count("possible") / len(heard["calm"])
    print(
        f"\nDanger: {asides:.3f} of calm sentences that name a danger get one sentence of warning"
    )
    return [
        Figure("fresh emergencies that got no warning at all", missed, 0.20, 0.01, at_most=True),
        Figure("calm sentences taken for an emergency", alarms, 0.12, 0.01, at_most=True),
    ]


async def hears(sense: DangerSense, text: str) -> str | None:
    screened = screen(text)
    if screened is not None:
        return "sure" if screened.escalation == "safety_concern" else None
    return await sense.danger_in(text)
