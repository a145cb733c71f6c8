"""Microsoft Teams: an adaptive card in a message, for workflows and incoming webhooks. Text runs
know no markdown; mentions need entities, and none are given."""

from collections.abc import Generator
from typing import Any

import orjson

from app.handoff.formats.calls import Answer, Call, Event, Receiver
from app.handoff.formats.words import Told, page_of, told

JSON = {"Content-Type": "application/json"}
CARD = "application/vnd.microsoft.card.adaptive"


def calls(event: Event, receiver: Receiver) -> Generator[Call, Answer, None]:
    yield Call(
        "POST", receiver.url, orjson.dumps(message(told(event), page_of(event, receiver))), JSON
    )


def message(said: Told, desk: str) -> dict[str, Any]:
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            run(said.title, weight="Bolder", size="Medium"),
            *(run(f"{name}: {value}") for name, value in said.facts),
            *([run(said.quote, italic=True)] if said.quote else []),
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open the desk", "url": desk}]
        if desk
        else [],
    }
    attachment = {"contentType": CARD, "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def run(text: str, **style: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
