"""Metrics: what is used exists, what exists is used and explained; labels stay few."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import Counter, Gauge, Histogram

from app.observability import metrics
from scripts.write_dashboards import files

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/metrics.md").read_text()
OF_OTHERS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "ALERTS"}
WORDS = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
IN_QUOTES = re.compile(r'"[^"]*"|\{\{[^}]*\}\}')
BY = re.compile(r"\b(?:by|on|without)\s*\([^)]*\)")
MATCHERS = re.compile(r"\{[^}]*\}")
RANGES = re.compile(r"\[[^\]]*\]")
FUNCTIONS = set(
    "sum rate increase histogram_quantile min max avg count absent vector and or unless on topk"
    " changes offset bool clamp_min by abs".split()
)
Metric = Counter | Gauge | Histogram


def declared() -> dict[str, Metric]:
    """By the name that queries use: of a histogram its stem."""
    found = [m for m in vars(metrics).values() if isinstance(m, Counter | Gauge | Histogram)]
    return {described.name + ("_total" if described.type == "counter" else ""): each
            for each in found for described in each.describe()}  # fmt: skip


def rules() -> list[dict[str, Any]]:
    paths = (ROOT / "prometheus/alerts.yml", ROOT / "prometheus/rules/slo.yml")
    loaded = [yaml.safe_load(path.read_text()) for path in paths]
    return [rule for each in loaded for group in each["groups"] for rule in group["rules"]]


def panels() -> Iterator[dict[str, Any]]:
    for path in sorted((ROOT / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                yield panel


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"]


def used() -> set[str]:
    names: set[str] = set()
    for expression in expressions():
        bare = expression
        for noise in (IN_QUOTES, BY, MATCHERS, RANGES):
            bare = noise.sub(" ", bare)
        names |= {w for w in WORDS.findall(bare) if w not in FUNCTIONS and not is_number(w)}
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d+[smhd]?|[smhd]|m", word))


def test_every_metric_of_a_dashboard_or_an_alert_exists() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert used() - set(declared()) - recorded - OF_OTHERS == set()


def test_every_metric_is_on_the_page_and_back() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)`", PAGE, re.MULTILINE))
    assert told == set(declared())


def test_every_metric_is_on_a_dashboard_or_the_page_says_that_it_is_not() -> None:
    unused = set(declared()) - used()
    assert unused == set(re.findall(r"^\| `([a-z_]+)` .*not on a dashboard", PAGE, re.MULTILINE))


def test_the_page_names_every_label() -> None:
    for name, metric in declared().items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` "))
        told = set(re.findall(r"`([a-z_]+)`", row.split("|")[2]))
        assert told == set(metric._labelnames), name


def test_labels_are_of_few_values_and_never_ids() -> None:
    allowed = {
        "endpoint", "method", "status_code", "rule", "purpose", "model", "outcome", "type", "agent",
        "why", "error_type", "state", "kind", "status", "sentiment", "selected_agent",
        "routing_method", "from_agent", "to_agent", "failure_class", "tier", "action", "entity",
        "document_type", "op", "cache_type", "reason", "urgency", "in_time", "version",
        "dependency", "budget", "spending",
    }  # fmt: skip
    assert {label for m in declared().values() for label in m._labelnames} <= allowed
    assert all(metric._documentation for metric in declared().values())


def test_dashboards_are_as_their_description_writes_them() -> None:
    for path, text in files().items():
        assert path.read_text() == text, "python -m scripts.write_dashboards"


def test_every_panel_says_what_it_shows_in_which_unit_and_what_no_data_means() -> None:
    for panel in panels():
        values = panel["fieldConfig"]["defaults"]
        assert panel["description"], panel["title"]
        assert values["unit"], panel["title"]
        assert values["noValue"], panel["title"]
        if any("_seconds" in t["expr"] and "_bucket" in t["expr"] for t in panel["targets"]):
            assert values["unit"] == "s", panel["title"]


def test_panels_do_not_overlap() -> None:
    for path in (ROOT / "grafana/dashboards").glob("*.json"):
        taken = set()
        for panel in json.loads(path.read_text())["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken
            assert place["x"] + place["w"] <= 24
            taken |= cells


def test_grafana_finds_datasource_and_dashboards_where_compose_mounts_them() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.metrics.yml").read_text())
    mounts = compose["services"]["grafana"]["volumes"]
    assert "./grafana:/etc/grafana/provisioning:ro" in mounts
    source = yaml.safe_load((ROOT / "grafana/datasources/prometheus.yml").read_text())
    assert source["datasources"][0]["uid"] == "prometheus"
    provider = yaml.safe_load((ROOT / "grafana/dashboards/dashboards.yml").read_text())
    folder = provider["providers"][0]["options"]["path"]
    assert folder == "/etc/grafana/provisioning/dashboards"
