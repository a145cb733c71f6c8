"""Seeding the demo dealership: once, whole, and never beside a dealer's own documents."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.accounts.logins import Logins
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.db.engine import Database
from app.dealership import demo_data
from app.first_start import seed_demo
from app.llm.embedders import BundledEmbedder
from app.settings import Settings
from rag.documents import DocumentMetadata, Upload
from rag.ingestion import Ingestion
from rag.vectors import ensure_vector_index
from tests.conftest import no_progress

FILES = [demo_data.DOCUMENTS / name for name in ("dealership-faq.md", "x1-2024-spec-sheet.md")]


class Killed(Exception):
    """Stands for the process dying."""


class IngestionThatDies(Ingestion):
    async def ingest(self, upload: Upload, report: Any) -> Any:
        if upload.file_name == FILES[1].name:
            raise Killed
        return await super().ingest(upload, report)


@pytest.fixture
async def services(
    database: Database, embedder: BundledEmbedder, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setattr(demo_data, "demo_files", lambda: FILES)
    await ensure_vector_index(database.engine, embedder)
    users = Users(database, Logins(database, Tokens("x" * 40), 30, 7))
    knowledge = SimpleNamespace(ingestion=Ingestion(database.engine, embedder))
    return SimpleNamespace(
        database=database, users=users, knowledge=knowledge, settings=Settings(_env_file=None)
    )


async def titles(database: Database) -> list[str]:
    async with database.connection() as db:
        rows = await db.fetch("select title from documents order by title")
    return [row["title"] for row in rows]


async def accounts(database: Database) -> list[str]:
    async with database.connection() as db:
        return [row["email"] for row in await db.fetch("select email from users order by email")]


async def test_seeding_that_was_cut_off_goes_on_at_the_next_start(
    services: Any, embedder: BundledEmbedder
) -> None:
    database = services.database
    dying = SimpleNamespace(ingestion=IngestionThatDies(database.engine, embedder))
    with pytest.raises(Killed):
        await seed_demo(
            SimpleNamespace(**{**vars(services), "knowledge": dying})  # type: ignore[arg-type]
        )
    assert len(await titles(database)) == 1

    await seed_demo(services)
    assert len(await titles(database)) == 2
    assert await accounts(database) == ["casey@demo.test", "editor@demo.test", "staff@demo.test"]

    await seed_demo(services)
    assert len(await titles(database)) == 2


async def test_a_store_with_the_dealer_s_own_documents_is_left_alone(services: Any) -> None:
    metadata = DocumentMetadata(title="Ours", type="faq", language="en")
    own = Upload("ours.md", b"# Ours\n\nWe open at nine.", metadata, created_by="somebody")
    await services.knowledge.ingestion.ingest(own, no_progress)
    await seed_demo(services)
    assert await titles(services.database) == ["Ours"]
    assert await accounts(services.database) == []
