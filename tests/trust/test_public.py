"""The public API is what the golden file lists: a name that goes, or a parameter, is a decision and not an accident."""

from __future__ import annotations

import importlib

import pytest

from tests.trust.public import GOLDEN, PACKAGES, text

ANEW = "If that is meant: python -m tests.trust.public"


def golden() -> list[str]:
    return GOLDEN.read_text(encoding="utf-8").splitlines()


def test_nothing_public_went_and_no_signature_changed() -> None:
    now = set(text().splitlines())
    gone = [line for line in golden() if line not in now]
    assert not gone, "\n".join(["Gone from the public API, or changed:", *gone, ANEW])


@pytest.mark.parametrize(
    "package",
    [p for p in PACKAGES if p.count(".") == 0 or hasattr(importlib.import_module(p), "__path__")],
)
def test_completion_offers_public_names_only(package: str) -> None:
    module = importlib.import_module(package)
    assert dir(module) == sorted(module.__all__)


@pytest.mark.slow
def test_everything_public_is_listed() -> None:
    was = set(golden())
    added = [line for line in text().splitlines() if line not in was]
    assert not added, "\n".join(["New in the public API:", *added, ANEW])
