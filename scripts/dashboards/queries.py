"""The few shapes that queries have."""

I = "$__rate_interval"  # noqa: E741  as Grafana calls it


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Per second."""
    return f"sum{_by(by)} (rate({metric}{_where(where)}[{I}]))"


def count(metric: str, over: str, by: str = "", where: str = "") -> str:
    """How many in this time."""
    return f"sum{_by(by)} (increase({metric}{_where(where)}[{over}]))"


def share(metric: str, where: str, over: str = I, of: str = "") -> str:
    """What part of `of` (else of all) these are; 0 where there is nothing to share."""
    part = f"sum(increase({metric}{_where(where)}[{over}]))"
    return f"({part} / (sum(increase({metric}{_where(of)}[{over}])) > 0)) or vector(0)"


def quantile(metric: str, q: float, by: str = "", over: str = I) -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[{over}])))"


def quantiles(metric: str, over: str = I) -> list[tuple[str, str]]:
    return [(quantile(metric, q, over=over), f"P{round(100 * q)}") for q in (0.5, 0.95, 0.99)]


def average(metric: str, by: str = "", over: str = I) -> str:
    total, number = f"{metric}_sum[{over}]", f"{metric}_count[{over}]"
    return f"sum{_by(by)} (rate({total})) / (sum{_by(by)} (rate({number})) > 0)"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _where(matchers: str) -> str:
    return f"{{{matchers}}}" if matchers else ""
