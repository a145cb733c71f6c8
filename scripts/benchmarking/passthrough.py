"""The reference R: a WebSocket that passes the same LLM stream through raw, nothing else."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

URL = os.environ.get("OPENAI_BASE_URL", "") + "/chat/completions"


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        app.state.http = http
        yield


async def ready(request: object) -> PlainTextResponse:
    return PlainTextResponse("ready")


async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text('{"type":"session"}')
    try:
        while True:
            question = orjson.loads(await websocket.receive_text())["message"]
            await answer(websocket, question)
    except WebSocketDisconnect:
        return


async def answer(websocket: WebSocket, question: str) -> None:
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": question}]}
    async with websocket.app.state.http.post(URL, json=body) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                for choice in orjson.loads(line[6:])["choices"]:
                    if token := choice["delta"].get("content"):
                        frame = orjson.dumps({"type": "token", "token": token})
                        await websocket.send_text(frame.decode())
    await websocket.send_text('{"type":"complete"}')


app = Starlette(
    routes=[WebSocketRoute("/ws/{word}", chat), Route("/health/ready", ready)], lifespan=lifespan
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["API_PORT"]), log_level="warning", access_log=False)
