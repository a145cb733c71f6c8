"""Builds the brain and what it thinks with: models, classifiers, the workshop, shared answers."""

import hashlib
from urllib.parse import urlsplit

import aiohttp
import redis.asyncio

from agents.classifier import INTENTS, SERVICES, TextClassifier, load_examples, load_sayings
from agents.dealership import Dealership
from agents.dependencies import Dealer, Dependencies
from agents.diagnosis.code_library import code_library
from agents.diagnosis.recognition import Recogniser
from agents.graph import Brain
from agents.guardrails.danger import DangerSense
from agents.prompts import check_phrases, prompts_version
from app.chat.answer_cache import AnswerCache, CacheRules
from app.db.engine import Database
from app.knowledge import Knowledge
from app.llm.chat_models import ChatModels, open_chat_models
from app.llm.embedders import BundledEmbedder
from app.llm.ledger import Records
from app.llm.offline_acting import OfflineActing
from app.measured import MeasuredRetriever
from app.settings import Settings
from app.version import VERSION


async def open_models(
    settings: Settings, http: aiohttp.ClientSession, bundled: BundledEmbedder, records: Records
) -> ChatModels:
    """What the offline model knows of wishes and services is trained like the router."""
    cache = settings.data_dir / "models"
    intents, services = [
        await TextClassifier.trained(bundled, load_sayings("develop", examples), cache)
        for examples in (INTENTS, SERVICES)
    ]
    return open_chat_models(settings, http, bundled, OfflineActing(intents, services), records)


async def open_brain(
    settings: Settings,
    models: ChatModels,
    knowledge: Knowledge,
    bundled: BundledEmbedder,
    dealership: Dealership,
    answers: AnswerCache | None,
) -> Brain:
    """The router is trained on first start; later starts read what it left."""
    check_phrases()
    code_library()
    classifier = await TextClassifier.trained(
        bundled, load_examples("train"), settings.data_dir / "models"
    )
    dealer = Dealer(
        settings.dealership_name, settings.dealership_phone, settings.emergency_number,
        link_hosts(settings),
    )  # fmt: skip
    return Brain(
        Dependencies(
            answering=models.answering,
            acting=models.acting,
            dealership=dealership,
            thinking=models.thinking,
            judge=models.thinking if settings.verification_judge else None,
            knowledge=MeasuredRetriever(knowledge.retriever),
            classifier=classifier,
            symptoms=Recogniser(bundled),
            dangers=await DangerSense.trained(bundled, settings.data_dir / "models"),
            dealer=dealer,
            embedder=bundled,
            answers=answers,
        )
    )


def link_hosts(settings: Settings) -> frozenset[str]:
    """Where answers may link to: the dealer's own hosts, and that of this product."""
    named = {each.strip().lower() for each in settings.dealership_hosts.split(",")}
    return frozenset(named | {urlsplit(settings.public_url).hostname or ""}) - {""}


def open_answer_cache(
    settings: Settings, client: redis.asyncio.Redis, database: Database, bundled: BundledEmbedder
) -> AnswerCache | None:
    """None where CACHE_ENABLED says so, or where questions are not masked."""
    if not (settings.cache_enabled and settings.mask_pii):
        return None
    rules = CacheRules(
        settings.cache_ttl,
        settings.cache_ttl_seconds,
        settings.cache_similarity_threshold,
        answer_basis(settings),
    )
    return AnswerCache(client, database, bundled, rules)


def answer_basis(settings: Settings) -> str:
    """What answers rest on besides question and documents: the model, the prompts, the dealer."""
    endpoint = settings.llm_endpoint
    model = f"{endpoint[0]} {settings.llm_model}" if endpoint else "offline"
    dealer = (settings.dealership_name, settings.dealership_phone, *sorted(link_hosts(settings)))
    said = f"customers {VERSION} {prompts_version()} {model} {dealer}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
