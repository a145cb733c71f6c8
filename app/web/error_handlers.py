"""Errors become `{"error", "detail"}`; internals never leave."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from structlog.contextvars import get_contextvars

from app.errors import AppError, BadInput, NotAllowed, NotFound, NotSignedIn, TooManyRequests
from app.knowledge import KnowledgeDown
from app.web.pages import not_found
from rag.documents import KnowledgeUnavailable

log = structlog.get_logger()
BY_STATUS = {401: NotSignedIn, 403: NotAllowed, 404: NotFound}


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(KnowledgeUnavailable, on_knowledge_down)
    app.add_exception_handler(Exception, on_unexpected)


async def on_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    headers = (
        {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
    )
    return answer(error.status, error.code, error.detail, headers)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Names the field and the rule, never the value."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return answer(422, BadInput.__name__, f"{place}: {first['msg']}"[:300])


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        return not_found(request)
    known = BY_STATUS.get(error.status_code)
    code = known.__name__ if known else "AppError"
    return answer(error.status_code, code, str(error.detail), error.headers)


async def on_knowledge_down(request: Request, error: Exception) -> Response:
    return await on_app_error(request, KnowledgeDown())


async def on_unexpected(request: Request, error: Exception) -> Response:
    endpoint = getattr(request.scope.get("route"), "path", "unmatched")
    log.error("request_failed", endpoint=endpoint, exc_info=error)
    failed, told = AppError(), {"X-Request-ID": get_contextvars().get("request", "")}
    return answer(500, failed.code, failed.detail, told)


def answer(status: int, code: str, detail: str, headers: object = None) -> JSONResponse:
    extra = headers if isinstance(headers, dict) else None
    return JSONResponse({"error": code, "detail": detail}, status, headers=extra)
