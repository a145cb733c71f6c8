"""Follows one conversation for one client: every stored event once and in order, with real values
for its owner and placeholders for staff."""

from collections.abc import AsyncIterator
from uuid import UUID

from app.chat.conversations import Conversations
from app.chat.fanout import Fanout
from app.chat.frames import Frame, unmasked
from app.privacy.vault import PLACEHOLDER, Vault


class TooSlow(Exception):
    """The client reads more slowly than the conversation goes on."""


class Follower:
    """`seen` is the last `seq` the client has; a gap is filled from the store. Without a vault
    everything stays masked."""

    def __init__(
        self, conversation_id: UUID, seen: int, conversations: Conversations, fanout: Fanout,
        vault: Vault | None,
    ) -> None:  # fmt: skip
        self.conversation_id, self.seen = conversation_id, seen
        self._conversations, self._fanout, self._vault = conversations, fanout, vault
        self._subscription = fanout.subscribe(conversation_id)
        self._values: dict[str, str] = {}
        self._answer: tuple[int, int] = (0, 0)
        self._masked_length = 0
        self._shown_length = 0

    def close(self) -> None:
        self._fanout.unsubscribe(self._subscription)

    def follow(self, conversation_id: UUID, seen: int) -> None:
        """Turn to another conversation, from `seen` on."""
        former, self._subscription = self._subscription, self._fanout.subscribe(conversation_id)
        self.conversation_id, self.seen, self._values = conversation_id, seen, {}
        self._subscription.put({"type": "poke", "newest": seen + 1})
        former.put({"type": "moved"})
        self._fanout.unsubscribe(former)

    def resume(self, after: int) -> None:
        """Ask for what came after `after`; it arrives among the frames."""
        self._subscription.put({"type": "resume", "after": after})

    async def frames(self) -> AsyncIterator[Frame]:
        """Frames as they happen, until closed. Raises TooSlow."""
        while True:
            frame = await self._subscription.next()
            if self._subscription.overflowed:
                raise TooSlow
            replies = self._replay(frame["after"]) if frame["type"] == "resume" else None
            for each in await (replies or self._in_order(frame)):
                yield await self._for_owner(each)

    async def _replay(self, after: int) -> list[Frame]:
        """What was missed, then where the running answer is now."""
        newest = (await self._conversations.newest_seqs([self.conversation_id])).values()
        self.seen = min([after, *newest]) if newest else 0
        missed = await self._missed()
        open_turn = await self._conversations.open_turn(self.conversation_id)
        running: list[Frame] = []
        if open_turn and open_turn.attempt > 1:
            running = [{"type": "reset", "turn": open_turn.number, "attempt": open_turn.attempt}]
        if open_turn:
            running += self._fanout.snapshot(self.conversation_id)
        return [*missed, *running, {"type": "resumed", "seq": self.seen}]

    async def _in_order(self, frame: Frame) -> list[Frame]:
        if frame["type"] == "moved":
            return []
        if frame["type"] == "deleted":
            self.seen, self._values = 0, {}
        seq = frame.get("newest") or frame.get("seq")
        if seq is None:
            return [frame]
        if seq <= self.seen:
            return []
        if frame["type"] == "poke" or seq > self.seen + 1:
            return await self._missed()
        self.seen = seq
        return [frame]

    async def _missed(self) -> list[Frame]:
        events = await self._conversations.events_after(self.conversation_id, self.seen)
        if events:
            self.seen = events[-1]["seq"]
        return events

    async def _for_owner(self, frame: Frame) -> Frame:
        if self._vault is None:
            return frame
        text = str(
            frame if frame["type"] == "card"
            else frame.get("message") or frame.get("token") or frame.get("response") or ""
        )  # fmt: skip
        if any(name not in self._values for name in PLACEHOLDER.findall(text)):
            self._values = await self._vault.values(self.conversation_id)
        shown = unmasked(frame, self._values)
        return self._with_shown_offset(frame, shown) if frame["type"] == "token" else shown

    def _with_shown_offset(self, masked: Frame, shown: Frame) -> Frame:
        """Offsets count what the client sees; a real value is longer or shorter than its name."""
        answer = (masked["turn"], masked["attempt"])
        if masked["offset"] == 0 or answer != self._answer:
            self._answer, self._masked_length, self._shown_length = answer, 0, 0
        appended = masked["offset"] == self._masked_length
        offset = self._shown_length if appended else masked["offset"]
        if appended:
            self._masked_length += len(masked["token"])
            self._shown_length += len(shown["token"])
        return {**shown, "offset": offset}
