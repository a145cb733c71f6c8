"""Health tells the truth; documentation and errors are in order."""

import aiohttp

from tests.server import Server


async def get(server: Server, path: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(server.url + path, headers=headers) as r:
        return r.status, await r.text()


async def test_health_names_every_dependency(server: Server) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/health") as response:
        body = await response.json()
    assert response.status == 200
    assert body["services"]["database"] == "connected"
    assert body["services"]["redis"] == "connected"
    assert body["services"]["llm"] in ("configured", "unreachable")
    assert body["version"]


async def test_ready_and_live(server: Server) -> None:
    assert (await get(server, "/health/ready"))[0] == 200
    assert (await get(server, "/health/live"))[0] == 200


async def test_docs_come_from_vendored_files(server: Server) -> None:
    status, page = await get(server, "/docs")
    assert status == 200
    assert "http://" not in page.replace(server.url, "")
    assert "https://" not in page
    for address in [part.split('"')[0] for part in page.split('src="')[1:]]:
        assert (await get(server, address))[0] == 200
    assert (await get(server, "/openapi.json"))[0] == 200


async def test_unknown_paths_are_json_for_programs_and_a_page_for_people(server: Server) -> None:
    status, body = await get(server, "/api/v1/nothing")
    assert status == 404
    assert '"error":"NotFound"' in body
    status, page = await get(server, "/nothing", Accept="text/html")
    assert status == 404
    assert "<html" in page


async def test_every_answer_has_the_security_headers(server: Server) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/chat") as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "server" not in {name.lower() for name in headers}


async def test_metrics_are_prometheus_text(server: Server) -> None:
    async with server.client() as customer:
        await customer.ask("Hello")
    status, text = await get(server, "/api/v1/metrics")
    assert status == 200
    assert "# TYPE chat_turns_total counter" in text
    assert 'chat_turns_total{agent="general",state="answered"}' in text
