"""What a message is called. Who quotes one sends back its words, so the words are its name.

A card has a task_id as well, which no two may share: the name with something behind it.
"""

import hashlib
import secrets
from typing import Any

ENOUGH = 60  # characters, without spaces and marks of markdown, that tell a message from others
_KEPT = frozenset("\\*_`#>~| \n\t\r")


def name_of(words: str) -> str:
    """What a message with these words is called, however they are laid out; 16 letters."""
    bare = "".join(letter for letter in words if letter not in _KEPT and not letter.isspace())
    return hashlib.sha256(bare[:ENOUGH].encode()).hexdigest()[:16]


def words_of(card: dict[str, Any]) -> str:
    """What can be read on a card."""
    title = card.get("main_title", {})
    rows = [f"{row['keyname']}：{row.get('value', '')}" for row in card.get("horizontal_content_list", ())]
    return "\n".join(
        part for part in (title.get("title"), title.get("desc"), card.get("sub_title_text"), *rows) if part
    )


def new_task(name: str) -> str:
    """A task_id for a new card of this name, https://developer.work.weixin.qq.com/document/path/101032"""
    return f"{name}-{secrets.token_hex(8)}"


def named_by(task_id: str) -> str:
    """The name of the card that has this task_id."""
    return task_id.partition("-")[0]
