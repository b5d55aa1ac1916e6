"""One self-contained page: cards, plots, tables that sort and can be searched; in light, in dark and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from shortable.errors import MissingDependencyError

__all__ = [
    "MOST_ROWS",
    "Section",
    "cards",
    "definitions",
    "figure",
    "note",
    "page",
    "plot",
    "table",
    "warning",
]

MOST_ROWS = 500
"""Rows of a table in a page unless it says otherwise, so that the page stays small enough to be sent."""
_CONTENTS_FROM = 5
"""Sections from which on a page begins with a list of them."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#ffffff;--card:#f6f8fa;--link:#0550ae;--bad:#a40e26;--good:#116329}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--paper:#0d1117;--card:#161b22;--link:#79b8ff;--bad:#ff8e8a;--good:#6fdd8b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:52rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .5rem}
a{color:var(--link)}.soft{color:var(--soft)}.bad{color:var(--bad)}.good{color:var(--good)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem;z-index:1}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11.5rem,100%),1fr));gap:.75rem;padding:0;list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
.cards b{display:block;font-size:1.15rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.cards small{font-weight:400}.cards span{color:var(--soft);font-size:.9rem}
figure{margin:1rem 0}figure svg{width:100%;height:auto;display:block}figure svg *{stroke-linejoin:round;stroke-linecap:butt}figcaption{color:var(--soft);font-size:.9rem}
.scroll{overflow:auto;max-height:36rem;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}caption{text-align:left;padding:.5rem .75rem;color:var(--soft)}
th,td{padding:.35rem .75rem;border-top:1px solid var(--line);text-align:left;white-space:nowrap}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
thead th{position:sticky;top:0;background:var(--paper)}th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible,input:focus-visible,.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th[aria-sort=ascending] button::after{content:" ▲"}th[aria-sort=descending] button::after{content:" ▼"}
label.find{display:inline-block;margin:.5rem 0}input{font:inherit;padding:.25rem .5rem;border:1px solid var(--soft);border-radius:.35rem;background:var(--paper);color:var(--ink)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0}
.warn{border:2px solid var(--bad);border-radius:.5rem;padding:.5rem .75rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.5rem 0;list-style:none}h3{font-size:1rem;margin:1.5rem 0 .25rem}
dd,figcaption{overflow-wrap:anywhere}
@media (max-width:40rem){dl{grid-template-columns:1fr}dd{margin:0 0 .5rem}table{font-size:.82rem}th,td{padding:.3rem .4rem}.cards{grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.5rem}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#333;--line:#999;--paper:#fff;--card:#fff;--bad:#000;--good:#000}label.find,.skip,nav,[role=status]{display:none}.scroll{overflow:visible;max-height:none;border:0}thead th{position:static}table{font-size:.72rem}th,td{padding:.2rem .35rem}th{white-space:normal}
h2,figure{break-after:avoid;break-inside:avoid}tr{break-inside:avoid}thead{display:table-header-group}}
"""

_SCRIPT = """
for(const t of document.querySelectorAll('table[data-sorts]')){
 const body=t.tBodies[0],rows=[...body.rows];
 t.querySelectorAll('th button').forEach((b,i)=>b.addEventListener('click',()=>{
  const th=b.parentNode,up=th.getAttribute('aria-sort')!=='ascending';
  t.querySelectorAll('th').forEach(h=>h.removeAttribute('aria-sort'));th.setAttribute('aria-sort',up?'ascending':'descending');
  const number=th.classList.contains('n'),key=r=>{const v=r.cells[i].textContent;if(!number)return v;const n=parseFloat(v.replace(/,/g,''));return isNaN(n)?-Infinity:n};
  rows.sort((x,y)=>{const a=key(x),c=key(y),d=(a>c)-(a<c);return up?d:-d});
  body.append(...rows)}));
 const find=document.getElementById(t.dataset.sorts);
 if(find){const count=document.getElementById(t.dataset.sorts+'-n');find.addEventListener('input',()=>{const w=find.value.toLowerCase();let n=0;
  for(const r of rows){const on=r.textContent.toLowerCase().includes(w);r.hidden=!on;n+=on}
  count.textContent=n+' of '+rows.length+' rows'})}
}
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page."""

    title: str
    """Its heading."""
    body: str
    """Its HTML."""


def page(title: str, lead: str, sections: Iterable[Section], foot: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title, lead, foot : str
        Text; `lead` is below the title, `foot` at the end.
    sections : iterable of Section

    Examples
    --------
    >>> page("Audit", "Nothing.", [], "Made by hand.").startswith("<!doctype html>")
    True
    """
    sections = list(sections)
    links = "".join(
        f'<li><a href="#s{at}">{escape(s.title)}</a></li>' for at, s in enumerate(sections, 1)
    )
    contents = (
        f'<nav aria-label="Contents"><ul>{links}</ul></nav>'
        if len(sections) >= _CONTENTS_FROM
        else ""
    )
    parts = [
        f'<section aria-labelledby="s{at}"><h2 id="s{at}">{escape(s.title)}</h2>{s.body}</section>'
        for at, s in enumerate(sections, 1)
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to the content</a>'
        f"<header><h1>{escape(title)}</h1><p>{escape(lead)}</p>{contents}</header>"
        f'<main id="main">{"".join(parts)}</main><footer class="soft"><p>{escape(foot)}</p></footer>'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def cards(values: Mapping[str, tuple[str, str]]) -> str:
    """Return figures as cards: label → (value, a space and its unit; "bad" for a loss or a fault, else "")."""
    items = "".join(
        f'<li><span>{escape(label)}</span><b class="{escape(mood)}">{escape(value.partition(" ")[0])} <small>{escape(value.partition(" ")[2])}</small></b></li>'
        for label, (value, mood) in values.items()
    )
    return f'<ul class="cards">{items}</ul>'


def definitions(values: Mapping[str, str]) -> str:
    """Return labelled texts."""
    return (
        "<dl>"
        + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in values.items())
        + "</dl>"
    )


def note(text: str) -> str:
    """Return a paragraph in grey."""
    return f'<p class="soft">{escape(text)}</p>'


def warning(text: str) -> str:
    """Return a paragraph in a frame."""
    return f'<p class="warn"><strong>{escape(text)}</strong></p>'


def figure(svg: str, caption: str, name: str = "figure") -> str:
    """Return a drawing with its caption, which is also what a screen reader says of it.

    Parameters
    ----------
    svg : str
        As matplotlib writes it. Metadata, namespaces and styles are left out: a page names no other address.
    caption : str
    name : str
        Unique on the page; every id in the drawing begins with it.
    """
    inner = re.sub(r"^.*?<svg", "<svg", svg, count=1, flags=re.DOTALL)
    for left_out in (
        r"<metadata>.*?</metadata>",
        r"<style.*?</style>",
        r' xmlns(:\w+)?="[^"]*"',
        r"<!--.*?-->",
    ):
        inner = re.sub(left_out, "", inner, flags=re.DOTALL)
    inner = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", inner)
    # A tenth of a point is less than a pixel.
    inner = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(r"(\.\d)\d+", r"\1", path[0]), inner)
    inner = re.sub(r"\s*\n\s*", "\n", inner)
    inner = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", inner)
    inner = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 system-ui, sans-serif", inner)
    labelled = inner.replace(
        "<svg", f'<svg role="img" aria-label="{escape(caption, quote=True)}"', 1
    )
    return f"<figure>{labelled}<figcaption>{escape(caption)}</figcaption></figure>"


