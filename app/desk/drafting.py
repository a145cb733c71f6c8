"""What the assistant drafts for staff: replies they may send, and summaries."""

import asyncio
from dataclasses import replace
from uuid import UUID

import orjson
import structlog
from langchain_core.messages import HumanMessage

from agents.citations import MARK
from agents.dependencies import Thinking, ThinkingUnavailable
from agents.events import Answered, AnswerInterrupted
from agents.graph import Brain
from agents.prompts import render
from agents.state import Asked
from agents.verification.verdict import AnswerBlocked
from app.chat.context import utterances
from app.db.engine import Database
from app.errors import Conflict, NotFound
from app.llm.ledger import LEDGER, Ledger
from rag.documents import KnowledgeUnavailable

log = structlog.get_logger()

SECONDS = 30.0
MESSAGES = 30
LONGEST_SUMMARY = 1200


class NoSuggestion(Conflict):
    """The assistant has no reply to suggest that the documents support."""


class Drafting:
    """`thinking` is None with the offline model: then summaries stay as the rules wrote them."""

    def __init__(self, database: Database, brain: Brain, thinking: Thinking | None) -> None:
        self._database, self._brain, self._thinking = database, brain, thinking

    async def suggestion(self, handoff_id: UUID) -> str:
        """What the assistant would answer to the customer's last words, checked like every answer.
        Raises NotFound, NoSuggestion."""
        asked = await self._asked(handoff_id)
        try:
            async with asyncio.timeout(SECONDS):
                async for event in self._brain.answer(asked):
                    if isinstance(event, Answered) and is_of_use(event):
                        return with_sources(event)
        except (AnswerBlocked, AnswerInterrupted, KnowledgeUnavailable, TimeoutError) as failed:
            log.info("no_suggestion", handoff=str(handoff_id), kind=type(failed).__name__)
        raise NoSuggestion

    async def summary(self, handoff_id: UUID) -> str | None:
        """The summary in a model's words, written when somebody first looks; None where the one
        by rules stays."""
        if self._thinking is None:
            return None
        async with self._database.connection() as db:
            row = await db.fetchrow(UNWRITTEN, handoff_id)
            if row is None:
                return None
            messages = list(reversed(await db.fetch(LAST, row["conversation_id"], MESSAGES)))
        LEDGER.set(Ledger(conversation_id=row["conversation_id"], agent="none"))
        prompt = render("summary.md.j2", messages=messages, language=row["language"])
        try:
            written = await self._thinking.write([HumanMessage(prompt)], "summarise")
            text = written[:LONGEST_SUMMARY].strip()
        except ThinkingUnavailable:
            return None
        if text:
            told = orjson.dumps({"text": text, "written": True}).decode()
            async with self._database.connection() as db:
                await db.execute(WRITE, row["id"], told)
        return text or None

    async def _asked(self, handoff_id: UUID) -> Asked:
        async with self._database.connection() as db:
            about = await db.fetchrow(ABOUT, handoff_id)
            if about is None:
                raise NotFound
            rows = list(reversed(await db.fetch(LAST, about["conversation_id"], MESSAGES)))
        LEDGER.set(Ledger(conversation_id=about["conversation_id"], agent="none"))
        last = max((n for n, row in enumerate(rows) if row["author"] == "customer"), default=-1)
        if last < 0:
            raise NoSuggestion
        first = last
        while first and rows[first - 1]["author"] == "customer":
            first -= 1
        question = "\n".join(row["text"] for row in rows[first : last + 1])
        asked = Asked(question, about["language"], history=tuple(utterances(rows[:first])))
        return replace(asked, model=about["model"], year=about["year"])


def is_of_use(answered: Answered) -> bool:
    """Greetings and limits of the assistant are nothing for a person to say."""
    return answered.agent != "general" and not answered.trouble


def with_sources(answered: Answered) -> str:
    """Plain words for a person to send: citations become a line at the end."""
    text = MARK.sub("", answered.text).strip()
    sources = dict.fromkeys(
        f"{each.passage.title}, p. {each.passage.page}" for each in answered.citations
    )
    return f"{text}\n\n({'; '.join(sources)})" if sources else text


ABOUT = """
select h.conversation_id, h.language, c.model, c.year
from handoffs as h join conversations as c on c.id = h.conversation_id where h.id = $1
"""
LAST = """
select author, text, event, answer ->> 'agent' as agent from messages
where conversation_id = $1 order by seq desc limit $2
"""
UNWRITTEN = """
select id, conversation_id, language from handoffs
where id = $1 and state in ('open', 'claimed') and not summary ? 'written'
"""
WRITE = "update handoffs set summary = summary || $2::jsonb where id = $1 and summary <> '{}'"
