"""What the process knows of itself: how late its event loop is."""

import asyncio

from app.observability.metrics import LOOP_LAG

EVERY_SECONDS = 0.5


async def watch_loop() -> None:
    """Until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
