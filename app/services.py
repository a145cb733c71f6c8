"""The composition root: opens everything once, closes it in reverse. Nothing else constructs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import redis.asyncio

from agents.dealership import Dealership
from agents.graph import Brain
from app.accounts.api_keys import ApiKeys
from app.accounts.logins import Logins
from app.accounts.proofs import Proofs
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.analytics.analytics import Analytics, open_analytics
from app.brain import open_answer_cache, open_brain, open_models
from app.budgets import Budgets
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
    open_knowledge,
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
from app.ground import Ground, open_ground
from app.handoff.addresses import Addresses
from app.handoff.configured import Configured
from app.handoff.hours import Hours
from app.handoff.ratings import Ratings
from app.handoff.records import Handoffs
from app.handoff.webhooks import Webhooks, open_webhooks
from app.knowledge import Knowledge
from app.llm.chat_models import ChatModels
from app.outbox import Outbox
from app.privacy.vault import Vault
from app.rate_limits import RateLimits
from app.rights.erasure import Erasure
from app.rights.export import Export
from app.rights.retention import Days, Retention
from app.rights.reveal import Reveal
from app.rights.rights import Rights
from app.settings import Settings
from app.usage import CallRecords


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
    calls: CallRecords
    analytics: Analytics

    @property
    def model_name(self) -> str:
        return "offline" if self.models.thinking is None else self.settings.llm_model

    @property
    def model_kind(self) -> Literal["offline", "endpoint"]:
        return "offline" if self.models.thinking is None else "endpoint"


@dataclass(frozen=True, slots=True)
class Talk:
    """Who answers, and what an answer leaves behind."""

    brain: Brain
    knowledge: Knowledge
    models: ChatModels
    answers: AnswerCache | None
    webhooks: Webhooks
    handoffs: Handoffs
    actions: Actions
    turns: Turns
    conversations: Conversations
    fanout: Fanout
    turn_taker: TurnTaker
    calls: CallRecords


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """From the ground up; closed from the top down."""
    async with AsyncExitStack() as stack:
        ground = await open_ground(settings, stack)
        talk = await open_talk(ground, stack)
        if not settings.database_url:
            await talk.turns.end_leases()
            await talk.webhooks.deliveries.end_leases()
            await talk.calls.give_up(minutes=0)
        yield all_of(ground, talk)


async def open_talk(on: Ground, stack: AsyncExitStack) -> Talk:
    """The brain with its documents, and the way of a message around it."""
    settings, database = on.settings, on.database
    knowledge = await open_knowledge(
        database, chosen_embedder(settings, on.http, on.bundled, on.quick)
    )
    calls = CallRecords(database)
    models = await open_models(settings, on.http, on.bundled, calls)
    answers = open_answer_cache(settings, on.quick, database, on.bundled)
    brain = await open_brain(settings, models, knowledge, on.bundled, on.dealership, answers)
    webhooks = await stack.enter_async_context(
        open_webhooks(
            database, on.vault, addresses_of(settings), configured(settings), desk_url(settings)
        )
    )
    hours = Hours(on.dealership, settings.zone)
    handoffs = Handoffs(database, webhooks.deliveries, hours, settings.public_url)
    turns, conversations = Turns(database, on.vault, handoffs), Conversations(database)
    fanout = await open_fanout(on.redis, on.redis_url, stack)
    actions = Actions(database, on.dealership, webhooks.deliveries)
    proofs = Proofs(database, on.vault, on.outbox, settings.signing_key)
    settlement = Settlement(actions, proofs, brain.dependencies)
    escalating = Escalating(handoffs, hours, settings.confidence_threshold)
    ending = Finisher(turns, settlement, escalating, fanout, answers, brain.dependencies.dealer)
    budgets = Budgets(
        database, settings.zone, settings.budget_conversation_usd, settings.budget_day_usd
    )
    turn_taker = TurnTaker(
        on.masker, turns, conversations, brain, fanout, settlement, ending, calls, budgets,
        settings.max_running_turns,
    )  # fmt: skip
    stack.push_async_callback(turn_taker.runner.close)
    return Talk(
        brain, knowledge, models, answers, webhooks, handoffs, actions, turns, conversations,
        fanout, turn_taker, calls,
    )  # fmt: skip


def all_of(on: Ground, talk: Talk) -> Services:
    """What rests on both; nothing here waits."""
    settings, database, vault, masker = on.settings, on.database, on.vault, on.masker
    deliveries = talk.webhooks.deliveries
    tokens = Tokens(settings.signing_key)
    logins = open_logins(on, tokens)
    desk = open_desk(on, talk)
    return Services(
        settings=settings,
        database=database,
        redis=on.redis,
        limits=RateLimits(on.redis_url, limits_of(settings)),
        tokens=tokens,
        logins=logins,
        users=Users(database, logins),
        api_keys=ApiKeys(database),
        detector=Detector(database, masker, on.bundled, talk.brain.dependencies.judge),
        knowledge=talk.knowledge,
        models=talk.models,
        vault=vault,
        conversations=talk.conversations,
        feedback=FeedbackBox(database, masker, vault, deliveries),
        turns=talk.turns,
        fanout=talk.fanout,
        turn_taker=talk.turn_taker,
        dealership=on.dealership,
        actions=talk.actions,
        answers=talk.answers,
        outbox=on.outbox,
        desk=desk,
        handoffs=talk.handoffs,
        ratings=Ratings(database, deliveries, masker, vault),
        webhooks=talk.webhooks,
        reminders=Reminders(database, vault, on.outbox, settings.zone, settings.dealership_name),
        rights=open_rights(on),
        outcomes=Outcomes(database),
        calls=talk.calls,
        analytics=open_analytics(database, settings.zone, desk.lessons),
    )


def open_logins(on: Ground, tokens: Tokens) -> Logins:
    settings = on.settings
    return Logins(
        on.database, tokens, settings.jwt_access_expire_minutes, settings.jwt_refresh_expire_days
    )


def open_desk(on: Ground, talk: Talk) -> Desk:
    return Desk(
        Cases(on.database, talk.handoffs, on.masker, on.vault, talk.fanout),
        Reading(on.database, on.dealership),
        Drafting(on.database, talk.brain, talk.models.thinking),
        Lessons(on.database, on.masker, on.vault),
        Overview(on.database, on.settings.zone),
    )


def open_rights(on: Ground) -> Rights:
    return Rights(
        Export(on.database, on.vault, on.dealership),
        Erasure(on.database, on.dealership),
        Reveal(on.database, on.vault, on.masker),
        Retention(on.database, days_of(on.settings)),
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
