"""A card and a text as plain HTML, about as a phone shows them: for trying WeCom out where there is none."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any


def text_html(text: str) -> str:
    """A text as a bubble."""
    return f"<div class=text>{escape(text)}</div>"


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
