"""Whether what customers say of a fault leads to its symptom, without a language model."""

from pathlib import Path

from agents.classifier import read_yaml
from agents.diagnosis.recognition import Recogniser
from rag.embedding import Embedder
from scripts.evaluation.figures import Figure

SAID = Path(__file__).with_suffix(".yaml")


async def measure_symptoms(embedder: Embedder) -> list[Figure]:
    recogniser = Recogniser(embedder)
    first, among, missed = [], [], list[str]()
    for symptom, sentences in read_yaml(SAID).items():
        for sentence in sentences:
            found = [name for name, _ in await recogniser.recognise(sentence)]
            first.append(found[:1] == [symptom])
            among.append(symptom in found[:2])
            if symptom not in found[:2]:
                missed.append(f"  {symptom}: {sentence}")
    print(f"\nSymptoms: {len(first)} complaints; not among the first two:", *missed, sep="\n")
    return [
        Figure("symptoms, the first one right", sum(first) / len(first), 0.70, 0.90),
        Figure("symptoms, among the first two", sum(among) / len(among), 0.75, 0.95),
    ]
