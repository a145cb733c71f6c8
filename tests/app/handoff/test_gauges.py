"""What dashboards and alerts learn of handoffs that wait."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from app.accounts.identity import Owner
from app.chat.acceptance import Incoming
from app.chat.turns import Turns
from app.db.engine import Database
from app.handoff.deliveries import Deliveries
from app.handoff.hours import Hours
from app.handoff.records import Handoffs, count_claim
from app.privacy.vault import Vault
from tests.bookings import ZONE

INSERT = """
insert into handoffs (reference, conversation_id, turn_id, reason, priority, agent, language,
  after_hours, summary, target_at, snoozed_until)
select $1, c.id, t.id, $2, 2, 'general', 'en', false, '{}', now() + $3, now() + $4
from conversations as c join turns as t on t.conversation_id = c.id where c.id = $5
"""
LATE, IN_TIME, HOUR = timedelta(minutes=-1), timedelta(minutes=5), timedelta(hours=1)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def wait(
    database: Database, reason: str, target: timedelta, snoozed: timedelta | None = None
) -> None:
    turns = Turns(database, Vault(database, "a secret"))
    guest = Owner.guest(uuid.uuid4())
    accepted = await turns.accept(Incoming(guest, "one", "hello", uuid.uuid4().hex), [])
    reference = f"H-{uuid.uuid4().hex[:6].upper()}"
    async with database.connection() as db:
        conversation = accepted.conversation_id
        await db.execute(INSERT, reference, reason, target, snoozed, conversation)


async def test_late_ones_are_counted_by_urgency_and_snoozed_ones_are_not(
    database: Database,
) -> None:
    await wait(database, "safety_concern", LATE)
    await wait(database, "user_request", LATE)
    await wait(database, "user_request", LATE, snoozed=HOUR)
    await wait(database, "low_confidence", IN_TIME)
    handoffs = Handoffs(database, Deliveries(database), Hours(None, ZONE), "")
    await handoffs.set_gauges()
    assert value("handoffs", state="open") == 4
    assert value("handoffs_past_target", urgency="safety") == 1
    assert value("handoffs_past_target", urgency="other") == 1
    assert value("handoff_oldest_open_seconds") > 0


@pytest.mark.parametrize(("target", "in_time"), [(IN_TIME, "yes"), (LATE, "no")])
def test_a_claim_is_in_time_or_late(target: timedelta, in_time: str) -> None:
    now = datetime.now(UTC)
    before = value("handoffs_claimed_total", in_time=in_time)
    count_claim({"opened_at": now - timedelta(minutes=3), "target_at": now + target})
    assert value("handoffs_claimed_total", in_time=in_time) == before + 1
