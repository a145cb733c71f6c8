"""The composition root: opens everything once, closes it in reverse. Nothing else constructs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import redis.asyncio

from agents.dealership import Dealership
from app.accounts.api_keys import ApiKeys
from app.accounts.logins import Logins
from app.accounts.proofs import Proofs
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.brain import open_answer_cache, open_brain, open_dealership, open_models
from app.chat.actions import Actions
from app.chat.answer_cache import AnswerCache
from app.chat.conversations import Conversations
from app.chat.ending import Finisher
from app.chat.escalating import Escalating
from app.chat.fanout import Fanout
from app.chat.feedback import FeedbackBox
from app.chat.outcomes import Outcomes
from app.chat.settlement import Settlement
from app.chat.turn import TurnTaker
from app.chat.turns import Turns
from app.connections import (
    chosen_embedder,
    http_client,
    open_database,
    open_knowledge,
    open_redis,
    redis_client,
)
from app.db.engine import Database
from app.dealership.reminders import Reminders
from app.desk.cases import Cases
from app.desk.desk import Desk
from app.desk.drafting import Drafting
from app.desk.lessons import Lessons
from app.desk.overview import Overview
from app.desk.reading import Reading
from app.detection import Detector
from app.handoff.addresses import Addresses
from app.handoff.configured import Configured
from app.handoff.hours import Hours
from app.handoff.ratings import Ratings
from app.handoff.records import Handoffs
from app.handoff.webhooks import Webhooks, open_webhooks
from app.knowledge import Knowledge
from app.llm.chat_models import ChatModels
from app.llm.embedders import BundledEmbedder
from app.outbox import Outbox
from app.privacy.masking import Masker
from app.privacy.rotation import check_keys
from app.privacy.vault import Vault
from app.rate_limits import RateLimits
from app.rights.erasure import Erasure
from app.rights.export import Export
from app.rights.retention import Days, Retention
from app.rights.reveal import Reveal
from app.rights.rights import Rights
from app.senders import open_sender
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request may need."""

    settings: Settings
    database: Database
    redis: redis.asyncio.Redis
    limits: RateLimits
    tokens: Tokens
    logins: Logins
    users: Users
    api_keys: ApiKeys
    detector: Detector
    knowledge: Knowledge
    models: ChatModels
    vault: Vault
    conversations: Conversations
    feedback: FeedbackBox
    turns: Turns
    fanout: Fanout
    turn_taker: TurnTaker
    dealership: Dealership
    actions: Actions
    answers: AnswerCache | None
    outbox: Outbox
    desk: Desk
    handoffs: Handoffs
    ratings: Ratings
    webhooks: Webhooks
    reminders: Reminders
    rights: Rights
    outcomes: Outcomes

    @property
    def model_name(self) -> str:
        return "offline" if self.models.thinking is None else self.settings.llm_model

    @property
    def model_kind(self) -> Literal["offline", "endpoint"]:
        return "offline" if self.models.thinking is None else "endpoint"


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Start or connect to the servers, bring the schema up to date, build everything."""
    async with AsyncExitStack() as stack:
        database = await open_database(settings, stack)
        client, redis_url = await open_redis(settings, stack)
        http = await stack.enter_async_context(http_client())
        bundled = BundledEmbedder(settings.data_dir / "models")
        quick = redis_client(redis_url, socket_timeout=0.25)
        stack.push_async_callback(quick.aclose)
        embedder = chosen_embedder(settings, http, bundled, quick)
        knowledge = await open_knowledge(database, embedder)
        masker = Masker(settings.mask_pii, settings.pii_nlp_model)
        vault = Vault(database, settings.vault_key, settings.old_vault_keys)
        await check_keys(database, vault.keys)
        outbox = Outbox(database, vault, open_sender(settings, http))
        dealership = open_dealership(settings, database, http)
        models = await open_models(settings, http, bundled)
        answers = open_answer_cache(settings, quick, database, bundled)
        brain = await open_brain(settings, models, knowledge, bundled, dealership, answers)
        webhooks = await stack.enter_async_context(
            open_webhooks(database, vault, addresses_of(settings), configured(settings),
                          desk_url(settings))
        )  # fmt: skip
        deliveries = webhooks.deliveries
        actions = Actions(database, dealership, deliveries)
        proofs = Proofs(database, vault, outbox, settings.signing_key)
        hours = Hours(dealership, settings.zone)
        handoffs = Handoffs(database, deliveries, hours, settings.public_url)
        turns, conversations = Turns(database, vault, handoffs), Conversations(database)
        tokens = Tokens(settings.signing_key)
        logins = Logins(
            database, tokens, settings.jwt_access_expire_minutes, settings.jwt_refresh_expire_days
        )
        fanout = await open_fanout(client, redis_url, stack)
        settlement = Settlement(actions, proofs, brain.dependencies)
        escalating = Escalating(handoffs, hours, settings.confidence_threshold)
        ending = Finisher(turns, settlement, escalating, fanout, answers, brain.dependencies.dealer)
        turn_taker = TurnTaker(
            masker, turns, conversations, brain, fanout, settlement, ending,
            settings.max_running_turns,
        )  # fmt: skip
        stack.push_async_callback(turn_taker.runner.close)
        if not settings.database_url:
            await turns.end_leases()
            await deliveries.end_leases()
        yield Services(
            settings=settings,
            database=database,
            redis=client,
            limits=RateLimits(redis_url, limits_of(settings)),
            tokens=tokens,
            logins=logins,
            users=Users(database, logins),
            api_keys=ApiKeys(database),
            detector=Detector(database, masker, bundled, brain.dependencies.judge),
            knowledge=knowledge,
            models=models,
            vault=vault,
            conversations=conversations,
            feedback=FeedbackBox(database, masker, vault, deliveries),
            turns=turns,
            fanout=fanout,
            turn_taker=turn_taker,
            dealership=dealership,
            actions=actions,
            answers=answers,
            outbox=outbox,
            desk=Desk(
                Cases(database, handoffs, masker, vault, fanout),
                Reading(database, dealership),
                Drafting(database, brain, models.thinking),
                Lessons(database, masker, vault),
                Overview(database, settings.zone),
            ),
            handoffs=handoffs,
            ratings=Ratings(database, deliveries, masker, vault),
            webhooks=webhooks,
            reminders=Reminders(database, vault, outbox, settings.zone, settings.dealership_name),
            rights=Rights(
                Export(database, vault, dealership),
                Erasure(database, dealership),
                Reveal(database, vault, masker),
                Retention(database, days_of(settings)),
            ),
            outcomes=Outcomes(database),
        )


async def open_fanout(client: redis.asyncio.Redis, redis_url: str, stack: AsyncExitStack) -> Fanout:
    listening = redis_client(redis_url, None)
    stack.push_async_callback(listening.aclose)
    fanout = Fanout(client, listening)
    await fanout.start()
    stack.push_async_callback(fanout.close)
    return fanout


def addresses_of(settings: Settings) -> Addresses:
    return Addresses(settings.webhook_allowed_hosts, settings.is_production)


def configured(settings: Settings) -> Configured | None:
    return Configured(*settings.support_webhook) if settings.support_webhook else None


def desk_url(settings: Settings) -> str:
    """Where staff answer; empty when nobody has said under which address customers come."""
    return f"{settings.public_url.rstrip('/')}/desk" if settings.public_url else ""


def limits_of(settings: Settings) -> dict[str, str]:
    return {
        "messages": settings.rate_limit_messages,
        "address": settings.rate_limit_address,
        "messages_address": settings.rate_limit_messages_address,
        "auth": settings.rate_limit_auth,
        "api_key": settings.rate_limit_api_key,
        "reveal": settings.rate_limit_reveal,
    }


def days_of(settings: Settings) -> Days:
    return Days(
        conversations=settings.retention_conversations_days,
        personal_values=settings.retention_personal_values_days,
        outbox=settings.retention_outbox_days,
        deliveries=settings.retention_deliveries_days,
        llm_calls=settings.retention_llm_calls_days,
        verifications=settings.retention_verifications_days,
    )
