"""A card, a text with its tables and a file as plain HTML, about as a phone shows them."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from bot.channels.wecom.markdown import read
from bot.channels.wecom.tables import is_row, rows_in
from bot.channels.wecom.tenant.chats import Shown


def message_html(shown: Shown, number: int, place: str) -> str:
    """A message of a chat; `number` is its place there, `place` where its file lies."""
    if shown.versions:
        drawn = card_html(shown.card)
    elif shown.kind == "image":
        drawn = f"<a href='{place}'><img src='{place}' alt='{escape(shown.file_name)}'></a>"
    elif shown.file_name:
        name = escape(shown.file_name)
        drawn = f"<a class=file href='{place}' download>{name}<small>{_size(shown.data)}</small></a>"
    else:
        drawn = markdown_html(shown.text) if shown.kind == "markdown" else text_html(shown.text)
    quote = "<button class=quote type=button>引用</button>" if shown.by_bot else ""
    return f"<li data-number={number} class={'bot' if shown.by_bot else 'own'}>{drawn}{quote}</li>"


def text_html(text: str) -> str:
    """A text as a bubble."""
    return f"<div class=text>{escape(text)}</div>"


def markdown_html(markdown: str) -> str:
    """A text of the bot as a bubble, its tables drawn."""
    parts = []
    for table, lines in groupby(markdown.split("\n"), is_row):
        text = "\n".join(lines)
        parts.append(_table(rows_in(text)) if table else escape(read(text).strip("\n")))
    return f"<div class=text>{''.join(parts)}</div>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *others = rows
    body = "".join(_row(row, "td") for row in others)
    return f"<table><thead>{_row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def card_html(card: Mapping[str, Any]) -> str:
    """A card of the kind button_interaction; its buttons carry their keys as values."""
    return f"<div class=card>{''.join(_parts(card))}</div>"


def _parts(card: Mapping[str, Any]) -> Iterator[str]:
    title = card["main_title"]
    yield f"<h2>{escape(title['title'])}</h2>"
    if "desc" in title:
        yield f"<p class=desc>{escape(title['desc'])}</p>"
    if "sub_title_text" in card:
        yield f"<p class=sub>{escape(card['sub_title_text'])}</p>"
    rows = card.get("horizontal_content_list", ())
    if rows:
        pairs = (f"<dt>{escape(row['keyname'])}</dt><dd>{escape(row['value'])}</dd>" for row in rows)
        yield f"<dl>{''.join(pairs)}</dl>"
    buttons = (
        f"<button class=style{one['style']} name=key value='{escape(one['key'])}'>{escape(one['text'])}</button>"
        for one in card["button_list"]
    )
    yield f"<div class=buttons>{''.join(buttons)}</div>"


def _size(data: bytes) -> str:
    return f"{max(1, round(len(data) / 1024))} KB"
