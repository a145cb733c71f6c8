"""The monitoring configuration is what it says, checked by the real tools."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@needs("promtool")
def test_prometheus_takes_its_configuration_and_rules() -> None:
    config = str(ROOT / "prometheus" / "prometheus.yml")
    done = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("promtool")
@pytest.mark.parametrize(("up", "firing"), [("0 0 0 0 0", 1), ("1 1 1 1 1", 0)])
def test_api_down_fires_and_stays_quiet(tmp_path: Path, up: str, firing: int) -> None:
    series = {"series": 'up{job="genai-auto-api",instance="api:8000"}', "values": up}
    expression = 'count(ALERTS{alertname="APIDown",alertstate="firing"}) or vector(0)'
    test = {
        "interval": "1m",
        "input_series": [series],
        "promql_expr_test": [
            {
                "expr": expression,
                "eval_time": "4m",
                "exp_samples": [{"labels": "{}", "value": firing}],
            }
        ],
    }
    path = tmp_path / "test.yml"
    rules = [str(ROOT / "prometheus" / "alerts.yml")]
    path.write_text(yaml.safe_dump({"rule_files": rules, "tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("amtool")
def test_alertmanager_takes_its_configuration() -> None:
    config = str(ROOT / "alertmanager" / "alertmanager.yml")
    done = subprocess.run(["amtool", "check-config", config], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
