"""What a customer says of themselves is theirs: it is readable nowhere but in their own history."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import orjson
import redis.asyncio

from app.db.engine import Connection
from tests.fakes.llm import ScriptedLLM
from tests.fakes.otlp import Collector
from tests.server import Server

NAME, EMAIL = "Ottilie Brandtner", "ottilie.brandtner@dealer.test"
CANARY = re.compile(r"\[([^\]]+)\]")
SAID = (
    "Hi, my name is [Wilhelmina Ashcombe]. How much can the 2025 X1 tow? Mail"
    " [w.ashcombe@mail.example]"
    " or call [+1 (503) 555-0187], work [503-555-0163].",
    "My VIN is [1HGCM82633A004352], plate [7KQV482], driver's license [D4829173], and how much"
    " can the"
    " 2025 X1 tow? I was born on [14 March 1983].",
    "SSN [536-22-8145], card [4111 1111 1111 1111], passport number [C48291735]. I live at"
    " [48 Larkspur Lane, Eugene, OR 97405]. Does the 2025 X1 tow 2000 kg?",
    "The camera is at https://[kiosk:hunter22]@router:8080/ and from [81.2.69.142] the X1 app"
    " fails."
    " IPv6 [2001:db8:85a3:8d3:1319:8a2e:370:7348] too. How much can the X1 2025 tow?",
    "NI number [AB 12 34 56 C], UK plate [KX67 VHT], mobile [07700 900461], account"
    " [GB82 WEST 1234 5698 7654 32]. How much can the 2025 X1 tow?",
    "Oi, me chamo [Joaquim Tavares], CPF [529.982.247-25], CNPJ [11.222.333/0001-81], placa"
    " [RQS4T29]."
    " Quanto o X1 2025 pode rebocar?",
    "Minha CNH é [04829173655], telefone [11 94829-1736], e-mail [joaquim77@correio.example],"
    " nascido em"
    " [03/04/1979]. Moro na [Rua das Acácias, 482]. Quanto o X1 2025 reboca?",
    "Passaporte [FX482917], placa antiga [QWE-4829], a Sra. [Figueiredo] busca o carro. CEP"
    " [80020-310]."
    " Quanto o X1 2025 pode rebocar?",
    "Hola, me llamo [Maricarmen Olazábal], DNI [12345678Z], NIE [X1234567L], matrícula [4829 KLM]."
    " ¿Cuánto puede remolcar el X1 2025?",
    "Mi móvil es [612 948 291], correo [m.olazabal@buzon.example], fecha de nacimiento"
    " [21/07/1991],"
    " vivo en la [Calle Almendro 48, 28005 Madrid]. ¿Cuánto remolca el X1 2025?",
    "IBAN [ES91 2100 0418 4502 0005 1332], pasaporte [XDC482917], carnet de conducir"
    " [48291736T], tarjeta"
    " [5500 0000 0000 0004]. ¿Cuánto remolca el X1 2025?",
    "Ich heiße [Leopold Hüttenrauch], Kennzeichen [HH-QX 4829], Steuer-ID [65 929 970 489]."
    " Wie viel darf der X1 2025 ziehen? Handy [0171 4829173].",
    "Geboren am [9. Mai 1968], Reisepass [C01X00T47], Führerschein [B072RRE2I55], E-Mail"
    " [leopold@postfach.example]. Ich wohne [Lindenstraße 48, 50674 Köln]. Was zieht der X1 2025?",
    "IBAN [DE89 3704 0044 0532 0130 00], Fahrgestellnummer [WVWZZZ1JZXW482917], Herr [Abendroth]"
    " holt ihn ab, Plakette [M-AB 482], Büro [+49 89 4829173]. Was zieht der X1 2025?",
    f"It is [{NAME.upper()}] again, at [{EMAIL}]. How much can the 2025 X1 tow?"
    "\nRegards,\n[Theodora W].",
)  # fmt: skip


def canaries() -> list[str]:
    return [each for said in SAID for each in CANARY.findall(said)]


def traces(where: str, canaries: list[str]) -> list[str]:
    """Those that can be read there: as they were said, without separators, or as bytes."""
    where = where.lower()
    return [
        each
        for each in (canary.lower() for canary in canaries)
        if each in where
        or each.encode().hex() in where
        or (len(plain := re.sub(r"[\W_]", "", each)) > 7 and plain in where)
    ]


async def everything_stored(store: Connection) -> dict[str, str]:
    """Every row of every table as text, the encrypted column as the bytes it holds."""
    tables = await store.fetch(
        "select distinct table_name from information_schema.columns where table_schema = 'public'"
    )
    kept = {}
    for (table,) in tables:
        rows = await store.fetch(f'select row_to_json(t)::text from "{table}" as t')
        kept[table] = "\n".join(orjson.dumps(orjson.loads(row[0])).decode() for row in rows)
    return kept


async def everything_in_redis(url: str) -> str:
    client = redis.asyncio.Redis.from_url(url)
    reads: dict[bytes, Callable[[bytes], Awaitable[object]]] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    kept = [(key, await reads[await client.type(key)](key)) async for key in client.scan_iter()]
    await client.aclose()
    return str(kept)


@asynccontextmanager
async def overhearing(url: str) -> AsyncIterator[list[str]]:
    """What is published in Redis meanwhile."""
    heard: list[str] = []
    client = redis.asyncio.Redis.from_url(url)
    pubsub = client.pubsub()
    await pubsub.psubscribe("*")

    async def listen() -> None:
        async for message in pubsub.listen():
            heard.append(str(message["data"]))

    listening = asyncio.create_task(listen())
    yield heard
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await pubsub.aclose()
    await client.aclose()


async def registered(server: Server) -> str:
    body = {"email": EMAIL, "password": "a long enough password", "name": NAME}
    url = f"{server.url}/api/v1/auth/register"
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as reply:
        return str((await reply.json())["access_token"])


async def test_what_a_customer_says_of_themselves_is_readable_nowhere_else(
    start_server: Callable[..., Awaitable[Server]],
    store: Connection,
    redis_url: str,
    llm: ScriptedLLM,
) -> None:
    async with Collector().serving() as collector:
        server = await start_server(
            LOG_LEVEL="DEBUG", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_COMPRESSION="none", OTEL_BSP_SCHEDULE_DELAY="100",
        )  # fmt: skip
        await nobody_else_reads(server, store, redis_url, llm, collector)


async def nobody_else_reads(
    server: Server, store: Connection, redis_url: str, llm: ScriptedLLM, collector: Collector
) -> None:
    token, planted = await registered(server), canaries()
    assert len(planted) >= 60
    assert len(traces("".join(SAID), planted)) == len(planted)
    async with overhearing(redis_url) as published, server.client("canary", token) as client:
        for said in SAID:
            complete = await client.ask(CANARY.sub(r"\1", said))
        comment = f"Call {planted[2]}"
        rated = complete["message_id"]
        await client.send(type="feedback", message_id=rated, rating="up", comment=comment)
        await client.until("feedback")
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http:
        async with http.get("/api/v1/metrics") as reply:
            metrics = await reply.text()
        async with http.get("/api/v1/chat/history/canary") as reply:
            history = orjson.loads(await reply.read())
    for row in await store.fetch("select id from turns"):
        await collector.until_whole(row["id"].hex)
    traced = b"\n".join(collector.bodies).decode(errors="replace")
    stored = await everything_stored(store)
    kept = await everything_in_redis(redis_url)

    assert len(llm.requests) >= len(SAID)
    assert "<PERSON_1>" in str(llm.requests)
    assert traces(orjson.dumps(llm.requests).decode(), planted) == []
    assert {table: traces(text, planted) for table, text in stored.items() if table != "users"} == {
        table: [] for table in stored if table != "users"
    }
    assert traces(stored["users"], [p for p in planted if p.title() != NAME and p != EMAIL]) == []
    assert traces(kept + str(published), planted) == []
    assert "accepted" in str(published)
    assert server.log
    assert traces(server.log, planted) == []
    assert traces(metrics, planted) == []
    assert traces(traced, planted) == []
    assert all(canary in "\n".join(texts_in(history)) for canary in planted)
    assert all(re.search(r"<[A-Z]+_\d+>", row["text"]) for row in await said_by_customers(store))


def texts_in(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for child in children for text in texts_in(child)]


async def said_by_customers(store: Connection) -> list[dict[str, str]]:
    rows = await store.fetch("select text from messages where author = 'customer'")
    assert len(rows) == len(SAID)
    return [dict(row) for row in rows]
