"""How adapters import their hosts: when they are used, and with a word about what to install."""

from __future__ import annotations

import importlib
from typing import Any

from shortable.errors import MissingDependencyError

__all__ = ["host_module"]


def host_module(name: str, extra: str) -> Any:
    """Import a module of a host.

    Parameters
    ----------
    name : str
        Of the module.
    extra : str
        Of shortable that installs it.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise MissingDependencyError(f"the adapter for {package}", extra) from None
