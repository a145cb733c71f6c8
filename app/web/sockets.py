"""The open sockets of this process: how many each may have, and which must end."""

import asyncio
from collections import Counter
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect

from app.accounts.identity import Identity
from app.errors import TooManyRequests
from app.observability.metrics import SOCKETS
from app.services import Services

PER_OWNER = 20
PER_ADDRESS = 1000
CHECK_SECONDS = 3.0

IDENTITY_ENDED = 4401
FOREIGN_ORIGIN = 4403
NOT_YOURS = 4404
TOO_SLOW = 4408
TOO_MANY = 4429


class OpenSocket:
    """A socket with its present identity. Nothing waits for ever on a client that does not read."""

    def __init__(self, websocket: WebSocket, identity: Identity, address: str) -> None:
        self.websocket, self.identity, self.address = websocket, identity, address
        self.counted_owner = identity.owner.key

    async def send(self, text: str) -> None:
        """Raises TimeoutError when the client does not read for ten seconds."""
        async with asyncio.timeout(10):
            await self.websocket.send_text(text)

    async def close(self, code: int, reason: str = "") -> None:
        """With two seconds' patience; whether the client hears it or not."""
        with suppress(RuntimeError, TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(2):
                await self.websocket.close(code, reason)


class Sockets:
    """One per process."""

    def __init__(self) -> None:
        self._open: set[OpenSocket] = set()
        self._owners: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()

    def add(self, socket: OpenSocket) -> None:
        """Raises TooManyRequests."""
        owner = socket.identity.owner.key
        if self._owners[owner] >= PER_OWNER or self._addresses[socket.address] >= PER_ADDRESS:
            raise TooManyRequests(10)
        self._open.add(socket)
        self._count(owner, socket.address, 1)

    def remove(self, socket: OpenSocket) -> None:
        if socket in self._open:
            self._open.discard(socket)
            self._count(socket.counted_owner, socket.address, -1)

    def _count(self, owner: str, address: str, step: int) -> None:
        for counter, key in ((self._owners, owner), (self._addresses, address)):
            counter[key] += step
            if not counter[key]:
                del counter[key]
        SOCKETS.set(len(self._open))

    async def announce_restart(self, text: str) -> None:
        """Tell every client when to come back."""
        sends = (asyncio.wait_for(each.websocket.send_text(text), 2) for each in self._open)
        await asyncio.gather(*sends, return_exceptions=True)

    async def end_signed_out(self, services: Services) -> None:
        """Close the sockets of logins and of guests that have ended."""
        logins = {s: s.identity.account.login_id for s in self._open if s.identity.account}
        guests = {s: g for s in self._open if (g := s.identity.owner.guest_id)}
        gone = await services.logins.ended_logins(set(logins.values()))
        gone |= await services.conversations.ended_guests(set(guests.values()))
        ended = [s for s, identity in (logins | guests).items() if identity in gone]
        await asyncio.gather(*(s.close(IDENTITY_ENDED, "This session has ended.") for s in ended))
