"""What conversations did and cost, as admins see it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.analytics.audit_log import AuditLog
from app.analytics.conversations import ConversationList
from app.analytics.figures import Figures
from app.analytics.one_turn import OneTurn
from app.analytics.questions import Questions
from app.analytics.usage import Usage
from app.db.engine import Database
from app.desk.lessons import Lessons


@dataclass(frozen=True, slots=True)
class Analytics:
    """One per process."""

    figures: Figures
    usage: Usage
    conversations: ConversationList
    turns: OneTurn
    questions: Questions
    audit: AuditLog


def open_analytics(database: Database, zone: ZoneInfo, lessons: Lessons) -> Analytics:
    return Analytics(
        Figures(database),
        Usage(database, zone),
        ConversationList(database),
        OneTurn(database),
        Questions(database, lessons),
        AuditLog(database),
    )
