"""Panels and dashboards as Grafana's file provider wants them: the bare model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["stat", "timeseries"]
Unit = Literal["short", "s", "percentunit", "currencyUSD", "reqps", "bytes", "ops"]
WIDTHS = {"stat": 4, "timeseries": 12}
HEIGHTS = {"stat": 4, "timeseries": 8}
GREEN, AMBER, RED = "green", "orange", "red"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """`queries`: (PromQL, legend). `warn` and `bad` are thresholds; bad is below warn where less is
    worse. `when_empty` says what no data means."""

    title: str
    description: str
    queries: Sequence[tuple[str, str]]
    unit: Unit = "short"
    kind: Kind = "timeseries"
    warn: float | None = None
    bad: float | None = None
    stacked: bool = False
    most: float | None = None
    when_empty: str = "0"


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    since: str = "now-6h"


def model_of(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["genai-auto"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": dashboard.since, "to": "now"},
        "timezone": "browser",
        "templating": {"list": [DATASOURCE_VARIABLE]},
        "annotations": {"list": [DEPLOYMENTS]},
        "links": [OTHERS],
        "panels": list(placed(dashboard.rows)),
    }


def placed(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Each row's panels from left to right, in lines of 24 columns."""
    number, y = 1, 0
    for row in rows:
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False,
               "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}, "panels": []}  # fmt: skip
        number, y, x, tallest = number + 1, y + 1, 0, 0
        for panel in row.panels:
            width, height = WIDTHS[panel.kind], HEIGHTS[panel.kind]
            if x + width > 24:
                x, y, tallest = 0, y + tallest, 0
            yield panel_model(panel, number, {"h": height, "w": width, "x": x, "y": y})
            number, x, tallest = number + 1, x + width, max(tallest, height)
        y += tallest


def panel_model(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": place,
        "targets": [
            target(expression, legend, "ABCDEFGH"[n], panel.kind == "stat")
            for n, (expression, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": defaults(panel), "overrides": []},
        "options": OPTIONS[panel.kind],
    }


def target(expression: str, legend: str, ref: str, instant: bool) -> dict[str, Any]:
    return {"refId": ref, "datasource": DATASOURCE, "expr": expression, "legendFormat": legend,
            "instant": instant, "range": not instant}  # fmt: skip


def defaults(panel: Panel) -> dict[str, Any]:
    values: dict[str, Any] = {
        "unit": panel.unit,
        "noValue": panel.when_empty,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps(panel)},
        "color": {"mode": "thresholds" if panel.kind == "stat" else "palette-classic"},
    }
    if panel.most is not None:
        values["max"] = panel.most
    if panel.kind == "timeseries":
        values["custom"] = {
            "drawStyle": "line", "lineWidth": 1, "showPoints": "never", "spanNulls": True,
            "fillOpacity": 20 if panel.stacked else 0,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "off" if panel.warn is None else "dashed"},
        }  # fmt: skip
    return values


def steps(panel: Panel) -> list[dict[str, Any]]:
    warn, bad = panel.warn, panel.bad
    if warn is None or bad is None:
        return [{"color": GREEN, "value": None}]
    if warn < bad:
        limits = [(GREEN, None), (AMBER, warn), (RED, bad)]
    else:
        limits = [(RED, None), (AMBER, bad), (GREEN, warn)]
    return [{"color": color, "value": value} for color, value in limits]


DATASOURCE_VARIABLE = {
    "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus",
    "current": {"text": "Prometheus", "value": "prometheus"}, "hide": 0,
}  # fmt: skip
DEPLOYMENTS = {
    "name": "New versions", "enable": True, "hide": False, "iconColor": "blue",
    "datasource": DATASOURCE, "titleFormat": "Version {{version}}",
    "expr": "changes(genai_auto_build_info[2m]) > 0"
            " or (genai_auto_build_info unless genai_auto_build_info offset 2m)",
}  # fmt: skip
OTHERS = {
    "title": "Other dashboards", "type": "dashboards", "tags": ["genai-auto"], "asDropdown": True,
    "includeVars": True, "keepTime": True, "icon": "external link",
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value", "graphMode": "none", "textMode": "auto", "justifyMode": "center",
    },
    "timeseries": {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["mean", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
}  # fmt: skip
