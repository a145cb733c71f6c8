"""Writes grafana/dashboards/*.json from their description in `scripts.dashboards`."""

import json
import sys
from pathlib import Path

from scripts.dashboards.chat import CONVERSATIONS, OVERVIEW
from scripts.dashboards.machinery import INFRASTRUCTURE, RETRIEVAL
from scripts.dashboards.money import COST, HANDOFFS, SLO
from scripts.dashboards.panels import Dashboard, model_of

FOLDER = Path(__file__).resolve().parents[1] / "grafana" / "dashboards"
DASHBOARDS = (OVERVIEW, CONVERSATIONS, COST, HANDOFFS, RETRIEVAL, INFRASTRUCTURE, SLO)


def written(dashboard: Dashboard) -> str:
    return json.dumps(model_of(dashboard), indent=1, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    return {FOLDER / f"{each.uid}.json": written(each) for each in DASHBOARDS}


if __name__ == "__main__":
    stale = [
        path for path, text in files().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv:
        sys.exit(bool(stale))
    for path in stale:
        path.write_text(files()[path])
