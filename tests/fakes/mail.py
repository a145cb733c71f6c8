"""A mail server that keeps what it takes, and refuses as often as it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_string
from email.message import Message


class MailServer:
    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refusals = 0
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["MailServer"]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            answer = await self._answer(line.upper(), reader, writer)
            writer.write(f"{answer}\r\n".encode())
            if line.upper() == "QUIT":
                break
        writer.close()

    async def _answer(
        self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        if line.startswith("MAIL") and self.refusals:
            self.refusals -= 1
            return "451 later"
        if line != "DATA":
            return "250 fine"
        writer.write(b"354 go on\r\n")
        content = (await reader.readuntil(b"\r\n.\r\n")).decode()
        self.mails.append(message_from_string(content))
        return "250 taken"
