"""How a socket begins: where it comes from, how many there are, and whose it is."""

from collections.abc import Callable
from contextlib import suppress

from fastapi import WebSocket

from app.accounts.identity import Identity
from app.errors import AppError
from app.web.identity import address_of, check_origin, identify, services_of
from app.web.socket_errors import close_code
from app.web.sockets import OpenSocket, Sockets


async def opened(websocket: WebSocket, check: Callable[[Identity], object]) -> OpenSocket | None:
    """None where it was refused; the client was told why by the close code. `check` raises for an
    identity that may not open this socket."""
    services = services_of(websocket)
    sockets: Sockets = websocket.app.state.sockets
    await websocket.accept()
    try:
        check_origin(websocket, services)
        await services.limits.check("address", address_of(websocket))
        identity = await identify(websocket, services)
        check(identity)
        socket = OpenSocket(websocket, identity, address_of(websocket))
        sockets.add(socket)
    except AppError as refused:
        with suppress(RuntimeError):
            await websocket.close(close_code(refused), refused.detail[:100])
        return None
    return socket
