"""A list as a table for spreadsheets: `?format=csv` on every list of figures."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Annotated, Any, Literal

import orjson
from fastapi import Query, Response

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_ROWS = 5000

Format = Annotated[
    Literal["json", "csv"],
    Query(description=f"csv: a table with a header row, at most {MOST_ROWS} rows"),
]


def table(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """A dot in a column's name leads inside: `cost.dollars`."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([cell(reached(row, column)) for column in columns] for row in rows)
    return Response(
        written.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def reached(row: Mapping[str, Any], column: str) -> Any:
    value: Any = row
    for part in column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return value
        case date():
            return value.isoformat()
        case list():
            text = ", ".join(map(str, value))
        case dict():
            text = orjson.dumps(value).decode()
        case _:
            text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
