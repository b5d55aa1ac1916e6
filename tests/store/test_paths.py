"""Which folder is read, and that a broker's name never leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shortable import Market
from shortable.errors import InvalidInputError, StoreError, SymbolError, UnknownBrokerError
from shortable.store import (
    append,
    brokers,
    check_broker,
    coverage,
    data_folder,
    open_store,
    paths,
    sample_folder,
    writable_folder,
)

NO_NAMES = [
    "../../etc",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "Axos",
    "axos\n",
    "axos.parquet",
    "ä",
    "a b",
    "x" * 65,
    None,
    5,
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_no_name_is_refused_at_every_door(name: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for door in (
        lambda: check_broker(name),
        lambda: open_store(name, data_folder=folder),
        lambda: append(name, [], data_folder=folder),
        lambda: coverage(name, data_folder=folder),
    ):
        with pytest.raises(InvalidInputError, match="broker="):
            door()
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@pytest.mark.parametrize("market", ["../../etc", "mars", None])
def test_a_market_that_is_none_is_refused_at_every_door(market: Any, tmp_path: Path) -> None:
    for door in (open_store, coverage, lambda name, **more: append(name, [], **more)):
        with pytest.raises(SymbolError, match="market="):
            door("axos", market=market, data_folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_broker_hears_which_there_are_and_where(tmp_path: Path, make: Any) -> None:
    append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    append("axos", [make("2024-01-02", RY=1)], data_folder=tmp_path, market=Market.CANADA)
    append("interactivebrokers", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    with pytest.raises(UnknownBrokerError) as caught:
        open_store("fidelity", data_folder=tmp_path)
    assert "'fidelity' in market 'usa'" in str(caught.value)
    assert "axos (usa, canada); interactivebrokers (usa)" in str(caught.value)
    with pytest.raises(UnknownBrokerError, match="market 'hkex'"):
        open_store("axos", market=Market.HKEX, data_folder=tmp_path)
    with pytest.raises(UnknownBrokerError, match="none of any broker"):
        open_store("axos", data_folder=tmp_path / "nowhere")
    assert brokers(tmp_path) == ["axos", "interactivebrokers"]
    assert brokers(tmp_path, Market.CANADA) == ["axos"]


def test_a_folder_that_was_named_never_falls_back(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    append("axos", [make("2024-01-02", SPY=1)])
    assert (tmp_path / "data/equity/usa/shortable/axos.parquet").is_file()
    with pytest.raises(UnknownBrokerError):
        open_store("axos", data_folder=tmp_path / "empty")
    monkeypatch.setenv("SHORTABLE_DATA", str(tmp_path / "empty"))
    assert data_folder().path == tmp_path / "empty"
    with pytest.raises(UnknownBrokerError):
        open_store("axos")
    assert (
        open_store("axos", data_folder=tmp_path / "data").as_of.size == 1
    )  # the argument comes first


def test_without_a_name_the_folder_here_is_read_if_it_holds_a_store_else_the_sample(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site"
    sample = package / "_data"
    append("axos", [make("2024-01-02", made_up=True, SPY=1)], data_folder=sample)
    monkeypatch.setattr(paths, "__file__", str(package / "store" / "paths.py"))
    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("SHORTABLE_DATA", "")  # set to nothing is not set
    assert (data_folder().path, data_folder().made_up) == (sample, True)
    store = open_store("axos")
    assert store.made_up_fallback
    assert store.made_up.all()
    append("axos", [make("2024-01-02", SPY=2)])
    assert (data_folder().path, data_folder().made_up) == (Path("data"), False)
    assert not open_store("axos").made_up_fallback
    assert not data_folder(sample).made_up  # somebody asked for it by name


def test_the_sample_is_the_sample_where_it_is_the_folder_here_too(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    append("axos", [make("2024-01-02", made_up=True, SPY=1)], data_folder=tmp_path / "data")
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "shortable" / "store" / "paths.py"))
    monkeypatch.chdir(tmp_path)
    assert data_folder() == paths.DataFolder(Path("data"), made_up=True)


def test_without_a_sample_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "site" / "store" / "paths.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="SHORTABLE_DATA"):
        open_store("axos")
    with pytest.raises(StoreError, match="SHORTABLE_DATA"):
        sample_folder()


def test_what_is_written_goes_where_it_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert writable_folder() == Path("data")
    assert (tmp_path / "data").is_dir()
    monkeypatch.setenv("SHORTABLE_DATA", str(tmp_path / "by-environment"))
    assert writable_folder() == tmp_path / "by-environment"
    assert writable_folder(str(tmp_path / "given")) == tmp_path / "given"


@pytest.mark.parametrize("given", ["", 5, b""])
def test_a_folder_that_is_no_path_is_refused(given: Any) -> None:
    for door in (data_folder, writable_folder):
        with pytest.raises(InvalidInputError, match="data_folder="):
            door(given)


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "usa.txt").write_text("#BOF")
    for door in (data_folder, writable_folder):
        with pytest.raises(InvalidInputError, match="not a file"):
            door(tmp_path / "usa.txt")


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the data folder"):
        writable_folder(tmp_path / "file" / "data")
