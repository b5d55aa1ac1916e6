"""The page at ``/``: one file without anything from elsewhere, and a policy that keeps it so."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

__all__ = ["hashed", "page", "policy"]


@cache
def page() -> str:
    """Return the page's HTML."""
    return files("shortable.server").joinpath("page.html").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """Return the ``Content-Security-Policy`` of the page: its own script and style, this server's data, nothing else."""
    script, style = (
        re.search(rf"<{tag}>(.*?)</{tag}>", page(), re.DOTALL) for tag in ("script", "style")
    )
    assert script is not None
    assert style is not None
    return (
        f"default-src 'none'; script-src '{hashed(script[1])}'; style-src '{hashed(style[1])}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def hashed(text: str) -> str:
    """Return the source expression by which a policy allows one script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
