"""What staff learn: feedback with its answer, answers that were wrong, replies worth keeping."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.audit import record
from app.db.engine import Database
from app.errors import Conflict, NotFound
from app.handoff.people import Person
from app.privacy.masking import Masker
from app.privacy.vault import Vault

Rating = Literal["up", "down", "stars"]
MOST_CANNED = 500


class ShortcutTaken(Conflict):
    """There is a reply with this shortcut in this language already."""


class TooManyReplies(Conflict):
    """There are 500 canned replies already. Please delete those that nobody uses."""


class Lessons:
    """Masked, as everything of customers is."""

    def __init__(self, database: Database, masker: Masker, vault: Vault) -> None:
        self._database, self._masker, self._vault = database, masker, vault

    async def feedback(
        self, rating: Rating | None, before: datetime | None, limit: int
    ) -> list[dict[str, Any]]:
        """Thumbs and ratings, newest first, with question, answer and its passages."""
        async with self._database.connection() as db:
            rows = await db.fetch(FEEDBACK, rating, before, limit)
        return [judged(row) for row in rows]

    async def report(self, person: Person, message_id: UUID, note: str) -> None:
        """An answer was wrong. Reported twice, the later note counts. Raises NotFound,
        MaskingFailed."""
        found = await self._masker.find(note)
        async with self._database.transaction() as db:
            conversation = await db.fetchval(
                "select conversation_id from messages where id = $1 and author = 'assistant'",
                message_id,
            )
            if conversation is None:
                raise NotFound
            await db.execute("select 1 from conversations where id = $1 for update", conversation)
            masked = await self._vault.mask(db, conversation, note, found)
            await db.execute(
                """
                insert into knowledge_gaps (message_id, note, reported_by) values ($1, $2, $3)
                on conflict (message_id) do update set note = excluded.note, state = 'open',
                  reported_by = excluded.reported_by, closed_at = null
                """,
                message_id, masked, person.user_id,
            )  # fmt: skip
            await record(db, person.actor, "answer_reported", f"message:{message_id}")

    async def gaps(
        self, state: str | None, before: datetime | None, limit: int
    ) -> list[dict[str, Any]]:
        """Reported answers, newest first; in any state for None."""
        async with self._database.connection() as db:
            rows = await db.fetch(GAPS, state, before, limit)
        return [{**row, "sources": sources_of(row["sources"])} for row in rows]

    async def close_gap(self, person: Person, message_id: UUID) -> None:
        """Raises NotFound."""
        async with self._database.transaction() as db:
            closed = await db.fetchval(
                "update knowledge_gaps set state = 'closed', closed_at = clock_timestamp()"
                " where message_id = $1 returning message_id",
                message_id,
            )
            if closed is None:
                raise NotFound
            await record(db, person.actor, "gap_closed", f"message:{message_id}")

    async def canned(self) -> list[dict[str, Any]]:
        async with self._database.connection() as db:
            rows = await db.fetch(
                "select id, shortcut, language, text from canned_replies"
                " order by shortcut, language limit $1",
                MOST_CANNED,
            )
        return [dict(row) for row in rows]

    async def add_canned(
        self, person: Person, shortcut: str, language: str, text: str
    ) -> dict[str, Any]:
        """Raises ShortcutTaken, TooManyReplies."""
        async with self._database.transaction() as db:
            if await db.fetchval("select count(*) from canned_replies") >= MOST_CANNED:
                raise TooManyReplies
            try:
                row = await db.fetchrow(
                    "insert into canned_replies (shortcut, language, text) values ($1, $2, $3)"
                    " returning id, shortcut, language, text",
                    shortcut, language, text,
                )  # fmt: skip
            except asyncpg.UniqueViolationError as taken:
                raise ShortcutTaken from taken
            assert row is not None
            await record(db, person.actor, "canned_reply_added", f"canned_reply:{row['id']}")
            return dict(row)

    async def delete_canned(self, person: Person, reply_id: UUID) -> None:
        """Raises NotFound."""
        async with self._database.transaction() as db:
            deleted = await db.fetchval(
                "delete from canned_replies where id = $1 returning id", reply_id
            )
            if deleted is None:
                raise NotFound
            await record(db, person.actor, "canned_reply_deleted", f"canned_reply:{reply_id}")


def judged(row: asyncpg.Record) -> dict[str, Any]:
    passages = [
        {key: source[key] for key in ("n", "title", "page", "text")}
        for source in row["sources"] or ()
    ]
    return {**{key: row[key] for key in row.keys() if key != "sources"}, "passages": passages}  # noqa: SIM118


def sources_of(stored: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [{key: each[key] for key in ("n", "title", "page")} for each in stored or ()]


QUESTION = """(select string_agg(q.text, E'\\n' order by q.seq) from messages as q
    where q.turn_id = m.turn_id and q.author = 'customer')"""
FEEDBACK = f"""
select * from (
  select m.id::text as id, 'thumb' as kind, f.rating, f.reason, f.comment, {QUESTION} as question,
    m.text as answer, m.answer -> 'sources' as sources, f.created_at, null as reference,
    null::uuid as handoff_id, m.id as message_id, m.turn_id, m.answer ->> 'language' as language
  from feedback as f join messages as m on m.id = f.message_id
  union all
  select h.id::text, 'rating', h.rating::text, h.outcome, h.rating_comment,
    h.summary ->> 'question', (select m.text from messages as m
      where m.conversation_id = h.conversation_id and m.author = 'staff'
        and m.created_at between h.opened_at and h.resolved_at order by m.seq desc limit 1),
    null, h.rated_at, h.reference, h.id, null, null, h.language
  from handoffs as h where h.rating is not null
) as given
where ($1::text is null or rating = $1 or ($1 = 'stars' and kind = 'rating'))
  and ($2::timestamptz is null or created_at < $2)
order by created_at desc limit $3
"""
GAPS = f"""
select g.message_id, m.turn_id, g.state, g.note, {QUESTION} as question, m.text as answer,
  m.answer -> 'sources' as sources, g.created_at, u.name as reported_by
from knowledge_gaps as g join messages as m on m.id = g.message_id
left join users as u on u.id = g.reported_by
where ($1::text is null or g.state = $1) and ($2::timestamptz is null or g.created_at < $2)
order by g.created_at desc limit $3
"""
