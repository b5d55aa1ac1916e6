"""`shortable examples`: what there is to run."""

from __future__ import annotations

from shortable.examples import EXAMPLES


def test_every_example_is_listed_with_what_it_shows(cli):
    ended = cli("examples")
    assert ended.code == 0
    for example in EXAMPLES.values():
        assert f"{example.name}  " in ended.out
        assert example.title in " ".join(ended.out.split())


def test_json(cli):
    listed = cli("examples", "--json").json
    assert [entry["name"] for entry in listed] == list(EXAMPLES)
    assert all(entry["title"] for entry in listed)
