"""What a turn looks at before the brain does: its conversation, and whether somebody is in danger
or in need. Each look is a step of its timeline."""

from agents.dependencies import Dangers
from agents.guardrails.screening import Screened, screen
from app.chat.context import TurnContext
from app.chat.conversations import Conversations
from app.chat.turns import Lease
from app.observability.timeline import enter_masking
from rag.steps import Step


async def read(conversations: Conversations, lease: Lease) -> TurnContext:
    with Step("read") as step:
        about = await conversations.context(lease.conversation_id, lease.turn_id)
        step.tell(messages=len(about.history))
    enter_masking(about.masking_ms)
    return about


def screened_by_rules(question: str) -> Screened | None:
    with Step("screen") as step:
        screened = screen(question)
        step.tell(found=screened.kind if screened else "nothing", method="rules")
    return screened


async def danger_in(question: str, dangers: Dangers) -> str | None:
    """Where no rule has heard a danger; nothing is asked of a pressed button."""
    if not question:
        return None
    with Step("screen") as step:
        danger = await dangers.danger_in(question)
        step.tell(found=danger or "nothing", method="classifier")
    return danger
