"""Columns and checks that many tables have."""

from typing import Any

from sqlalchemy import CheckConstraint, DateTime, text
from sqlalchemy.orm import mapped_column

now = text("clock_timestamp()")
new_id = text("gen_random_uuid()")


def moment(**options: Any) -> Any:
    return mapped_column(DateTime(timezone=True), **options)


def one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")
