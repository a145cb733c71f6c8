"""The same two workshops as the dealership's tests have."""

from tests.app.dealership.conftest import http, records, remote, scheduler, workshop

__all__ = ["http", "records", "remote", "scheduler", "workshop"]
