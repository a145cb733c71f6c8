"""Columns that many tables have."""

from typing import Any

from sqlalchemy import DateTime, text
from sqlalchemy.orm import mapped_column

now = text("clock_timestamp()")
new_id = text("gen_random_uuid()")


def moment(**options: Any) -> Any:
    return mapped_column(DateTime(timezone=True), **options)
