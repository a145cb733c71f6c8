"""Webhooks owed: sent at least once under one id, tried again for three days, never out of turn."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from app.errors import NotFound
from app.handoff.deliveries import MOST_ATTEMPTS, PAUSES
from app.handoff.delivery_log import NotReplayable, Wanted
from app.handoff.events import CUT, LARGEST_BODY, written
from app.handoff.sending import Attempt
from app.rights.retention import Days, Retention
from app.rights.statements import OF_CONVERSATIONS
from tests.app.hooks import Hooks
from tests.fakes.webhooks import WebhookReceiver, some_faults


async def pause(hooks: Hooks) -> float:
    """Seconds until the only delivery is tried again."""
    ((seconds,),) = await hooks.rows(
        "select extract(epoch from next_attempt_at - clock_timestamp()) from deliveries"
    )
    return float(seconds)


async def test_a_delivery_is_signed_and_tells_what_happened(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    async with hooks.database.transaction() as db:
        await hooks.deliveries.owe(db, "feedback.created", {"rating": "up"})
    await hooks.dispatch().deliver_all()
    (received,) = receiver.taken
    assert received.event["data"] == {"rating": "up"}
    assert abs(datetime.fromisoformat(received.event["timestamp"]) - datetime.now(UTC)) < (
        timedelta(minutes=1)
    )
    ((id_, state, at),) = await hooks.rows("select id, state, delivered_at from deliveries")
    assert (str(id_), state) == (received.id, "delivered")
    assert at is not None
    (known,) = await hooks.endpoints.all()
    assert (known.id, known.queued, known.dead) == (endpoint.id, 0, 0)
    assert known.last_success_at is not None


async def test_what_is_rolled_back_is_not_owed(hooks: Hooks, receiver: WebhookReceiver) -> None:
    await hooks.endpoint(receiver)
    async with hooks.database.connection() as db:
        undone = db.transaction()
        await undone.start()
        await hooks.deliveries.owe(db, "feedback.created", {})
        await undone.rollback()
    assert await hooks.states() == []


async def test_an_endpoint_gets_the_events_it_chose(
    hooks: Hooks, receiver: WebhookReceiver, other: WebhookReceiver
) -> None:
    await hooks.owe("handoff.created")  # nobody is there yet
    await hooks.endpoint(receiver, events=("handoff.created", "handoff.resolved"))
    await hooks.endpoint(other, events=("feedback.created",))
    await hooks.owe("handoff.created", "feedback.created", "appointment.booked")
    await hooks.dispatch().deliver_all()
    assert (receiver.types, other.types) == (["handoff.created"], ["feedback.created"])


async def test_the_schedule_is_kept_over_three_days_then_the_delivery_is_dead(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    receiver.mode = "500"
    await hooks.owe("feedback.created")
    for expected in PAUSES:
        await hooks.due_now()
        await hooks.dispatch().deliver_all()
        assert 0.8 * expected - 2 <= await pause(hooks) <= 1.2 * expected
    assert sum(PAUSES) > 3 * 86_400
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    assert await hooks.states() == [("feedback.created", "dead", "exhausted", MOST_ATTEMPTS)]
    tried = await hooks.rows("select status, problem from delivery_attempts")
    assert tried == [(500, "status")] * MOST_ATTEMPTS
    await hooks.due_now()
    assert await hooks.dispatch().deliver_due() == 0


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        ("90", 88, 91),
        ("0", 0, 7),
        ("999999999", 86_390, 86_401),
        ("-5", 0, 7),
        ("soon", 0, 7),
        ("+1 hour", 3500, 3601),
        ("-1 hour", 0, 7),
    ],
)
async def test_retry_after_is_honoured_up_to_a_day(
    hooks: Hooks, receiver: WebhookReceiver, given: str, least: float, most: float
) -> None:
    if given.endswith("hour"):
        moment = datetime.now(UTC) + timedelta(hours=int(given.split()[0]))
        given = format_datetime(moment, usegmt=True)
    await hooks.endpoint(receiver)
    receiver.mode = f"429 {given}"
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    assert least <= await pause(hooks) <= most


async def test_410_disables_the_endpoint_and_buries_what_waits(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    receiver.mode = "410"
    await hooks.owe("feedback.created", "appointment.booked", "appointment.moved")
    await hooks.dispatch().deliver_all()
    assert [row[1:3] for row in await hooks.states()] == [("dead", "gone")] * 3
    (known,) = await hooks.endpoints.all()
    assert (known.enabled, known.disabled_why, known.dead) == (False, "gone", 3)
    await hooks.owe("feedback.created")
    assert len(await hooks.states()) == 3
    with pytest.raises(NotReplayable):
        await hooks.log.replay("user:1", (await hooks.log.list(Wanted()))[0].id)
    assert await hooks.log.replay_dead("user:1", endpoint.id) == 0


async def test_a_redirect_is_a_failure_and_is_not_followed(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    receiver.mode = "302"
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    assert await hooks.rows("select status, problem from delivery_attempts") == [(302, "redirect")]
    assert receiver.elsewhere == 0


@pytest.mark.parametrize(("mode", "problem"), [("hang", "timeout"), ("lost", "connection")])
async def test_what_was_taken_but_not_acknowledged_comes_again_under_its_id(
    hooks: Hooks, receiver: WebhookReceiver, mode: str, problem: str
) -> None:
    await hooks.endpoint(receiver)
    receiver.modes = [mode]
    await hooks.owe("feedback.created")
    await hooks.dispatch(0.2).deliver_all()
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    assert len({each.id for each in receiver.taken}) == 1
    assert len({each.body for each in receiver.taken}) == 1
    assert await hooks.rows("select problem from delivery_attempts order by id") == [
        (problem,), (None,),
    ]  # fmt: skip


async def test_nobody_listens_is_told_apart_from_no_such_host(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    await hooks.run("update webhook_endpoints set url = 'http://127.0.0.1:1/'")
    await hooks.owe("feedback.created")
    await hooks.dispatch().deliver_all()
    await hooks.run("update webhook_endpoints set url = 'http://nothing.invalid/'")
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    assert await hooks.rows("select problem from delivery_attempts order by id") == [
        ("connection",), ("dns",),
    ]  # fmt: skip


async def test_an_endpoint_that_hangs_delays_no_other_and_is_asked_twice_at_once(
    hooks: Hooks, receiver: WebhookReceiver, other: WebhookReceiver
) -> None:
    stuck = await hooks.endpoint(receiver)
    await hooks.endpoint(other)
    receiver.mode = "hang"
    await hooks.owe(*["feedback.created"] * 8)  # type: ignore[arg-type]
    dispatch = hooks.dispatch()
    work = asyncio.create_task(dispatch.work())
    await other.until(8)
    work.cancel()
    await dispatch.close()
    assert receiver.most_at_once == 2
    assert other.most_at_once <= 2
    leased = "select count(*) from deliveries where endpoint_id = $1 and lease_until is not null"
    assert await hooks.rows(leased, stuck.id) == [(2,)]


async def test_a_handoff_is_told_in_order_and_others_overtake_it(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    stuck = {"conversation_id": conversation, "handoff_id": await hooks.handoff(conversation)}
    await hooks.owe("handoff.created", "handoff.claimed", "handoff.resolved", **stuck)
    await hooks.owe("feedback.created")
    receiver.refused = ["handoff.created"]
    await hooks.dispatch().deliver_all()
    assert receiver.types == ["feedback.created"]
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    assert receiver.types[1:] == ["handoff.created", "handoff.claimed", "handoff.resolved"]


async def test_what_is_no_handoff_is_told_in_the_order_of_its_conversation(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    about = {"conversation_id": await hooks.conversation()}
    await hooks.owe("appointment.booked", "appointment.moved", **about)
    await hooks.owe("handoff.created", handoff_id=await hooks.handoff(about["conversation_id"]))
    receiver.refused = ["appointment.booked"]
    await hooks.dispatch().deliver_all()
    assert receiver.types == ["handoff.created"]
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    assert receiver.types[1:] == ["appointment.booked", "appointment.moved"]


async def test_what_follows_a_dead_one_is_sent(hooks: Hooks, receiver: WebhookReceiver) -> None:
    await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    about = {"conversation_id": conversation, "handoff_id": await hooks.handoff(conversation)}
    await hooks.owe("handoff.created", "handoff.claimed", **about)
    await hooks.run("update deliveries set attempts = 13 where type = 'handoff.created'")
    receiver.modes = ["500"]
    await hooks.dispatch().deliver_all()
    assert receiver.types == ["handoff.claimed"]


async def test_a_lease_holds_off_others_and_ends_by_itself(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    await hooks.owe("feedback.created")
    (lost,) = await hooks.deliveries.take()
    assert await hooks.deliveries.take() == []
    await hooks.run("update deliveries set lease_until = clock_timestamp() - interval '1 second'")
    await hooks.dispatch().deliver_all()
    assert [each.id for each in receiver.taken] == [str(lost.id)]


async def test_a_restarted_single_process_takes_what_its_predecessor_was_sending(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    await hooks.owe("feedback.created")
    await hooks.deliveries.take()
    await hooks.deliveries.end_leases()
    await hooks.dispatch().deliver_all()
    assert receiver.types == ["feedback.created"]


async def test_a_lost_lease_changes_nothing(hooks: Hooks, receiver: WebhookReceiver) -> None:
    await hooks.endpoint(receiver)
    await hooks.owe("feedback.created")
    (lost,) = await hooks.deliveries.take()
    await hooks.deliveries.end_leases()
    (held,) = await hooks.deliveries.take()
    await hooks.deliveries.settle(lost, Attempt(1, 500, "status"))
    assert await hooks.rows("select lease_until from deliveries") == [(held.lease_until,)]


async def test_the_dead_are_replayed_one_by_one_or_all_of_an_endpoint(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    receiver.mode = "500"
    await hooks.owe("feedback.created", "appointment.booked", "appointment.moved")
    await hooks.run("update deliveries set attempts = 13")
    await hooks.dispatch().deliver_all()
    receiver.mode = "ok"
    newest = (await hooks.log.list(Wanted(state="dead")))[0]
    await hooks.log.replay("user:1", newest.id)
    await hooks.dispatch().deliver_all()
    assert [each.id for each in receiver.taken] == [str(newest.id)]
    assert await hooks.log.replay_dead("user:1", endpoint.id) == 2
    await hooks.dispatch().deliver_all()
    assert len(receiver.taken) == 3
    assert len({each.id for each in receiver.taken}) == 3
    with pytest.raises(NotFound):
        await hooks.log.replay("user:1", uuid.uuid4())
    audited = await hooks.rows("select action, detail from audit_entries where action like 'del%'")
    assert audited == [("delivery_replayed", {}), ("deliveries_replayed", {"count": 2})]


async def test_a_test_is_sent_at_once_and_tried_once(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver, events=("feedback.created",))
    well = await hooks.dispatch().test(endpoint.id)
    assert (well.status, well.problem) == (200, None)
    receiver.mode = "404"
    badly = await hooks.dispatch().test(endpoint.id)
    assert (badly.status, badly.problem) == (404, "status")
    assert [row[1] for row in await hooks.states()] == ["delivered", "dead"]
    with pytest.raises(NotFound):
        await hooks.dispatch().test(uuid.uuid4())


async def test_the_log_is_filtered_and_paged(hooks: Hooks, receiver: WebhookReceiver) -> None:
    endpoint = await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    handoff = await hooks.handoff(conversation)
    await hooks.owe("handoff.created", conversation_id=conversation, handoff_id=handoff)
    await hooks.owe("feedback.created", "feedback.created")
    await hooks.dispatch().deliver_all()

    async def found(**wanted: Any) -> list[str]:
        return [each.type for each in await hooks.log.list(Wanted(**wanted))]

    assert await found(handoff_id=handoff) == ["handoff.created"]
    assert await found(type="feedback.created") == ["feedback.created"] * 2
    assert await found(state="queued") == []
    assert await found(endpoint_id=uuid.uuid4()) == []
    first = await hooks.log.list(Wanted(endpoint_id=endpoint.id, limit=2))
    rest = await hooks.log.list(Wanted(before=first[-1].number))
    assert [each.type for each in rest] == ["handoff.created"]
    whole = await hooks.log.one(rest[0].id)
    assert orjson.loads(whole.body)["type"] == "handoff.created"
    assert [(each.status, each.problem) for each in whole.attempts] == [(200, None)]
    assert whole.delivery.reference is not None


async def test_erasure_empties_bodies_and_gives_up_what_waits(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    conversation = await hooks.conversation()
    await hooks.owe("feedback.created", "appointment.booked", conversation_id=conversation)
    await hooks.owe("appointment.booked")
    receiver.refused = ["appointment.booked", "appointment.booked"]
    await hooks.dispatch().deliver_all()
    await hooks.run(OF_CONVERSATIONS["deliveries"], [conversation])
    left = "select state, dead_why, body = '' from deliveries order by number"
    assert await hooks.rows(left) == [
        ("delivered", None, True), ("dead", "erased", True), ("queued", None, False),
    ]  # fmt: skip
    for each in (await hooks.log.list(Wanted()))[1:]:
        with pytest.raises(NotReplayable):
            await hooks.log.replay("user:1", each.id)


async def test_old_deliveries_and_ids_go_and_what_waits_stays(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    endpoint = await hooks.endpoint(receiver)
    await hooks.owe("feedback.created", "appointment.booked", "appointment.moved")
    receiver.refused = ["appointment.moved"]
    await hooks.dispatch().deliver_all()
    await hooks.run(
        "update deliveries set created_at = now() - interval '31 days'"
        " where type <> 'appointment.booked'"
    )
    for id_, hours in (("old", 25), ("new", 23)):
        await hooks.run(
            "insert into received_webhooks (endpoint_id, webhook_id, received_at)"
            " values ($1, $2, now() - $3 * interval '1 hour')",
            endpoint.id, id_, hours,
        )  # fmt: skip
    swept = await Retention(hooks.database, Days(0, 0, 0, 30, 0, 0)).sweep()
    assert swept == {"deliveries": 1, "received_webhooks": 1}
    left = await hooks.rows("select type from deliveries order by number")
    assert left == [("appointment.booked",), ("appointment.moved",)]
    assert await hooks.rows("select count(*) from delivery_attempts") == [(2,)]
    assert await hooks.rows("select webhook_id from received_webhooks") == [("new",)]


async def test_gauges_tell_how_long_a_handoff_waits_and_how_many_are_dead(
    hooks: Hooks, receiver: WebhookReceiver
) -> None:
    await hooks.endpoint(receiver)
    await hooks.owe("handoff.created", "feedback.created", "feedback.created")
    receiver.refused = ["handoff.created", "feedback.created"]
    await hooks.run("update deliveries set created_at = now() - interval '90 seconds'")
    await hooks.run("update deliveries set attempts = 13 where type = 'feedback.created'")
    await hooks.dispatch().deliver_all()
    await hooks.deliveries.watch()
    values = {each.name: each.samples[0].value for each in REGISTRY.collect() if each.samples}
    assert 90 <= values["handoff_oldest_undelivered_seconds"] < 120
    assert values["webhook_deliveries_dead"] == 1
    receiver.refused = []
    await hooks.due_now()
    await hooks.dispatch().deliver_all()
    await hooks.deliveries.watch()
    values = {each.name: each.samples[0].value for each in REGISTRY.collect() if each.samples}
    assert values["handoff_oldest_undelivered_seconds"] == 0


async def test_what_nobody_will_send_is_buried(hooks: Hooks, receiver: WebhookReceiver) -> None:
    await hooks.endpoint(receiver)
    await hooks.owe("feedback.created")
    await hooks.run("update webhook_endpoints set enabled = false, disabled_why = 'admin'")
    await hooks.deliveries.watch()
    assert [row[1:3] for row in await hooks.states()] == [("dead", "disabled")]


@pytest.mark.parametrize(
    "data",
    [
        {"text": "ü" * 60_000, "id": "kept"},
        {"transcript": [{"text": "x" * 900, "n": n} for n in range(60)]},
        {"many": {str(n): "y" * 30 for n in range(3000)}, "id": "kept"},
        {str(n): "z" * 30 for n in range(3000)},
    ],
    ids=["one long text", "a long list", "a great many values", "a great many fields"],
)
def test_a_body_is_valid_and_below_20_kb_whatever_is_told(data: dict[str, Any]) -> None:
    body = written("handoff.created", data)
    assert len(body.encode()) < LARGEST_BODY
    told = orjson.loads(body)
    assert told["type"] == "handoff.created"
    assert told["data"].get("id", "kept") == "kept"
    assert CUT in body or told["data"]["cut"]


async def test_300_deliveries_reach_receivers_that_fail_at_random(
    hooks: Hooks, receiver: WebhookReceiver, other: WebhookReceiver
) -> None:
    """Three instances on one store; the store and the receivers agree in the end."""
    await hooks.endpoint(receiver)
    await hooks.endpoint(other)
    receiver.choose, other.choose = some_faults(1), some_faults(2)
    instances = [hooks.dispatch() for _ in range(3)]
    loops = [asyncio.create_task(each.work()) for each in instances]
    for _ in range(15):
        await hooks.owe(*["feedback.created"] * 10)  # type: ignore[arg-type]
    open_ = "select count(*) from deliveries where state = 'queued'"
    async with asyncio.timeout(30):
        while await hooks.rows(open_) != [(0,)]:
            await hooks.run(
                "update deliveries set next_attempt_at = now(), attempts = least(attempts, 2)"
                " where state = 'queued' and lease_until is null and next_attempt_at > now()"
            )
            await asyncio.sleep(0.02)
    for loop, each in zip(loops, instances, strict=True):
        loop.cancel()
        await each.close()
    assert receiver.most_at_once <= 2
    assert other.most_at_once <= 2
    bodies: dict[str, set[str]] = {}
    for each in receiver.taken + other.taken:
        bodies.setdefault(each.id, set()).add(each.body)
    rows = await hooks.rows("select id::text, body from deliveries where state = 'delivered'")
    assert len(rows) == 300
    assert bodies == {id_: {body} for id_, body in rows}
    assert len(receiver.requests) == len(receiver.taken)
    assert len(receiver.taken + other.taken) > 300  # lost acknowledgements came again
