"""create_app(): routers, middleware, lifespan. Nothing else."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.first_start import prepare_first_start
from app.services import open_services
from app.settings import Settings
from app.version import VERSION
from app.web import (
    admin_pages,
    analytics,
    api_keys,
    appointments,
    auth,
    chat_rest,
    chat_socket,
    desk,
    desk_socket,
    detection,
    handoffs,
    knowledge,
    operations,
    outbox,
    pages,
    rights,
    webhooks,
)
from app.web.api_docs import add_api_docs
from app.web.error_handlers import add_error_handlers
from app.web.middleware import Identified, Measured, SecurityHeaders
from app.web.sockets import CHECK_SECONDS, Sockets
from app.workers import repeat, running_workers

LARGEST_BODY = 128 * 1024
ROUTERS = (
    pages, chat_socket, chat_rest, auth, knowledge, appointments, outbox, rights, api_keys,
    operations, handoffs, desk, desk_socket, webhooks, analytics, admin_pages,
)  # fmt: skip


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings) as services, running_workers(services):
            app.state.services = services
            await prepare_first_start(services)
            gc.collect()
            gc.freeze()  # what is loaded stays; collections need not walk it again and again
            gc.set_threshold(20_000, 20, 20)
            sys.setswitchinterval(0.001)  # a busy thread lets the event loop go on sooner
            watch = asyncio.create_task(
                repeat(lambda: app.state.sockets.end_signed_out(services), CHECK_SECONDS)
            )
            yield
            watch.cancel()

    app = FastAPI(
        title="GenAI Auto", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None,
        max_body_size=LARGEST_BODY,
    )  # fmt: skip
    app.state.sockets = Sockets()
    for module in ROUTERS:
        app.include_router(module.router)
    largest_document = (settings.max_upload_mb + 1) * 1024 * 1024
    app.include_router(knowledge.uploads, max_body_size=largest_document)
    app.include_router(detection.router, max_body_size=detection.LARGEST_BATCH)
    add_api_docs(app)
    add_error_handlers(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured)
    app.add_middleware(Identified)
    return app
