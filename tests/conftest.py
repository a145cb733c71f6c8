"""Real servers for the tests: a private PostgreSQL with a fresh migrated database per test."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
import redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import Connection, Database
from app.db.migrate import migrate
from app.dealership.demo_data import DOCUMENTS, metadata_of
from app.dealership.demo_workshop import seed_workshop
from app.embedded.postgres import private_postgres
from app.embedded.redis import private_redis
from app.llm.embedders import BundledEmbedder
from rag.documents import Upload
from rag.ingestion import Ingestion
from rag.vectors import ensure_vector_index
from tests.bookings import OFFLINE, ZONE
from tests.fakes.llm import ScriptedLLM
from tests.server import ForkServer, Server
from tests.stores import Store

TEMPLATE = "genai_auto_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Store]:
    """A private server that ends with the test run, outside pytest's own folder: the server runs
    as another account, and pytest closes that folder to others whenever a run begins."""
    with TemporaryDirectory(prefix="genai-auto-test-") as folder:
        store = Store(lambda: private_postgres(Path(folder) / "postgres"))
        store.start()
        asyncio.run(spare_the_disk(store.url))
        asyncio.run(make_template(store.url))
        yield store
        store.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: Store) -> str:
    return postgres.url


def with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


async def run_sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def spare_the_disk(url: str) -> None:
    """Processes of the product are killed here, machines are not."""
    for setting in ("fsync", "full_page_writes"):
        await run_sql(url, f"alter system set {setting} = off")
    await run_sql(url, "select pg_reload_conf()")


async def copy_database(url: str, name: str, template: str) -> None:
    """Copying files is several times as fast as the log, where nothing waits for the disk."""
    await run_sql(url, f"create database {name} template {template} strategy file_copy")


async def make_template(url: str) -> None:
    await run_sql(url, f"create database {TEMPLATE}")
    database = Database(with_database(url, TEMPLATE))
    await migrate(database.engine)
    await database.close()


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh database with the schema of the migrations, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await copy_database(postgres_url, name, TEMPLATE)
    yield with_database(postgres_url, name)
    await run_sql(postgres_url, f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def engine(database: Database) -> AsyncEngine:
    return database.engine


@pytest.fixture(scope="session")
def redis_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("redis")
    store = Store(lambda: private_redis(folder))
    store.start()
    yield store
    store.stop()


@pytest.fixture(scope="session")
def redis_url(redis_store: Store) -> str:
    return redis_store.url


@pytest.fixture(scope="session")
def model_files(pytestconfig: pytest.Config) -> Path:
    """Where the embedding graph is kept between runs; it is built once from packaged weights."""
    return pytestconfig.rootpath / "data" / "models"


@pytest.fixture(scope="session")
def embedder(model_files: Path) -> BundledEmbedder:
    return BundledEmbedder(model_files)


DEMO_TEMPLATE = "genai_auto_demo_template"
FEW_DOCUMENTS = ("x1-2024-owners-manual.md", "x1-2025-owners-manual.pdf", "dealership-faq.md")


@pytest.fixture(scope="session")
def demo_template(postgres_url: str, model_files: Path) -> str:
    """A database that holds a few of the demo documents, ingested once per test run."""
    asyncio.run(make_demo_template(postgres_url, BundledEmbedder(model_files)))
    return DEMO_TEMPLATE


async def make_demo_template(url: str, embedder: BundledEmbedder) -> None:
    await copy_database(url, DEMO_TEMPLATE, TEMPLATE)
    database = Database(with_database(url, DEMO_TEMPLATE))
    await ensure_vector_index(database.engine, embedder)
    ingestion = Ingestion(database.engine, embedder)
    for name in FEW_DOCUMENTS:
        path = DOCUMENTS / name
        await ingestion.ingest(Upload(name, path.read_bytes(), metadata_of(path)), no_progress)
    await database.close()


async def no_progress(step: str, progress: float, done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
async def demo_url(postgres_url: str, demo_template: str) -> AsyncIterator[str]:
    """A fresh database with the X1's manuals and the dealership's FAQ."""
    name = f"demo_{uuid.uuid4().hex[:12]}"
    await copy_database(postgres_url, name, demo_template)
    yield with_database(postgres_url, name)
    await run_sql(postgres_url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def llm_server() -> Iterator[ScriptedLLM]:
    """The scripted LLM in a thread of its own, for the whole run."""
    scripted = ScriptedLLM()
    with scripted.serving_in_thread():
        yield scripted


@pytest.fixture
def llm(llm_server: ScriptedLLM) -> ScriptedLLM:
    """The scripted LLM as new."""
    llm_server.reset()
    return llm_server


Shared = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    demo_template: str,
    redis_url: str,
    model_files: Path,
    llm_server: ScriptedLLM,
) -> Shared:
    """Opens a product with a store of its own, for all tests of a module or of the run:
    `with shared_server("name", **settings) as server`."""

    @contextmanager
    def opened(name: str, **changed: str) -> Iterator[Server]:
        name = f"{name}_{uuid.uuid4().hex[:12]}"
        asyncio.run(copy_database(postgres_url, name, demo_template))
        folder = replica_folder(tmp_path_factory.mktemp(name), 0, model_files)
        forget_answers(redis_url, changed)
        given = environment(with_database(postgres_url, name), redis_url, llm_server)
        started = Server(folder, **{**given, **changed})
        asyncio.run(started.start())
        yield started
        started.stop()

    return opened


@pytest.fixture(scope="session")
def server(shared_server: Shared) -> Iterator[Server]:
    """One running product with the X1's manuals, for tests that do not harm it."""
    with shared_server("shared") as started:
        yield started


