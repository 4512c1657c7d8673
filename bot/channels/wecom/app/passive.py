"""What an app may say in the answer to a callback: a text, or what the card that was pressed looks like now.

A card is the JSON that `message/send` takes, written as XML: names in CamelCase, lists as repeated elements.
https://developer.work.weixin.qq.com/document/path/90241
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML cannot hold
WORDS = {"keyname": "KeyName", "checkbox": "CheckBox", "userid": "UserId"}  # names whose words nothing parts
NAMED = "task_id"  # an update keeps the name of its card

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said: its MsgType, and what holds it, as the server API takes it. Never log it."""

    kind: str
    content: Json = field(repr=False)


def text(content: str) -> Answer:
    """A text of up to 2,048 bytes; not to `template_card_event`, which takes the other two only."""
    return Answer("text", {"content": content})


def button(name: str) -> Answer:
    """All buttons of the card that was pressed become this one, which cannot be pressed."""
    return Answer("update_button", {"button": {"replace_name": name}})


def card(card: Json) -> Answer:
    """The card that was pressed becomes this one, for whoever pressed it."""
    return Answer("update_template_card", {"template_card": card})


def written(answer: Answer, *, to: str, sender: str, at: int) -> bytes:
    """The whole message, to be encrypted; `at` is in seconds since 1970."""
    about = {"to_user_name": to, "from_user_name": sender, "create_time": at, "msg_type": answer.kind}
    return f"<xml>{''.join(_elements({**about, **answer.content}))}</xml>".encode()


def _elements(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        if name == NAMED:
            continue
        tag = WORDS.get(name) or "".join(word.capitalize() for word in name.split("_"))
        yield from (_element(tag, one) for one in (value if isinstance(value, list | tuple) else (value,)))


def _element(tag: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_elements(value))
    elif isinstance(value, str):
        inside = "<![CDATA[" + NO_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>") + "]]>"
    else:
        inside = str(value).lower()
    return f"<{tag}>{inside}</{tag}>"
