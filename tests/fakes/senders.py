"""Senders of messages that tests can look into."""

from app.outbox import Letter, NotDelivered


class KeepingSender:
    """Keeps what it is given; `failures` says how many it refuses first."""

    shows = False

    def __init__(self, failures: int = 0) -> None:
        self.letters: list[Letter] = []
        self.failures = failures

    def carries(self, channel: str) -> bool:
        return True

    async def send(self, letter: Letter) -> None:
        if self.failures:
            self.failures -= 1
            raise NotDelivered("not now")
        self.letters.append(letter)
