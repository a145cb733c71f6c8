"""Measures routing, understanding, screening, retrieval: `python -m scripts.evaluate`."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from agents.guardrails.danger import DangerSense
from app.llm.embedders import BundledEmbedder
from scripts.evaluation.cache import measure_cache
from scripts.evaluation.claims import measure_claims
from scripts.evaluation.danger import measure_danger
from scripts.evaluation.figures import Figure, print_figures
from scripts.evaluation.guards import print_guards
from scripts.evaluation.injections import measure_injections
from scripts.evaluation.personal_data import measure_personal_data
from scripts.evaluation.public_retrieval import measure_public_retrieval
from scripts.evaluation.retrieval import measure_retrieval
from scripts.evaluation.routing import measure_routing
from scripts.evaluation.screening import measure_screening
from scripts.evaluation.symptoms import measure_symptoms
from scripts.evaluation.understanding import measure_understanding
from scripts.evaluation.verdicts import measure_verdicts


def main() -> None:
    options = read_options()
    figures = asyncio.run(measure(options.models, options.data))
    print_figures(figures)
    sys.exit(0 if all(each.holds for each in figures) else 1)


def read_options() -> argparse.Namespace:
    given = os.environ.get("GENAI_AUTO_DATA")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--data", type=Path, default=Path(given) if given else None)
    return parser.parse_args()


async def measure(models: Path, data: Path | None) -> list[Figure]:
    embedder = BundledEmbedder(models)
    figures = await measure_routing(embedder)
    figures += measure_screening()
    figures += await measure_danger(embedder)
    figures += measure_personal_data(data)
    figures += await measure_understanding(embedder)
    figures += await measure_symptoms(embedder)
    figures += await measure_claims(embedder)
    figures += measure_injections()
    figures += await measure_retrieval(embedder)
    figures += await measure_verdicts(embedder)
    figures += await measure_cache(embedder)
    await print_guards(embedder, await DangerSense.trained(embedder))
    await measure_public_retrieval(embedder, data)
    return figures


if __name__ == "__main__":
    main()
