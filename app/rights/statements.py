"""What erasure does to every table, as SQL."""

STAFF = """
select exists (select from customers as c join users as u on u.id = c.user_id
  where c.id = any($1) and u.role <> 'customer')
"""

# Not a stronger lock: a message in a conversation that was proven looks at the customer's key.
# Guests who signed in as this customer stay ended.
END_CUSTOMERS = """
with ended as (
  select id from customers where id = any($1) and erased_at is null order by id for no key update
), guests as (
  update guests set erased_at = clock_timestamp() where customer_id in (select id from ended)
)
update customers set erased_at = clock_timestamp(), language = null
where id in (select id from ended) returning id
"""

END_GUEST = """
update guests set erased_at = clock_timestamp()
where id = $1 and erased_at is null and customer_id is null returning id
"""

LOCK_CONVERSATIONS = """
select id from conversations
where customer_id = any($1) or proven_customer_id = any($1) or guest_id = $2
order by id for update
"""

UNSETTLED = """
select state from pending_actions where conversation_id = any($1)
  and (state = 'working' or (state = 'done' and settled_at > $2)) for update
"""

NO_CAR = """{"id": null, "model": null, "year": null, "mileage": null, "powertrain": null,
  "bought_on": null}"""
EMPTY_CARD = """{"facts": [], "sections": [], "groups": [], "choices": [], "note": null,
  "input": null}"""

# By the name of their count. $1: conversations.
OF_CONVERSATIONS = {
    "turns": """
        update turns set state = 'cancelled', epoch = epoch + 1, finished_at = clock_timestamp()
        where conversation_id = any($1) and state in ('queued', 'running')
        """,
    "actions": f"""
        update pending_actions set details = details || '{{"reason": "", "car": {NO_CAR}}}',
          state = case when state = 'open' then 'expired' else state end
        where conversation_id = any($1)
        """,
    "cards": f"""
        update cards set content = content || '{EMPTY_CARD}',
          state = case when state = 'open' then 'expired' else state end
        where conversation_id = any($1)
        """,
    "personal_values": "delete from personal_values where conversation_id = any($1)",
    "codes": "delete from identity_codes where conversation_id = any($1)",
    "letters": "delete from outbox_messages where conversation_id = any($1)",
    "comments": """
        update feedback set comment = null where comment is not null and message_id in (
          select id from messages where conversation_id = any($1))
        """,
    "handoffs": """
        update handoffs set summary = '{}', outcome_note = null, rating_comment = null,
          model = null, year = null,
          state = case when state in ('open', 'claimed') then 'expired' else state end
        where conversation_id = any($1)
        """,
    "notes": """
        delete from handoff_notes where handoff_id in (
          select id from handoffs where conversation_id = any($1))
        """,
    "gaps": """
        update knowledge_gaps set note = '' where message_id in (
          select id from messages where conversation_id = any($1))
        """,
    "deliveries": """
        update deliveries set body = '', lease_until = null,
          state = case when state = 'queued' then 'dead' else state end,
          dead_why = case when state = 'queued' then 'erased' else dead_why end
        where conversation_id = any($1)
        """,
    "messages": "update messages set client_message_id = null where conversation_id = any($1)",
    "conversations": """
        update conversations set thread = null, model = null, year = null,
          proven_customer_id = null, proven_until = null
        where id = any($1)
        """,
}

# $1: customers.
OF_CUSTOMERS = {
    "accounts": """
        delete from users where id in (select user_id from customers where id = any($1))
        """,
    "contacts": "delete from contacts where customer_id = any($1)",
    "reminders": "delete from outbox_messages where customer_id = any($1)",
    "vehicles": """
        update vehicles set mileage = null, mileage_on = null, bought_on = null
        where customer_id = any($1)
        """,
    "services_done": """
        update service_history set note = '', mileage = null where vehicle_id in (
          select id from vehicles where customer_id = any($1))
        """,
    "appointments": "update appointments set reason = '' where customer_id = any($1)",
}

LEAVE_TO_NOBODY = """
with owned as (
  select id from conversations where customer_id = any($1) or guest_id = $2
), nobody as (
  insert into guests (id, erased_at) select gen_random_uuid(), clock_timestamp()
  where exists (select from owned) returning id
)
update conversations as c set customer_id = null, guest_id = nobody.id, session_id = c.id::text
from owned, nobody where c.id = owned.id returning c.id
"""
