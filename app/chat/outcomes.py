"""What became of conversations: judged once, when nobody has written for half an hour."""

from app.db.engine import Database
from app.observability.metrics import OLDEST_PENDING, TASK_SECONDS, TASKS

QUIET = "interval '30 minutes'"
AT_ONCE = 200


class Outcomes:
    """Escalated: a handoff was opened in it. Abandoned: its last turn failed or was cancelled, its
    answer had not helped, or a proposal never got a yes or a no. Completed: all others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def judge(self) -> None:
        """Each stretch of a conversation is counted by one replica, once."""
        async with self._database.transaction() as db:
            rows = await db.fetch(JUDGE, AT_ONCE)
        for row in rows:
            labels = {"status": row["status"], "agent": row["agent"]}
            TASKS.labels(**labels).inc()
            TASK_SECONDS.labels(**labels).observe(row["seconds"])

    async def set_gauges(self) -> None:
        async with self._database.connection() as db:
            OLDEST_PENDING.set(await db.fetchval(OLDEST))


JUDGE = f"""
with due as (
  select id, judged_seq, last_seq from conversations
  where judged_seq < last_seq and updated_at < clock_timestamp() - {QUIET}
  order by updated_at limit $1 for update skip locked
), judged as (
  update conversations as c set judged_seq = due.last_seq from due where c.id = due.id
  returning c.id, due.judged_seq as since
), said as (
  select judged.id, min(m.created_at) as began, max(m.created_at) as ended
  from judged join messages as m on m.conversation_id = judged.id and m.seq > judged.since
  group by judged.id
)
select extract(epoch from said.ended - said.began)::float as seconds,
  coalesce(last.agent, 'general') as agent,
  case
    when exists (select 1 from handoffs as h where h.conversation_id = said.id
      and h.opened_at >= said.began) then 'escalated'
    when last.state in ('failed', 'cancelled') then 'abandoned'
    when last.answer ->> 'trouble' is not null then 'abandoned'
    when exists (select 1 from pending_actions as p where p.conversation_id = said.id
      and p.created_at >= said.began and p.state in ('open', 'expired')) then 'abandoned'
    else 'completed' end as status
from said cross join lateral (
  select t.state, t.agent, m.answer from turns as t
  left join messages as m on m.turn_id = t.id and m.author = 'assistant'
  where t.conversation_id = said.id and t.state not in ('queued', 'running')
  order by t.number desc limit 1) as last
"""
OLDEST = """
select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float
from turns where state in ('queued', 'running')
"""
