"""One page for all processes of a container that share a folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COUNT = """
from app.observability.metrics import HANDOFFS, SOCKETS, TURNS
TURNS.labels(state="answered", agent="specs").inc(2)
SOCKETS.set(3)
HANDOFFS.labels(state="open").set(4)
"""
TELL = f"{COUNT}\nfrom app.observability.metrics import exposition\nprint(exposition().decode())"


def run(code: str, folder: Path) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_counters_add_up_over_processes_and_figures_of_the_store_are_told_once(
    tmp_path: Path,
) -> None:
    run(COUNT, tmp_path)
    page = run(TELL, tmp_path)
    assert 'chat_turns_total{agent="specs",state="answered"} 4.0' in page
    assert "chat_sockets 6.0" in page
    assert 'handoffs{state="open"} 4.0' in page
