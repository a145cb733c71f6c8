"""Columns that many tables have."""

from typing import Any

from sqlalchemy import CheckConstraint, DateTime, text
from sqlalchemy.orm import mapped_column

from rag.tables import one_of

now = text("clock_timestamp()")
new_id = text("gen_random_uuid()")


def known(column: str, *values: str) -> CheckConstraint:
    """The column holds one of these words."""
    return CheckConstraint(one_of(column, values), name=f"{column}_known")


def moment(**options: Any) -> Any:
    return mapped_column(DateTime(timezone=True), **options)
