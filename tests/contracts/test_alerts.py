"""Alerts: rules that load and fire, routes as the guide's table says, a runbook for each."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = (ROOT / "prometheus/alerts.yml", ROOT / "prometheus/rules/slo.yml")
TESTS = sorted((ROOT / "prometheus/tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs/runbooks"
ALERTMANAGER = ROOT / "alertmanager/alertmanager.yml"
GUIDE = {
    "genai_auto_alerts": "HighLLMCost CriticalLLMCost HighLatency VeryHighLatency SlowLLMResponse"
    " HighErrorRate CriticalErrorRate FrequentLLMErrors LowUserSatisfaction"
    " VeryLowUserSatisfaction TooManyInProgressRequests APIDown NoMetricsScraped",
    "rag_quality_alerts": "LowRAGSimilarity SlowRAGSearch",
    "cache_alerts": "LowCacheHitRate HighCacheLatency",
    "handoff_alerts": "HighHandoffRate FrequentLowConfidenceHandoffs",
    "task_completion_alerts": "LowTaskCompletionRate HighAbandonmentRate",
    "routing_alerts": "LowRoutingConfidence HighReroutingRate",
}


def needs(program: str) -> pytest.MarkDecorator:
    why = f"{program} is not installed: scripts/install_test_tools.sh"
    return pytest.mark.skipif(shutil.which(program) is None, reason=why)


def groups() -> dict[str, list[dict[str, Any]]]:
    loaded = [yaml.safe_load(path.read_text()) for path in RULES]
    return {group["name"]: group["rules"] for each in loaded for group in each["groups"]}


def alerts() -> dict[str, dict[str, Any]]:
    rules = [rule for group in groups().values() for rule in group]
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_alert_of_the_guide_stands_in_its_group() -> None:
    for group, names in GUIDE.items():
        assert set(names.split()) <= {rule["alert"] for rule in groups()[group]}


@needs("promtool")
def test_the_rules_load() -> None:
    run("promtool", "check", "config", ROOT / "prometheus/prometheus.yml")
    run("promtool", "check", "rules", *RULES)


@needs("promtool")
@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.stem))
def test_alerts_fire_when_they_must_and_stay_quiet_else(path: Path) -> None:
    run("promtool", "test", "rules", path)


def test_every_alert_has_a_case_that_fires_and_one_that_stays_quiet() -> None:
    cases = {test["name"] for path in TESTS for test in yaml.safe_load(path.read_text())["tests"]}
    assert cases == {f"{name} {case}" for name in alerts() for case in ("fires", "stays quiet")}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == set(alerts())
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"


@pytest.mark.parametrize("name", sorted(alerts()))
def test_a_runbook_says_what_to_look_at_to_do_and_when_to_stop(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text()
    titles = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert titles == ["What customers notice", "Look", "Do", "Stop when"]
    assert page.startswith(f"# {name}\n")
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (RUNBOOKS / link).exists(), link


def test_every_alert_says_how_bad_it_is_and_which_dashboard_shows_it() -> None:
    for rule in alerts().values():
        assert rule["labels"]["severity"] in ("critical", "warning")
        uid = rule["annotations"]["dashboard_url"].removeprefix("/d/")
        assert (ROOT / f"grafana/dashboards/{uid}.json").exists()
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


CRITICAL = "critical"
ROUTES = {
    "APIDown": {CRITICAL},
    "HighLLMCost": {"cost"},
    "CriticalLLMCost": {CRITICAL, "cost"},
    "HighLatency": {"performance"},
    "VeryHighLatency": {CRITICAL, "performance"},
    "SlowRAGSearch": {"performance"},
    "LowRAGSimilarity": {"warning"},
    "HandoffStuck": {CRITICAL},
    "AnswersBurnFast": {CRITICAL},
    "AnswersBurnSteady": {"warning"},
}
CHANNELS = {
    CRITICAL: "#genai-critical", "warning": "#genai-alerts", "cost": "#genai-cost-alerts",
    "performance": "#genai-performance",
}  # fmt: skip


@needs("amtool")
@pytest.mark.parametrize("name", ROUTES)
def test_an_alert_reaches_the_channels_of_the_guides_table(name: str) -> None:
    labels = [f"{key}={value}" for key, value in alerts()[name]["labels"].items()]
    command = ["amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}"]
    reached = set(run(*command, f"alertname={name}", *labels).strip().split(","))
    assert reached == ROUTES[name]


def test_only_critical_alerts_send_mail_and_pages_and_secrets_stand_in_files() -> None:
    config = yaml.safe_load(ALERTMANAGER.read_text())
    for receiver in config["receivers"]:
        is_critical = receiver["name"] == CRITICAL
        assert bool(receiver.get("email_configs")) == is_critical
        assert bool(receiver.get("pagerduty_configs")) == is_critical
        channels = {each["channel"] for each in receiver.get("slack_configs", ())}
        assert channels == ({CHANNELS[receiver["name"]]} if channels else set())
    assert not re.search(r"hooks\.slack\.com|password: |routing_key: ", ALERTMANAGER.read_text())