def plot(name: str, caption: str, function: str, *arguments: object) -> str:
    """Return a plot with its caption; without matplotlib the caption, and why there is no drawing.

    Parameters
    ----------
    name : str
        Unique on the page.
    caption : str
    function : str
        Name of a function of `shortable.plots`.
    *arguments
        What it draws.
    """
    from shortable import plots
    from shortable.plots.style import svg

    try:
        return figure(svg(getattr(plots, function)(*arguments)), caption, name)
    except MissingDependencyError:
        return note(f"{caption} matplotlib is not installed (extra plot), so there is no drawing.")


def table(
    name: str,
    caption: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[str]],
    *,
    most: int | None = None,
    whole: str = "",
) -> str:
    """Return a table whose columns sort and whose rows can be searched.

    Parameters
    ----------
    name : str
        Its id.
    caption : str
    columns : mapping of heading to "text" or "number"
    rows : sequence of sequences of str
        Cells; a number is written with commas and may have a unit behind it.
    most : int
        Rows to show at most; default `MOST_ROWS`.
    whole : str
        Where all rows are, in words, for the note below a table that shows only the first.
    """
    shown = rows[: MOST_ROWS if most is None else most]
    kinds = [" class=n" if kind == "number" else "" for kind in columns.values()]
    heads = "".join(
        f'<th scope="col"{" class=n" if kind == "number" else ""}><button type="button">{escape(head)}</button></th>'
        for head, kind in columns.items()
    )
    lines = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in shown
    )
    search = (
        f'<label class="find">Search: <input type="search" id="{name}"></label> <span class="soft" id="{name}-n" role="status">{len(shown)} rows</span>'
        if len(shown) > 5
        else ""
    )
    return (
        f'{search}<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}">'
        f'<table data-sorts="{name}"><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
        + (
            note(f"The first {len(shown):,} of {len(rows):,}{f'; {whole}' if whole else ''}.")
            if len(rows) > len(shown)
            else ""
        )
    )