def environment(database_url: str, redis_url: str, llm: ScriptedLLM) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "LLM_PROVIDER": "openai",
        "OPENAI_API_KEY": "sk-scripted",
        "OPENAI_BASE_URL": llm.base_url,
        "LLM_MODEL": "scripted",
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }


def forget_answers(redis_url: str, changed: Mapping[str, str]) -> None:
    """A product that keeps answers would serve those of earlier tests: Redis is the same."""
    if changed.get("CACHE_ENABLED") == "true":
        with redis.Redis.from_url(redis_url) as client:
            client.flushall()


def replica_folder(parent: Path, number: int, model_files: Path) -> Path:
    """A data folder of its own; model files and secrets are shared between replicas."""
    folder = parent / f"replica-{number}"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "models").symlink_to(model_files)
    (parent / "secrets").mkdir(exist_ok=True)
    (folder / "data" / "secrets").symlink_to(parent / "secrets")
    return folder


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
async def start_server(
    tmp_path: Path,
    demo_url: str,
    redis_url: str,
    llm: ScriptedLLM,
    model_files: Path,
    forks: ForkServer,
) -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """Start replicas over one fresh store: `await start_server()`; they end with the test."""
    servers: list[Server] = []

    async def start(**changed: str) -> Server:
        if not servers:
            forget_answers(redis_url, changed)
        folder = replica_folder(tmp_path, len(servers), model_files)
        given = {**environment(demo_url, redis_url, llm), **changed}
        server = Server(folder, forks=forks, **given)
        servers.append(server)
        return await server.start()

    yield start
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.kill()


@pytest.fixture
async def workshop(start_server: Callable[..., Awaitable[Server]], demo_url: str) -> Server:
    """The running product over the demo's workshop, without a language model."""
    database = Database(demo_url)
    await seed_workshop(database, datetime.now(ZONE).date(), ZONE)
    await database.close()
    return await start_server(**OFFLINE)


@pytest.fixture
async def store(demo_url: str) -> AsyncIterator[Connection]:
    """The store of that product, to count rows in."""
    connection = await asyncpg.connect(demo_url)
    yield connection
    await connection.close()
