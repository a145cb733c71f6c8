"""Reads a server's metrics, and gives it something to count."""

import json
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families as families
from prometheus_client.samples import Sample

from tests.fakes.llm import ANSWER, Reply
from tests.server import Server

PRICES = "scripted: {prompt: 3, completion: 15}\n"  # dollars per million tokens
TOWING = "How much can the 2025 X1 tow?"


async def samples(server: Server) -> list[Sample]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/v1/metrics") as page:
        assert page.status == 200
        return [each for family in families(await page.text()) for each in family.samples]


async def total(server: Server, name: str, **labels: str) -> float:
    fits = (each for each in await samples(server) if each.name == name)
    return sum(each.value for each in fits if labels.items() <= each.labels.items())


async def ask_all(server: Server, *questions: str) -> None:
    async with server.client() as client:
        for question in questions:
            await client.ask(question)


def chosen(body: dict[str, Any]) -> Reply:
    """An answer, a translation, a route, a judgement or an act, by what was asked for."""
    wanted = json.dumps(body.get("response_format") or {})
    if "RouteChoice" in wanted:
        return Reply('{"route": "specs", "certainty": 0.9}')
    if "Judgements" in wanted:
        return Reply('{"judgements": [{"statement": 1, "finding": "supported"}]}')
    return Reply(ANSWER)
