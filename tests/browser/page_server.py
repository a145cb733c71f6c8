"""Serves the pages with a scripted wire: it speaks docs/protocol.md and knows nothing else.

A test decides what happens (`server.script`), and reads what came in (`server.received`).
"""

import asyncio
import json
import re
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from app.web import pages

Frame = dict[str, Any]

ANSWER = (
    "The 2025 X1 may tow a braked trailer of up to **2,000 kg** [1]. "
    "The 2024 model is limited to 1,800 kg [2].\n\n"
    "| Model year | Braked | Unbraked |\n|---|---|---|\n"
    "| 2025 | 2,000 kg | 750 kg |\n| 2024 | 1,800 kg | 750 kg |\n\n"
    "Keep the nose weight between 50 and 90 kg."
)
SOURCES: list[Frame] = [
    {"n": 1, "title": "X1 Owner's Manual 2025", "page": 29, "heading": "Towing > Trailer weights",
     "model": "X1", "year": 2025, "type": "manual"},
    {"n": 2, "title": "X1 Owner's Manual 2024", "page": 27, "heading": "Towing",
     "model": "X1", "year": 2024, "type": "manual"},
]  # fmt: skip
PASSAGE: Frame = {
    "title": "X1 Owner's Manual 2025",
    "page": 29,
    "heading": "Towing > Trailer weights",
    "model": "X1",
    "year": 2025,
    "type": "manual",
    "text": (
        "## Trailer weights\n\nCheck the plate on the door pillar before you couple a trailer.\n\n"
        "The X1 may tow a **braked** trailer of up to 2,000 kg (4,409 lb). "
        "Without brakes the limit is 750 kg.\n\n"
        "| Trailer | Limit |\n|---|---|\n| Braked | 2,000 kg |\n| Unbraked | 750 kg |"
    ),
    "highlight": "The X1 may tow a **braked** trailer of up to 2,000 kg (4,409 lb).",
}


def metadata(**changed: Any) -> Frame:
    return {
        "agent": "specs",
        "outcome": "answered",
        "language": "en",
        "sources": SOURCES,
        "follow_ups": ["And the 2024 X1?", "I would like to talk to a person"],
        "notice": None,
        "escalation": None,
        **changed,
    }


@dataclass
class Talk:
    """One conversation: its stored events, the answer being written, who listens."""

    events: list[Frame] = field(default_factory=list)
    by_client_id: dict[str, Frame] = field(default_factory=dict)
    listeners: set[WebSocket] = field(default_factory=set)
    running: Frame | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def seq(self) -> int:
        return int(self.events[-1]["seq"]) if self.events else 0

    async def tell(self, frame: Frame) -> None:
        for listener in list(self.listeners):
            try:
                await listener.send_json(frame)
            except (RuntimeError, WebSocketDisconnect):
                self.listeners.discard(listener)

    async def store(self, frame: Frame) -> Frame:
        stored = {**frame, "seq": self.seq + 1, "created_at": datetime.now(UTC).isoformat()}
        if frame["type"] == "card":
            stored["created_at"] = self.forget_card(frame) or stored["created_at"]
        self.events.append(stored)
        await self.tell(stored)
        return stored

    def forget_card(self, frame: Frame) -> str | None:
        """A card that changes moves to its new number; the old one is not replayed."""
        known = frame.get("card_id")
        old = [e for e in self.events if e["type"] == "card" and e.get("card_id") == known]
        self.events = [event for event in self.events if event not in old]
        return str(old[0]["created_at"]) if old else None


Script = Callable[["PageServer", Talk, Frame], Awaitable[None]]


async def answer_at_once(server: "PageServer", talk: Talk, accepted: Frame) -> None:
    """Progress, some tokens, the whole answer."""
    await server.progress(talk, accepted["turn"])
    await asyncio.sleep(server.progress_seconds)
    await server.stream(talk, accepted["turn"], server.answer)
    await server.complete(talk, accepted)


