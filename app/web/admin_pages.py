"""The admins' pages: shells, as what they show comes from calls that ask who is calling."""

from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from agents.events import Agent, Escalation
from app.accounts.api_keys import Scope
from app.web.pages import page

router = APIRouter(prefix="/admin", include_in_schema=False)


@router.get("")
async def overview(request: Request) -> HTMLResponse:
    return page(request, "admin_overview")


@router.get("/usage")
async def usage(request: Request) -> HTMLResponse:
    return page(request, "admin_usage")


@router.get("/conversations")
async def conversations(request: Request) -> HTMLResponse:
    return page(
        request, "admin_conversations", agents=get_args(Agent), reasons=get_args(Escalation)
    )


@router.get("/conversations/{conversation_id}")
async def conversation(conversation_id: str, request: Request) -> HTMLResponse:
    return page(request, "admin_conversation")


@router.get("/turns/{turn_id}")
async def turn(turn_id: str, request: Request) -> HTMLResponse:
    return page(request, "admin_turn")


@router.get("/questions")
async def questions(request: Request) -> HTMLResponse:
    return page(request, "admin_questions")


@router.get("/audit")
async def audit(request: Request) -> HTMLResponse:
    return page(request, "admin_audit")


@router.get("/keys")
async def keys(request: Request) -> HTMLResponse:
    return page(request, "keys", scopes=get_args(Scope))
