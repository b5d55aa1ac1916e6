"""The page at ``/docs``: the OpenAPI document as a person reads it, made here, without a script or anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from shortable.server.page import hashed

__all__ = ["docs_page", "docs_policy"]

_STYLE = """
:root { color-scheme: light dark; --rule: #8886; --soft: #8882; }
body { margin: 0 auto; max-width: 60rem; padding: 1.25rem 1rem 3rem; font: 16px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; overflow-wrap: anywhere; } h3 b { font: 600 .8rem ui-monospace, monospace; padding: .1rem .4rem; border-radius: .3rem; background: var(--soft); }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .92em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .3rem 0 .6rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--rule); } th { font-weight: 600; }
p { margin: .3rem 0; overflow-wrap: anywhere; } nav { display: flex; flex-wrap: wrap; gap: .3rem .9rem; } a { color: inherit; }
"""


def docs_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document: each operation by its tag, then the shapes of the answers.

    Parameters
    ----------
    document : mapping
        As `fastapi.FastAPI.openapi` returns it.
    """
    info, tags = document["info"], document.get("tags", [])
    parts = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info.get('description', ''))}</p>",
        "<nav>"
        + "".join(f'<a href="#{escape(tag["name"])}">{escape(tag["name"])}</a>' for tag in tags)
        + '<a href="#shapes">answers</a><a href="/openapi.json">OpenAPI document</a><a href="/">look-up page</a></nav>',
    ]
    for tag in tags:
        name = tag["name"]
        parts.append(f'<h2 id="{escape(name)}">{escape(name)}</h2>{_text(tag.get("description"))}')
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if name in operation.get("tags", ()):
                    parts.append(_operation(method, path, operation))
    parts.append('<h2 id="shapes">Answers</h2>')
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        rows = [(field, _type(kind)) for field, kind in schema.get("properties", {}).items()]
        parts.append(
            f'<h3 id="{escape(name)}">{escape(name)}</h3>{_text(schema.get("description"))}'
            + _table(("field", "type"), rows)
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: API documentation</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def docs_policy() -> str:
    """Return the ``Content-Security-Policy`` of the page: its own style and nothing else."""
    return (
        f"default-src 'none'; style-src '{hashed(_STYLE)}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = [
        (
            f"<code>{escape(one['name'])}</code>",
            escape(one["in"]) + (", required" if one.get("required") else ""),
            _type(one.get("schema", {})),
            escape(one.get("description") or one.get("schema", {}).get("description", "")),
        )
        for one in operation.get("parameters", ())
    ]
    answers = [
        (escape(status), escape(answer.get("description", "")), _type(_schema_of(answer)))
        for status, answer in operation.get("responses", {}).items()
    ]
    return (
        f"<h3><b>{escape(method.upper())}</b> <code>{escape(path)}</code></h3>{_text(operation.get('description'))}"
        + (_table(("parameter", "in", "type", "meaning"), parameters) if parameters else "")
        + _table(("answer", "meaning", "body"), answers)
    )


def _schema_of(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    for body in answer.get("content", {}).values():
        schema: Mapping[str, Any] = body.get("schema", {})
        return schema
    return {}


def _type(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words, as HTML: a link to a shape, or a type with its bounds."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = [escape(str(schema.get("type", "anything")))]
    words += [
        f"{text} {escape(str(schema[key]))}"
        for key, text in (("minimum", "from"), ("maximum", "to"), ("default", "default"))
        if key in schema
    ]
    return ", ".join(words)


def _table(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(heads[0])}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(text: str | None) -> str:
    if not text:
        return ""
    return "<p>" + re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)) + "</p>"