class PageServer:
    """The test double of the wire."""

    def __init__(self) -> None:
        self.script: Script = answer_at_once
        self.answer = ANSWER
        self.metadata = metadata()
        self.passage = PASSAGE
        self.token_seconds = 0.0
        self.progress_seconds = 0.0
        self.model = "endpoint"
        self.name: str | None = None
        self.account_role = "editor"
        self.close_with: int | None = None
        self.errors: list[Frame] = []
        self.passage_status = 200
        self.appointments: list[Frame] = []
        self.appointments_status = 200
        self.erasures: list[str] = []
        self.talks: dict[str, Talk] = {}
        self.received: list[Frame] = []
        self.calls: list[tuple[str, str]] = []
        self.opened = 0
        self.feedback: dict[str, str] = {}
        self.documents = some_documents()
        self.jobs: dict[str, Frame] = {}
        self.uploads: list[Frame] = []
        self.outbox: list[Frame] | None = []
        self.port = free_port()
        self.app = self.build()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def talk(self, session_id: str) -> Talk:
        return self.talks.setdefault(session_id, Talk())

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.received if frame["type"] == kind]

    # What a script may do

    async def progress(self, talk: Talk, turn: int, message: str | None = None) -> None:
        words = message or "Looking in the X1 manuals"
        await talk.tell({"type": "progress", "turn": turn, "step": "searching", "message": words})

    async def stream(
        self, talk: Talk, turn: int, text: str, attempt: int = 1, upto: int | None = None
    ) -> None:
        """Token by token; what is out is kept for those who come back."""
        shown = ""
        for piece in re.findall(r"\S+\s*", text)[:upto]:
            await talk.tell(
                {"type": "token", "turn": turn, "attempt": attempt, "offset": len(shown),
                 "token": piece}
            )  # fmt: skip
            shown += piece
            talk.running = {"turn": turn, "attempt": attempt, "text": shown}
            if self.token_seconds:
                await asyncio.sleep(self.token_seconds)

    async def complete(self, talk: Talk, accepted: Frame, **changed: Any) -> Frame:
        talk.running = None
        return await talk.store(
            {
                "type": "complete",
                "turn": accepted["turn"],
                "message_id": f"00000000-0000-4000-8000-{accepted['turn']:012d}",
                "answers": [accepted["message_id"]],
                "response": changed.pop("response", self.answer),
                "metadata": {**self.metadata, **changed},
            }
        )

    async def card(self, talk: Talk, turn: int, **fields: Any) -> Frame:
        return await talk.store({"type": "card", "turn": turn, **fields})

    async def cut(self, talk: Talk, code: int = 1006) -> None:
        """End every socket of a conversation, with a code or without a word."""
        for listener in list(talk.listeners):
            talk.listeners.discard(listener)
            await listener.close(code if code != 1006 else 1011)

    # The wire

    def build(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        settings = SimpleNamespace(
            dealership_name="GenAuto Riverside", dealership_phone="+1 555 0100",
            public_url="", is_production=False, demo_data=True, retention_conversations_days=365,
            retention_personal_values_days=90, retention_outbox_days=0,
        )  # fmt: skip
        app.state.services = SimpleNamespace(settings=settings, model_kind=self.model)
        app.include_router(pages.router)
        app.mount("/static", StaticFiles(directory=pages.STATIC))
        app.add_api_websocket_route("/ws/{session_id}", self.socket)
        add_chat_calls(app, self)
        add_account_calls(app, self)
        add_knowledge_calls(app, self)
        add_outbox_calls(app, self)

        @app.exception_handler(HTTPException)
        async def failed(request: Request, error: HTTPException) -> Response:
            if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
                return pages.not_found(request)
            return JSONResponse({"error": "NotFound", "detail": "Nothing."}, error.status_code)

        return app

    async def socket(self, websocket: WebSocket, session_id: str) -> None:
        await websocket.accept()
        self.opened += 1
        if self.close_with:
            await websocket.close(self.close_with)
            return
        talk = self.talk(session_id)
        talk.listeners.add(websocket)
        await websocket.send_json(self.hello(session_id, talk))
        try:
            while True:
                frame = json.loads(await websocket.receive_text())
                self.received.append({**frame, "session": session_id})
                await self.handle(websocket, talk, frame)
        except (WebSocketDisconnect, RuntimeError):
            talk.listeners.discard(websocket)

    def hello(self, session_id: str, talk: Talk) -> Frame:
        return {
            "type": "session", "session_id": session_id, "seq": talk.seq, "language": None,
            "guest_token": None if self.name else "guest", "signed_in": self.name is not None,
            "name": self.name, "model": self.model,
        }  # fmt: skip

    async def handle(self, websocket: WebSocket, talk: Talk, frame: Frame) -> None:
        if frame["type"] == "ping":
            await websocket.send_json({"type": "pong"})
        if frame["type"] == "resume":
            await self.resume(websocket, talk, frame["after"])
        if frame["type"] in ("message", "action"):
            await self.take(websocket, talk, frame)
        if frame["type"] == "feedback":
            self.feedback[frame["message_id"]] = frame["rating"]
            stored = {"message_id": frame["message_id"], "rating": frame["rating"]}
            await websocket.send_json({"type": "feedback", **stored})

    async def resume(self, websocket: WebSocket, talk: Talk, after: int) -> None:
        for event in talk.events:
            if event["seq"] > after:
                await websocket.send_json(event)
        await websocket.send_json({"type": "resumed", "seq": talk.seq})
        if talk.running:
            now = talk.running
            await websocket.send_json(
                {"type": "token", "turn": now["turn"], "attempt": now["attempt"], "offset": 0,
                 "token": now["text"]}
            )  # fmt: skip

    async def take(self, websocket: WebSocket, talk: Talk, frame: Frame) -> None:
        client_id = frame["client_message_id"]
        if self.errors:
            await websocket.send_json(
                {"type": "error", "client_message_id": client_id, **self.errors.pop(0)}
            )
            return
        if client_id in talk.by_client_id:
            await websocket.send_json(talk.by_client_id[client_id])
            return
        turn = sum(event["type"] == "accepted" for event in talk.events) + 1
        text = frame["message"] if frame["type"] == "message" else label_of(talk, frame)
        accepted = await talk.store(
            {"type": "accepted", "client_message_id": client_id, "turn": turn,
             "message_id": f"10000000-0000-4000-8000-{turn:012d}", "message": text}
        )  # fmt: skip
        talk.by_client_id[client_id] = accepted
        self.tasks.add(task := asyncio.create_task(self.script(self, talk, accepted)))
        task.add_done_callback(self.tasks.discard)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["PageServer"]:
        self.tasks: set[asyncio.Task[None]] = set()
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off",
            ws="websockets-sansio", timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        yield self
        for task in [*self.tasks]:
            task.cancel()
        server.should_exit = True
        await running


def add_chat_calls(app: FastAPI, server: PageServer) -> None:
    @app.get("/api/v1/chat/conversations")
    async def conversations() -> list[Frame]:
        return [
            {"session_id": word, "title": first_words(talk), "updated_at": talk.started_at}
            for word, talk in server.talks.items()
            if talk.events
        ]

    @app.delete("/api/v1/chat/conversations/{session_id}", status_code=204)
    async def delete(session_id: str) -> None:
        server.calls.append(("DELETE", session_id))
        talk = server.talk(session_id)
        talk.events.clear()
        talk.by_client_id.clear()
        await talk.tell({"type": "deleted"})

    @app.get("/api/v1/chat/history/{session_id}")
    async def history(session_id: str) -> Frame:
        answers = [e for e in server.talk(session_id).events if e["type"] == "complete"]
        rated = [
            {"message_id": each["message_id"], "feedback": server.feedback.get(each["message_id"])}
            for each in answers
        ]
        return {"session_id": session_id, "seq": 0, "messages": rated}

    @app.get("/api/v1/appointments")
    async def appointments() -> Response:
        return JSONResponse(server.appointments, server.appointments_status)

    @app.get("/api/v1/appointments/{appointment_id}.ics")
    async def calendar_file(appointment_id: str) -> Response:
        server.calls.append(("calendar", appointment_id))
        return Response("BEGIN:VCALENDAR", media_type="text/calendar")

    @app.get("/api/v1/me/data")
    async def own_data() -> Response:
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return JSONResponse({"version": 1}, headers=headers)

    @app.delete("/api/v1/me/data")
    async def erase(request: Request) -> Response:
        """Refuses with each of the codes, one after the other."""
        server.uploads.append(await request.json())
        if server.erasures:
            return JSONResponse({"error": server.erasures.pop(0), "detail": "No."}, 409)
        return JSONResponse({"counts": {}})

    @app.get("/api/v1/chat/passages/{message_id}/{n}")
    async def passage(message_id: str, n: int) -> Response:
        server.calls.append(("passage", f"{message_id}/{n}"))
        return JSONResponse(server.passage, server.passage_status)


def label_of(talk: Talk, pressed: Frame) -> str:
    """What stands on the button that was pressed."""
    card = next(e for e in talk.events if e.get("card_id") == pressed["card_id"])
    holders = [card, *card.get("groups", []), *card.get("sections", [])]
    choices = [each for holder in holders for each in holder.get("choices", [])]
    return next(str(each["label"]) for each in choices if each["choice"] == pressed["choice"])


def first_words(talk: Talk) -> str:
    return str(talk.events[0].get("message", ""))[:60]


def add_account_calls(app: FastAPI, server: PageServer) -> None:
    @app.post("/api/v1/auth/{action}")
    async def act(action: str, request: Request) -> Response:
        body = await request.body()
        fields = json.loads(body) if body else {}
        server.uploads.append({"action": action, **fields})
        if action == "logout":
            server.name = None
            return Response(status_code=204)
        if fields["password"] == "wrong password":
            refusal = {
                "error": "WrongCredentials",
                "detail": "E-mail address or password is wrong.",
            }
            return JSONResponse(refusal, 401)
        if fields["email"].startswith("taken"):
            return JSONResponse({"error": "AccountExists", "detail": "Taken."}, 409)
        server.name = fields.get("name", "Jane")
        return JSONResponse({"access_token": "a", "refresh_token": "r", "expires_in": 1})

    @app.get("/api/v1/auth/me")
    async def me() -> Response:
        if server.name is None:
            return JSONResponse({"error": "NotSignedIn", "detail": "Please sign in first."}, 401)
        return JSONResponse({"id": "1", "name": server.name, "role": server.account_role})


def add_outbox_calls(app: FastAPI, server: PageServer) -> None:
    @app.get("/api/v1/outbox")
    async def outbox() -> Response:
        if server.outbox is None:
            return JSONResponse({"error": "DatabaseDown", "detail": "Later."}, 503)
        return refusal(server, "staff") or JSONResponse(server.outbox)


def add_knowledge_calls(app: FastAPI, server: PageServer) -> None:
    add_document_calls(app, server)
    add_job_calls(app, server)


def refusal(server: PageServer, role: str = "editor") -> Response | None:
    if server.name is None:
        return JSONResponse({"error": "NotSignedIn", "detail": "Please sign in first."}, 401)
    if server.account_role != role:
        return JSONResponse({"error": "NotAllowed", "detail": "Not this account."}, 403)
    return None


def add_document_calls(app: FastAPI, server: PageServer) -> None:
    @app.get("/api/v1/documents")
    async def documents(limit: int = 100, offset: int = 0) -> Response:
        return refusal(server) or JSONResponse(server.documents[offset : offset + limit])

    @app.get("/api/v1/documents/stats")
    async def stats() -> Response:
        counts = {
            "documents": len(server.documents),
            "chunks": 1284,
            "knowledge_version": 3,
            "documents_by_type": {"manual": 2},
            "documents_by_model": {"X1": 2, "any": 1},
            "documents_by_language": {"en": 3},
            "chunks_by_embedding_model": {},
        }
        return refusal(server) or JSONResponse(counts)

    @app.post("/api/v1/documents/search")
    async def search(request: Request) -> Response:
        server.uploads.append(await request.json())
        return JSONResponse([{**PASSAGE, "relevance": 0.82}])

    @app.delete("/api/v1/documents/{document_id}", status_code=204)
    async def delete(document_id: str) -> None:
        server.documents = [each for each in server.documents if each["id"] != document_id]


def add_job_calls(app: FastAPI, server: PageServer) -> None:
    @app.get("/api/v1/documents/jobs")
    async def jobs() -> Response:
        return refusal(server) or JSONResponse([])

    @app.get("/api/v1/documents/jobs/{job_id}")
    async def job(job_id: str) -> Response:
        return JSONResponse(further(server.jobs[job_id], server))

    @app.post("/api/v1/documents/upload", status_code=202)
    async def upload(request: Request) -> Response:
        async with request.form() as form:
            name = getattr(form["file"], "filename", "")
            server.uploads.append({"name": name, **json.loads(str(form["metadata"]))})
        if "locked" in name:
            refused = {"error": "RefusedDocument", "detail": "The file is protected by a password."}
            return JSONResponse(refused, 422)
        job_id = f"job-{len(server.jobs) + 1}"
        server.jobs[job_id] = new_job(job_id, name)
        return JSONResponse(server.jobs[job_id], 202)


def new_job(job_id: str, name: str) -> Frame:
    return {
        "id": job_id, "state": "queued", "source_name": name, "step": "", "progress": 0.0,
        "chunks_done": 0, "chunks_total": None, "error": None, "document_id": None,
        "unchanged": False, "created_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip


def further(job: Frame, server: PageServer) -> Frame:
    """Each look finds the job a step further."""
    steps: list[Frame] = [
        {"state": "running", "progress": 0.4, "chunks_done": 12, "chunks_total": 30},
        {"state": "done", "progress": 1.0, "chunks_done": 30, "chunks_total": 30},
    ]
    job.update(steps[0] if job["state"] == "queued" else steps[1])
    if job["state"] == "done":
        server.documents.insert(0, {**some_documents()[0], "id": job["id"], "title": "New manual"})
    return job


def some_documents() -> list[Frame]:
    return [
        document(1, "X1 Owner's Manual 2025", "manual", "X1", 2025),
        document(2, "X1 Spec Sheet", "spec", "X1", 2024),
        document(3, "Service guide", "guide", None, None),
    ]


def document(n: int, title: str, kind: str, model: str | None, year: int | None) -> Frame:
    return {
        "id": f"document-{n}",
        "title": title,
        "type": kind,
        "model": model,
        "year": year,
        "market": None,
        "language": "en",
        "source_name": f"file-{n}.pdf",
        "media_type": "application/pdf",
        "version": 1,
        "superseded_at": None,
        "pages": 38,
        "chunks": 214,
        "created_by": None,
        "created_at": (datetime.now(UTC) - timedelta(days=n)).isoformat(),
    }


def free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
