"""The event as it is: any system that verifies Standard Webhooks."""

from collections.abc import Generator

from app.handoff.formats.calls import Answer, Call, Event, Receiver


def calls(event: Event, receiver: Receiver) -> Generator[Call, Answer, None]:
    yield Call("POST", receiver.url, event.body.encode())
