"""The sample answers of documents 001 and 002, read from the documents themselves; they are not in the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
HABITTRADE, FUTU = "001_383322420c67254d.txt", "002_79d46bd5998d6aa2.txt"


def samples(name: str) -> list[dict[str, Any]]:
    """Return every JSON object of a document, in its order."""
    path = SEEDS / name
    if not path.is_file():
        pytest.skip(f"the brokers' documents are not shipped and not found at {SEEDS}")
    text, found, decoder = path.read_text(encoding="utf-8"), [], json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
            found.append(value)
        except ValueError:
            at += 1
        at = text.find("{", at)
    return found
