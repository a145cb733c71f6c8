"""Opens what lies outside this process: the store, Redis, the one HTTP client, the embedder."""

from contextlib import AsyncExitStack

import aiohttp
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.db.engine import Database
from app.db.migrate import migrate
from app.embedded.postgres import private_postgres
from app.embedded.redis import private_redis
from app.knowledge import Knowledge
from app.llm.embedders import BundledEmbedder, RemoteEmbedder
from app.llm.embedding_cache import RememberingEmbedder
from app.settings import Settings
from rag.embedding import Embedder
from rag.ingestion import Ingestion
from rag.retrieval import Retriever
from rag.vectors import check_embedding_model, ensure_vector_index


def http_client() -> aiohttp.ClientSession:
    """The one client for models, embeddings and other people's servers."""
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, enable_cleanup_closed=False)
    return aiohttp.ClientSession(connector=connector)


async def open_database(settings: Settings, stack: AsyncExitStack) -> Database:
    """The store by URL, or a private one in the data folder; migrated."""
    url = settings.database_url
    if not url:
        url = stack.enter_context(private_postgres(settings.data_dir.resolve() / "postgres"))
    database = Database(url, settings.database_pool_size)
    stack.push_async_callback(database.close)
    await migrate(database.engine)
    return database


async def open_redis(settings: Settings, stack: AsyncExitStack) -> tuple[redis.asyncio.Redis, str]:
    url = settings.redis_url
    if not url:
        url = stack.enter_context(private_redis(settings.data_dir.resolve() / "redis"))
    client = redis_client(url, socket_timeout=2.0)
    stack.push_async_callback(client.aclose)
    return client, url


def redis_client(url: str, socket_timeout: float | None) -> redis.asyncio.Redis:
    """Without the library's retries: whoever asks decides whether to try again."""
    return redis.asyncio.Redis.from_url(
        url,
        socket_connect_timeout=min(1.0, socket_timeout or 1.0),
        socket_timeout=socket_timeout,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


async def open_knowledge(database: Database, embedder: Embedder, check: bool = True) -> Knowledge:
    """Raises EmbeddingModelMismatch when the chunks are of another model than the embedder."""
    if check:
        await check_embedding_model(database.engine, embedder)
    await ensure_vector_index(database.engine, embedder)
    return Knowledge(
        database,
        embedder,
        Retriever(database.engine, embedder),
        Ingestion(database.engine, embedder),
    )


def chosen_embedder(
    settings: Settings,
    http: aiohttp.ClientSession,
    bundled: BundledEmbedder,
    client: redis.asyncio.Redis | None = None,
) -> Embedder:
    """EMBEDDING_MODEL alone decides; an LLM key does not. With `client` a remote one remembers."""
    if not settings.embedding_model:
        return bundled
    base_url, key = settings.llm_endpoint or (settings.openrouter_base_url, "")
    remote = RemoteEmbedder(
        http, base_url, key, settings.embedding_model, settings.embedding_dimension
    )
    if client is None or not settings.cache_enabled:
        return remote
    return RememberingEmbedder(remote, client, settings.vault_key)
