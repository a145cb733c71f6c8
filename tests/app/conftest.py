"""Fixtures of several rooms of the product."""

from tests.app.hooks import hooks, other, receiver

__all__ = ["hooks", "other", "receiver"]
