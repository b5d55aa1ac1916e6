"""Run a server until it is asked to stop, then let the requests under way end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shortable.errors import InvalidInputError, MissingDependencyError
from shortable.server.app import create_app
from shortable.server.connections import Connections, room_for
from shortable.server.settings import Settings

if TYPE_CHECKING:
    import uvicorn

__all__ = ["serve"]


def serve(settings: Settings, on_ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until SIGINT or SIGTERM, then stop gracefully and return.

    No new connections are taken then, and requests under way have ``settings.stop_seconds`` to end.

    Parameters
    ----------
    settings : Settings
    on_ready : callable
        Told the address, such as ``http://127.0.0.1:8000``, once it is listened on.

    Raises
    ------
    MissingDependencyError
        The extra ``server`` is not installed.
    InvalidInputError
        The address cannot be listened on: it is taken, or not this machine's.
    """
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        if error.name != "uvicorn":
            raise
        raise MissingDependencyError("the server", "server") from None
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    most, at_once = room_for(settings.connections)
    connections = Connections(most, settings.header_seconds, settings.answer_seconds)
    app = connections.watching(create_app(settings))
    listener = _listen(settings)
    config = uvicorn.Config(
        app,
        http=connections.bounding(AutoHTTPProtocol),
        backlog=at_once,
        log_level="error",  # it warns of every request that is none, as often as somebody sends one
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,  # the rate limit counts real addresses
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    host, port = listener.getsockname()[:2]
    on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    server = uvicorn.Server(config)
    with listener, _quiet_end(server):
        server.run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise InvalidInputError(
            "host and port", where, "be an address to listen on", str(error.strerror or error)
        ) from None
    return listener


@contextlib.contextmanager
def _quiet_end(server: uvicorn.Server) -> Iterator[None]:
    """Let uvicorn's own handlers stop the server; the signals that it raises again afterwards end nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.should_exit = True  # for one that comes before uvicorn listens to signals

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
