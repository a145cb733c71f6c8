"""Grafana's dashboards, described in Python; `python -m scripts.write_dashboards` writes them."""
