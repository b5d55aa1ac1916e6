"""Hosts as data: `hosts.toml` beside this file, and a file of the user's own over it."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shortable.errors import InvalidInputError

__all__ = ["ENVIRONMENT", "Host", "check_url", "read_hosts"]

ENVIRONMENT = "SHORTABLE_HOSTS"
"""Environment variable that names the user's own file."""

_SCHEMES = ("ftp", "http", "https")


@dataclass(frozen=True, slots=True)
class Host:
    """A server that publishes a source."""

    name: str
    """What collectors call it."""
    base: str
    """Address of its root: ``ftp://user@host/``, ``https://host/``."""
    delay: float = 1.0
    """Seconds to leave between two requests."""


def read_hosts(file: str | Path | None = None) -> Mapping[str, Host]:
    """Return the hosts by name: those that come with shortable, and over them those of the user's file.

    Parameters
    ----------
    file : path, optional
        TOML, a table for each host with ``base`` or ``delay`` or both. Default: what ``SHORTABLE_HOSTS`` names.

    Raises
    ------
    InvalidInputError
        The file cannot be read, names a host that no collector uses, or states something that is no address or delay.

    Examples
    --------
    >>> read_hosts()["interactive_brokers"].base
    'ftp://shortstock@ftp2.interactivebrokers.com/'
    """
    hosts = {
        name: Host(name, table["base"], float(table["delay"]))
        for name, table in _read(Path(__file__).with_name("hosts.toml")).items()
    }
    named = file if file is not None else os.environ.get(ENVIRONMENT) or None
    if named is None:
        return hosts
    for name, table in _read(Path(named).expanduser()).items():
        if name not in hosts:
            raise InvalidInputError(
                f"[{name}] in {named}", table, f"be one of {', '.join(sorted(hosts))}"
            )
        hosts[name] = _changed(hosts[name], table, str(named))
    return hosts


def check_url(url: str, parameter: str) -> str:
    """Return an address of a protocol that can be collected from.

    Raises
    ------
    InvalidInputError
        It is none: another protocol, or no host.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise InvalidInputError(parameter, url, f"begin with {', '.join(_SCHEMES)} and name a host")
    return url


def _read(path: Path) -> dict[str, Any]:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError("hosts", str(path), f"be a TOML file ({error})") from None
    for name, table in read.items():
        if not isinstance(table, dict):
            raise InvalidInputError(
                f"{name} in {path}", table, 'be a table such as [finra] with base = "https://…/"'
            )
    return read


def _changed(host: Host, table: Mapping[str, object], file: str) -> Host:
    unknown = sorted(set(table) - {"base", "delay"})
    if unknown:
        raise InvalidInputError(f"[{host.name}] in {file}", unknown, "have keys out of base, delay")
    if "base" in table:
        base = table["base"]
        if not isinstance(base, str):
            raise InvalidInputError(f"base of [{host.name}] in {file}", base, "be an address")
        host = replace(host, base=check_url(base, f"base of [{host.name}] in {file}"))
    if "delay" in table:
        delay = table["delay"]
        if (
            isinstance(delay, bool)
            or not isinstance(delay, (int, float))
            or not 0 <= delay < math.inf
        ):
            raise InvalidInputError(
                f"delay of [{host.name}] in {file}", delay, "be a number of seconds, at least 0"
            )
        host = replace(host, delay=float(delay))
    return host
