"""The pages a browser opens: their language, their headers and the addresses of their files."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.events import Escalation
from app.handoff.endpoints import Format
from app.handoff.events import EVENT_TYPES

APP = Path(__file__).resolve().parent.parent
STATIC = APP.parent / "static"
CATALOGUES = Path(__file__).resolve().parent / "catalogues"

LANGUAGES = {"en": "English", "pt-BR": "Português", "es": "Español", "de": "Deutsch"}
LANGUAGE_COOKIE = "genai_auto_language"
APPEARANCE_COOKIE = "genai_auto_appearance"
STAFF_PARTS = ("desk", "admin")
YEAR = 365 * 86_400

# `{sockets}` is this host as ws: and wss:, for browsers whose 'self' means http alone.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'{sockets}; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
PAGE_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
FOREVER = "public, max-age=31536000, immutable"
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> RedirectResponse:
    return RedirectResponse("/chat")


@router.get("/chat")
async def chat(request: Request) -> HTMLResponse:
    return page(request, "chat")


@router.get("/login")
async def login(request: Request) -> HTMLResponse:
    return page(request, "login")


@router.get("/knowledge")
async def knowledge(request: Request) -> HTMLResponse:
    """A shell: what is shown comes from calls that ask who is calling."""
    return page(request, "knowledge")


@router.get("/desk")
async def desk(request: Request) -> HTMLResponse:
    """A shell too."""
    return page(request, "desk", reasons=get_args(Escalation))


@router.get("/desk/overview")
async def desk_overview(request: Request) -> HTMLResponse:
    """A shell too."""
    return page(request, "desk_overview")


@router.get("/desk/feedback")
async def desk_feedback(request: Request) -> HTMLResponse:
    """A shell too."""
    return page(request, "desk_feedback")


@router.get("/desk/outbox")
async def outbox(request: Request) -> HTMLResponse:
    """A shell too."""
    return page(request, "outbox")


@router.get("/desk/deliveries")
async def deliveries(request: Request) -> HTMLResponse:
    """A shell too."""
    return page(request, "deliveries", events=EVENT_TYPES, formats=get_args(Format))


def not_found(request: Request) -> HTMLResponse:
    """For browsers that follow a link to nothing."""
    return page(request, "missing", 404)


def page(request: Request, name: str, status: int = 200, **more: Any) -> HTMLResponse:
    """Render a page in the reader's language; `?lang=` is remembered."""
    language = chosen_language(request)
    services = request.app.state.services
    settings = services.settings
    appearance = request.cookies.get(APPEARANCE_COOKIE)
    body = templates.get_template(f"{name}.html").render(
        page=name,
        language=language,
        languages=LANGUAGES,
        appearance=appearance if appearance in ("light", "dark") else "system",
        words=words_of(name, language),
        dealer={"name": settings.dealership_name, "phone": settings.dealership_phone},
        model_kind=services.model_kind,
        **more,
        retention={kind: getattr(settings, f"retention_{kind}_days") for kind in RETAINED},
        demo=bool(getattr(settings, "demo_data", False)) and not settings.is_production,
    )
    response = HTMLResponse(body, status, headers=PAGE_HEADERS)
    response.headers["Content-Security-Policy"] = policy(request)
    if request.query_params.get("lang") == language:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, samesite="lax", path="/")
    return response


RETAINED = ("conversations", "personal_values", "outbox")


def policy(request: Request) -> str:
    host = request.headers.get("host", "")
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return CONTENT_SECURITY_POLICY.format(sockets=sockets)


# Language


def chosen_language(request: Request) -> str:
    """`?lang=`, then the cookie, then what the browser prefers; English otherwise."""
    for tag in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if tag in LANGUAGES:
            return tag
    for tag in preferred(request.headers.get("accept-language", "")):
        if language := spoken(tag):
            return language
    return "en"


def preferred(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first."""
    weighted = []
    for part in header[:1000].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((float(quality or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda each: -each[0]) if weight > 0]


def spoken(tag: str) -> str | None:
    """The product's language for a browser's tag: `pt`, `pt-PT` and `pt-BR` are `pt-BR`."""
    primary = tag.split("-")[0].lower()
    return next((each for each in LANGUAGES if each.split("-")[0] == primary), None)


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((CATALOGUES / f"{language}.json").read_text("utf-8"))
    return words


@lru_cache
def words_of(name: str, language: str) -> dict[str, str]:
    """The part of a catalogue that a page and its modules use; `desk_overview` has the desk's."""
    part = name.partition("_")[0]
    parts = ("common", part, "staff") if part in STAFF_PARTS else ("common", part)
    return {key: text for key, text in catalogue(language).items() if key.split(".")[0] in parts}


# Static files: the version is in the path, so that modules find each other under it.


@router.get("/static/v-{version}/{path:path}")
async def versioned_file(version: str, path: str, request: Request) -> Response:
    response = await static_files.get_response(path, request.scope)
    response.headers["Cache-Control"] = FOREVER if version == static_version() else "no-cache"
    return response


@lru_cache
def static_version() -> str:
    """Changes whenever a static file does; taken once per process."""
    content = hashlib.sha256()
    for path in sorted(p for p in STATIC.rglob("*") if p.is_file()):
        content.update(path.relative_to(STATIC).as_posix().encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


def static_url(path: str) -> str:
    return f"/static/v-{static_version()}/{path}"


@lru_cache
def module_urls(*folders: str) -> tuple[str, ...]:
    """Every ES module of these folders, to be fetched at once and not one import at a time."""
    return tuple(
        static_url(path.relative_to(STATIC).as_posix())
        for folder in folders
        for path in sorted((STATIC / "js" / folder).glob("*.js"))
    )


@lru_cache
def vendored_url(name: str, file: str) -> str:
    """The address of a vendored library's file, by its name without version. Raises KeyError."""
    for each in json.loads((STATIC / "vendor" / "vendor.json").read_text()):
        if each["name"] == name and each["file"].endswith(f"/{file}"):
            return static_url(f"vendor/{each['file']}")
    raise KeyError(f"{name}/{file}")


static_files = StaticFiles(directory=STATIC)
templates = Environment(
    loader=FileSystemLoader(APP / "templates"), autoescape=True, undefined=StrictUndefined
)
page_globals: dict[str, Any] = {
    "static_url": static_url,
    "module_urls": module_urls,
    "vendored_url": vendored_url,
}
templates.globals.update(page_globals)
