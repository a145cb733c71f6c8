"""What the pages are made of: catalogues, headers, addresses, vendored files."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient as Client

from app.web import pages
from scripts.vendor_web_libraries import SHIPPED, TEST_ONLY, problems
from tests.browser.page_server import PageServer

JAVASCRIPT = sorted((pages.STATIC / "js").rglob("*.js"))
TEMPLATES = sorted((pages.APP / "templates").glob("*.html"))


@pytest.fixture
async def client(page_server: PageServer) -> AsyncIterator[Client]:
    async with Client(base_url=page_server.url) as client:
        yield client


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_catalogues_have_the_same_keys_and_places(language: str) -> None:
    english, other = pages.catalogue("en"), pages.catalogue(language)
    assert list(other) == list(english)
    assert [key for key, text in other.items() if not text.strip()] == []
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other[key])), key


def test_every_word_is_used_and_every_used_word_exists() -> None:
    sources = "\n".join(path.read_text() for path in JAVASCRIPT + TEMPLATES)
    keys = set(pages.catalogue("en"))
    pages_named = "common|staff|chat|login|knowledge|outbox|keys|deliveries|missing|desk|admin"
    named = set(re.findall(rf"[\"']((?:{pages_named})\.[\w.]+\w)[\"']", sources))
    assert named - keys == {"missing.html"} & named
    groups = re.findall(rf"[\"'`]((?:{pages_named})\.[\w.]*\.)[\"'$]", sources)
    columns = {
        f"knowledge.{word}" for word in re.findall(r"\"((?:field|list|stats)\.\w+)\"", sources)
    }
    unused = {
        key for key in keys - named - columns if not any(key.startswith(group) for group in groups)
    }
    assert unused == set()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pt-PT,pt;q=0.9,en;q=0.8", "pt-BR"),
        ("fr,de;q=0.5,en;q=0.4", "de"),
        ("en;q=0.4,es;q=0.9", "es"),
        ("de;q=0,en", "en"),
        ("*;q=zz, fr", "en"),
        ("", "en"),
    ],
)
async def test_language_follows_the_browser(client: Client, header: str, language: str) -> None:
    response = await client.get("/chat", headers={"Accept-Language": header})
    assert f'<html lang="{language}"' in response.text


async def test_chosen_language_wins_and_is_remembered(client: Client) -> None:
    await client.get("/chat?lang=de")
    assert '<html lang="de"' in (await client.get("/login")).text
    assert '<html lang="de"' in (await client.get("/login?lang=xx")).text


@pytest.mark.parametrize("address", ["/chat", "/login", "/knowledge"])
async def test_pages_carry_a_strict_policy_and_no_inline_code(client: Client, address: str) -> None:
    response = await client.get(address)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert f"ws://127.0.0.1:{client.base_url.port} " in policy
    assert re.findall(r"<script(?![^>]*(src=|application/json))", response.text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", response.text) == []


async def test_strange_hosts_do_not_enter_the_policy(client: Client) -> None:
    response = await client.get("/chat", headers={"Host": "evil; script-src *"})
    assert "evil" not in response.headers["Content-Security-Policy"]


async def test_files_of_this_version_are_kept_forever_and_others_are_not(client: Client) -> None:
    current = await client.get(pages.static_url("css/base.css"))
    assert "immutable" in current.headers["Cache-Control"]
    old = await client.get("/static/v-000000000000/css/base.css")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    assert (await client.get("/static/v-0/%2e%2e/pyproject.toml")).status_code == 404


async def test_root_leads_to_the_chat(client: Client) -> None:
    assert (await client.get("/")).headers["Location"] == "/chat"


def test_vendored_files_are_what_their_list_says() -> None:
    assert problems(SHIPPED) == []
    assert problems(TEST_ONLY) == []
    for each in json.loads((SHIPPED / "vendor.json").read_text()):
        assert (SHIPPED / each["file"]).parent.joinpath("LICENSE").is_file()


def test_modules_import_the_vendored_versions() -> None:
    listed = {each["file"] for each in json.loads((SHIPPED / "vendor.json").read_text())}
    for path in JAVASCRIPT:
        for name in re.findall(r"vendor/([\w.\-/]+)", path.read_text()):
            assert name in listed
