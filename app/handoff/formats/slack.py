"""Slack: a message of blocks. Everything said stands in plain text, and is escaped as Slack wants
it even there; the fallback line is not parsed."""

from collections.abc import Generator
from typing import Any

import orjson

from app.handoff.formats.calls import Answer, Call, Event, Receiver
from app.handoff.formats.words import Told, page_of, told

JSON = {"Content-Type": "application/json"}
MOST_FIELDS = 10
LONGEST_TITLE = 150
LONGEST_TEXT = 2000
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def calls(event: Event, receiver: Receiver) -> Generator[Call, Answer, None]:
    yield Call(
        "POST", receiver.url, orjson.dumps(message(told(event), page_of(event, receiver))), JSON
    )


def message(said: Told, desk: str) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain(said.title, LONGEST_TITLE)},
    ]
    if said.facts:
        fields = [plain(f"{name}: {value}") for name, value in said.facts[:MOST_FIELDS]]
        blocks.append({"type": "section", "fields": fields})
    if said.quote:
        blocks.append({"type": "section", "text": plain(said.quote)})
    if desk:
        open_it = {"type": "button", "text": plain("Open the desk"), "url": desk}
        blocks.append({"type": "actions", "elements": [open_it]})
    return {
        "text": escaped(said.line), "mrkdwn": False, "parse": "none", "link_names": False,
        "unfurl_links": False, "unfurl_media": False, "blocks": blocks,
    }  # fmt: skip


def plain(text: str, longest: int = LONGEST_TEXT) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, longest), "emoji": False}


def escaped(text: str, longest: int = LONGEST_TEXT) -> str:
    """Without the three characters that control a text at Slack, and no longer than it takes."""
    written: list[str] = []
    length = 0
    for each in (ENTITIES.get(letter, letter) for letter in text):
        length += len(each)
        if length >= longest:
            return "".join([*written, "…"])
        written.append(each)
    return "".join(written)
