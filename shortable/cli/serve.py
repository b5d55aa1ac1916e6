"""``shortable serve``: availability, short interest and a backtest's positions over HTTP, and a page to look at them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shortable.cli.options import DataPath, MaxAge, max_age_of
from shortable.cli.terminal import say, warn
from shortable.errors import InvalidInputError
from shortable.store import data_folder

__all__ = ["serve"]


def serve(
    result: Annotated[
        Path | None,
        typer.Option(
            "--result",
            metavar="FOLDER",
            help="A backtest's folder, finished or running, whose positions are served.",
            show_default=False,
        ),
    ] = None,
    data: DataPath = None,
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="Address to listen on; others need keys."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")
    ] = 8000,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            help="Lines SHORTABLE_API_KEY=…, SHORTABLE_API_SECRET=…, SHORTABLE_API_TOKEN=…. Default: the environment.",
            show_default=False,
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="ID",
            help="Account id of Futu's path. Default: any.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="N",
            help="Requests a second from one address. Default: no limit on loopback, else 50.",
            show_default=False,
        ),
    ] = None,
    max_age: MaxAge = "7",
) -> None:
    """Serve availability, short interest and positions over HTTP until interrupted, with a page at /."""
    from shortable.server import Settings, credentials_from
    from shortable.server import serve as run_server
    from shortable.server.settings import is_loopback

    if result is not None and result.exists() and not result.is_dir():
        raise InvalidInputError("--result", str(result), "be the folder of a backtest")
    credentials = credentials_from(keys)
    settings = Settings(
        data_folder=data,
        result_folder=result,
        account=account,
        host=host,
        port=port,
        credentials=credentials,
        rate=rate,
        max_age=max_age_of(max_age),
    )
    if keys is not None and keys.stat().st_mode & 0o007:
        warn(f"{keys} can be read by everybody on this machine: chmod 600 {keys}")
    if data_folder(data).made_up:
        warn("no data folder: made-up sample data are served; import a file, or pass --data FOLDER")
    if not is_loopback(host):
        warn(
            "other machines can ask, and nothing is encrypted on the way: put a proxy with TLS in front"
        )
    if not credentials:
        warn("no keys: everybody on this machine may ask, and signatures are not looked at")

    def ready(url: str) -> None:
        say(f"shortable serves {url} (Ctrl+C stops it)")
        sys.stdout.flush()  # whoever started it in a pipe waits for the address

    run_server(settings, ready)
