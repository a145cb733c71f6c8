"""Bodies of REST calls."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.web.frames import visible


class Clean(BaseModel):
    """Text without control and invisible characters, whatever the field."""

    @field_validator("*", mode="before")
    @classmethod
    def _visible(cls, value: Any) -> Any:
        return visible(value) if isinstance(value, str) else value


class Body(Clean):
    model_config = ConfigDict(extra="forbid")


class ChatRequest(Clean):
    """`session_id` may be left out: a new conversation is begun."""

    message: str = Field(max_length=8000, examples=["How much can the X1 tow?"])
    session_id: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,100}$")
    client_message_id: str | None = Field(None, min_length=1, max_length=100)
    language: str | None = Field(None, max_length=10)


class ChatReply(BaseModel):
    response: str
    session_id: str
    message_id: UUID
    turn: int
    metadata: dict[str, Any]
    guest_token: str | None
    handoff: dict[str, Any] | None = None


class ConversationEntry(BaseModel):
    session_id: str
    title: str
    updated_at: datetime


class History(BaseModel):
    session_id: str
    seq: int
    messages: list[dict[str, Any]]


class CitedPassage(BaseModel):
    """A passage as it was when it was cited."""

    title: str
    page: int | None
    heading: str | None
    model: str | None
    year: int | None
    type: str
    text: str
    highlight: str


class FeedbackRequest(Body):
    message_id: UUID
    rating: Literal["up", "down"]
    reason: str | None = Field(None, pattern=r"^[a-z_]{1,40}$")
    comment: str | None = Field(None, max_length=1000)


class Credentials(Body):
    email: str = Field(max_length=254, examples=["jane@dealer.test"])
    password: str = Field(max_length=4096)


class Registration(Credentials):
    name: str = Field(min_length=1, max_length=100)


class SetupRequest(Registration):
    token: str = Field(max_length=200)


class RefreshRequest(Body):
    refresh_token: str = Field(max_length=200)


class LoginReply(BaseModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int


class Me(BaseModel):
    id: UUID
    email: str
    name: str
    role: str


class TicketReply(BaseModel):
    ticket: str
    expires_in: int = 30


class DocumentFields(Body):
    """What a document is about; empty fields hold for every vehicle or market."""

    title: str | None = Field(None, max_length=200)
    type: Literal["manual", "spec", "guide", "faq", "troubleshoot"] | None = None
    model: str | None = Field(None, max_length=60)
    year: int | None = Field(None, ge=1950, le=2100)
    market: str | None = Field(None, max_length=20)
    language: str | None = Field(None, max_length=10)
    chunker: Literal["recursive", "semantic", "markdown", "fixed"] | None = None
    chunk_size: int = Field(1000, ge=1, le=20_000)
    chunk_overlap: int = Field(200, ge=0, le=20_000)


class TextDocument(DocumentFields):
    text: str = Field(min_length=1, max_length=5_000_000)
    title: str = Field(min_length=1, max_length=200)


class SearchRequest(Body):
    query: str = Field(min_length=1, max_length=1000)
    model: str | None = Field(None, max_length=60)
    year: int | None = Field(None, ge=1950, le=2100)
    market: str | None = Field(None, max_length=20)
    language: str | None = Field(None, max_length=10)
    type: Literal["manual", "spec", "guide", "faq", "troubleshoot"] | None = None
    limit: int = Field(6, ge=1, le=20)
