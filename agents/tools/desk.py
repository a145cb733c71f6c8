"""What every tool works with: who is asking, the workshop, and what a call has found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from agents.cards import Card
from agents.dealership import Car, Dealership, Service, UnknownService
from agents.dependencies import Dealer
from agents.prompts import phrase


@dataclass(frozen=True, slots=True)
class Result:
    """What a call found: a sentence in the customer's language, data for the model, cards.

    `thread` is what the next turn must know. `code_to` asks for a one-time code to be sent.
    """

    say: str
    data: Any = None
    cards: tuple[Card, ...] = ()
    thread: Mapping[str, Any] = field(default_factory=dict)
    code_to: str | None = None

    def for_model(self) -> str:
        return json.dumps({"say": self.say, "data": self.data}, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is asking, about which car, in which language. `reason` comes from a diagnosis."""

    language: str
    now: datetime
    customer_id: UUID | None
    car: Car
    dealer: Dealer
    reason: str = ""
    may_send_code: bool = True


class Desk:
    """The workshop as one turn sees it."""

    def __init__(self, dealership: Dealership, services: Sequence[Service], visit: Visit) -> None:
        self.dealership, self.visit = dealership, visit
        self.services = {service.code: service for service in services}

    def service(self, code: str) -> Service:
        """Raises UnknownService."""
        try:
            return self.services[code]
        except KeyError as unknown:
            raise UnknownService from unknown

    def name(self, service: Service) -> str:
        return service.name(self.visit.language)

    def say(self, key: str, **values: object) -> str:
        return phrase(key, self.visit.language, **values)
