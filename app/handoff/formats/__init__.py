"""How an event is told to each kind of receiver: pure functions, an event in, calls out."""

from collections.abc import Callable, Generator, Mapping

from app.handoff.formats import chatwoot, generic, slack, teams
from app.handoff.formats.calls import Answer, Call, Event, Receiver

Calls = Callable[[Event, Receiver], Generator[Call, Answer, None]]

FORMATS: Mapping[str, Calls] = {
    "generic": generic.calls,
    "slack": slack.calls,
    "teams": teams.calls,
    "chatwoot": chatwoot.calls,
}
