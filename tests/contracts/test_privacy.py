"""Every table is accounted for: docs/privacy.md says what of customers is in it, and how long."""

import re
from pathlib import Path

import app.db.models  # noqa: F401  makes the tables known
from app.rights.statements import OF_CONVERSATIONS, OF_CUSTOMERS
from app.settings import Settings
from rag.tables import Base

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
SETTING = re.compile(r"RETENTION_[A-Z_]+_DAYS")


def test_every_table_is_on_the_page() -> None:
    told = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert set(Base.metadata.tables) - told == set()


def test_every_retention_setting_is_on_the_page_and_back() -> None:
    names = {name.upper() for name in Settings.model_fields if name.startswith("retention_")}
    assert set(SETTING.findall(PAGE)) == names


def test_every_jsonb_column_of_a_customer_is_emptied_or_holds_no_words() -> None:
    """A new one belongs into `app.rights.statements`, or here with its reason."""
    erased = " ".join([*OF_CONVERSATIONS.values(), *OF_CUSTOMERS.values()])
    harmless = {
        "audit_entries.detail": "ids, counts, masked reasons",
        "cached_answers.answer": "passages of documents, for whoever asks the same",
        "conversations.placeholders": "numbers by kind",
        "messages.answer": "passages of documents, routes, confidence",
        "messages.action": "which button of which card",
        "messages.event": "references of handoffs and names of staff",
        "pending_actions.outcome": "ids of the booking",
        "webhook_endpoints.options": "ids of an account and an inbox at a help desk",
        "service_types.names": "the price list",
        "service_types.prices": "the price list",
        "service_types.every_miles": "the price list",
        "service_types.every_months": "the price list",
        "ingestion_jobs.metadata": "about documents",
        "turns.timeline": "names of steps and numbers",
        "verifications.context": "masked for good, of texts that other systems handed in",
    }
    columns = {
        f"{table.name}.{column.name}": f"update {table.name} set"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.type.__class__.__name__ == "JSONB"
    }
    forgotten = [
        name
        for name, update in columns.items()
        if name not in harmless and not (update in erased and name.split(".")[1] in erased)
    ]
    assert forgotten == []
