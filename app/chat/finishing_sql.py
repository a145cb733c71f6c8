"""How a turn is finished in one statement: ended, fenced, with answer, model calls and verdicts."""

from app.usage import store_calls

FINISH = f"""
with locked as (
  select id from conversations where id = $13 for update
), ended as (
  update turns set state = $3, finished_at = clock_timestamp(), agent = $6, route_method = $7,
    route_certainty = $8, escalation = $9, screened = $16,
    timeline = $17::jsonb
  from locked where turns.id = $1 and conversation_id = locked.id
    and epoch = $2 and state = 'running' returning conversation_id
), bumped as (
  update conversations as c set last_seq = last_seq + 1, updated_at = clock_timestamp(),
    language = $10, model = coalesce($11, model),
    year = case when $11::text is null then year else $12 end
  from ended where c.id = ended.conversation_id returning c.id, c.last_seq
), stored as (
  insert into messages (conversation_id, turn_id, seq, author, text, answer)
  select id, $1, last_seq, 'assistant', $4, $5 from bumped returning id, seq, created_at
), called as (
  {store_calls("$14")}
), verified as (
  insert into verifications (turn_id, action, tier, method, confidence, failure_class, severity,
    explanation, took_ms)
  select $1, verdict.* from ended, jsonb_to_recordset($15::jsonb) as verdict (
    action text, tier int, method text, confidence float, failure_class text, severity text,
    explanation text, took_ms float)
)
select id, seq, created_at, array(
  select id from messages where turn_id = $1 and author = 'customer' order by seq) as answers
from stored
"""
