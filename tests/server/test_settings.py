"""Settings and keys: what is refused, and that no key is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortable.errors import InvalidInputError
from shortable.server import Credentials, Settings, credentials_from

VALUES = {"SHORTABLE_API_KEY": "k1", "SHORTABLE_API_SECRET": "s1", "SHORTABLE_API_TOKEN": "t1"}


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org"]
)
def test_an_address_that_others_can_reach_needs_keys(host: str) -> None:
    with pytest.raises(InvalidInputError, match="loopback"):
        Settings(host=host)
    for credentials in (Credentials("k", "s"), Credentials(token="t")):
        settings = Settings(host=host, credentials=credentials)
        assert (settings.names, settings.requests_a_second) == (None, 50)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.10"])
def test_loopback_needs_none_and_answers_to_its_own_names(host: str) -> None:
    settings = Settings(host=host)
    assert settings.names is not None
    assert "localhost" in settings.names
    assert settings.requests_a_second is None
    assert Settings(host=host, rate=3).requests_a_second == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", -1),
        ("port", 65536),
        ("rate", 0),
        ("rate", float("nan")),
        ("rate", float("inf")),
        ("stop_seconds", -1),
    ],
)
def test_figures_out_of_bounds_are_refused(field: str, value: float) -> None:
    with pytest.raises(InvalidInputError, match=field):
        Settings(**{field: value})


def test_keys_come_from_the_environment() -> None:
    assert credentials_from(environment=VALUES) == Credentials("k1", "s1", "t1")
    assert credentials_from(environment={"SHORTABLE_API_TOKEN": "t1"}) == Credentials(token="t1")
    assert not credentials_from(environment={"SHORTABLE_API_TOKEN": "", "PATH": "x"})


def test_keys_come_from_a_file_and_then_from_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORTABLE_API_TOKEN", "of the environment")
    file = tmp_path / "keys"
    file.write_text('# keys\n\nSHORTABLE_API_KEY = k1\nSHORTABLE_API_SECRET="s1=="\n')
    assert credentials_from(file) == Credentials("k1", "s1==", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "SHORTABLE_API_KEY=onlykey\n",
        "SHORTABLE_API_SECRET=onlysecret\n",
        "hunter2\n",
        "PASSWORD=hunter2\n",
        "SHORTABLE_API_TOKEN=two words\n",
        "SHORTABLE_API_TOKEN=schlüssel\n",
    ],
)
def test_a_file_that_is_no_file_of_keys_is_refused_without_showing_it(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "keys"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as raised:
        credentials_from(file)
    for word in ("onlykey", "onlysecret", "hunter2", "two words", "schlüssel"):
        assert word not in str(raised.value)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="can be read"):
        credentials_from(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="UTF-8"):
        credentials_from(tmp_path / "bytes")
