"""What somebody sees of a screen in WeCom, who presses 更多 and reads everything; and what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.actions import WIRE_LIMIT, is_final, wire
from bot.channels.cutting import octets
from bot.channels.wecom.cards import PAGES, page_of, shown
from bot.channels.wecom.limits import APP, BOT, Dialect, broken
from bot.channels.wecom.markdown import Markdown, read
from bot.channels.wecom.tables import rows_in
from bot.channels.wecom.words import spoken
from bot.message import Button, Cells, Message, plain
from bot.pressing import SEEN, close, columns, heard, marks

TURNS = 2  # presses of 更多 that anything is away at most


def cards_of(message: Message, dialect: Dialect) -> list[dict[str, Any]]:
    """The pages of a screen, as 更多 turns them."""
    first = shown(message, dialect).card
    cards = [first] if first is not None else []
    while cards and (to := page_of(cards[-1]["button_list"][-1]["key"])) not in (None, 1):
        found = shown(message, dialect, page=to)
        assert not found.texts, "they were sent with the first page"
        assert found.card is not None
        cards.append(found.card)
    return cards


def faces(card: dict[str, Any]) -> list[str]:
    """What stands on the buttons of a card."""
    return [button["text"] for button in card["button_list"]]


def wrong_in(message: Message) -> list[str]:
    """What is wrong with a screen in either dialect, or in words."""
    found = wrong_in_words(message)
    for dialect in (BOT, APP):
        texts = shown(message, dialect, in_words=False).texts
        cards = cards_of(message, dialect)
        found += [f"{dialect.name}: {what}" for what in _wrong_cards(cards, dialect)]
        found += [f"{dialect.name}: {what}" for what in _lost(message, texts, cards)]
        found += [
            f"{dialect.name}: a text of {octets(t)} bytes" for t in texts if not 0 < octets(t) <= dialect.text
        ]
    return found


def wrong_in_words(message: Message) -> list[str]:
    """What is wrong with the screen as text alone."""
    texts = shown(message, APP, in_words=True).texts
    found = [f"words: a text of {octets(text)} bytes" for text in texts if not 0 < octets(text) <= APP.text]
    if "".join(texts) != spoken(message):
        found.append("words: something is lost between two texts")
    said = close("".join(texts))
    found += [f"words: without {line}" for line in plain(message).splitlines() if close(line) not in said]
    return found + [f"words: {what}" for what in _unpressed(message, message.buttons, said)]


def reply_for(button: Button, marked: Mapping[str, Button]) -> str:
    """What is typed for a button in words: its mark, where it has one that presses, or else what it is called."""
    mark = next((mark for mark, one in marked.items() if one == button), "")
    return mark if mark and not is_final(button.action) else button.name or button.label


def _wrong_cards(cards: Sequence[dict[str, Any]], dialect: Dialect) -> list[str]:
    found = [what for card in cards for what in broken({**card, "task_id": "a"}, dialect)]
    if len(cards) > TURNS + 1:
        found.append(f"{len(cards)} pages")
    for number, card in enumerate(cards, start=1):
        *_, last = card["button_list"]
        if len(cards) > 1 and page_of(last["key"]) != number % len(cards) + 1:
            found.append("更多 leads to another page")
        found += [f"{face} is cut" for face in faces(card) if columns(face) > SEEN]
        found += [
            f"{button['key']} is too long"
            for button in card["button_list"]
            if octets(button["key"]) > WIRE_LIMIT
        ]
        if len(set(faces(card))) < len(faces(card)):
            found.append(f"two buttons look the same: {faces(card)}")
    return found


def _lost(message: Message, texts: Sequence[str], cards: Sequence[dict[str, Any]]) -> list[str]:
    """Words of a screen, and buttons, that are on no card and in no text."""
    rows = [row for card in cards for row in card.get("horizontal_content_list", ())]
    running = "".join(
        part
        for card in cards
        for part in (
            card.get("sub_title_text", ""),
            *(row["value"] for row in card.get("horizontal_content_list", ()) if row["keyname"] == "…"),
        )
    )
    title = cards[0]["main_title"] if cards else {}
    plainly = [read(text) if isinstance(text, Markdown) else text for text in texts]
    said = close("\n".join([*plainly, title.get("title", ""), title.get("desc", ""), running]))
    pairs = {(row["keyname"], row["value"]) for row in rows}
    found = []
    drawn = [row for text in texts if isinstance(text, Markdown) for row in rows_in(text)]
    for line in (message.title, *message.lines):
        whole = line if isinstance(line, str) else f"{line[0]}：{line[1]}"
        if isinstance(line, tuple) and isinstance(line[1], Cells) and line[1].cells in drawn:
            continue
        if close(whole) not in said and (isinstance(line, str) or (line[0], line[1]) not in pairs):
            found.append(f"without {whole}")
    pressed = {
        button["key"]: (number, button["text"])
        for number, card in enumerate(cards)
        for button in card["button_list"]
    }
    typed = []
    for button in message.buttons if cards else ():
        number, face = pressed.get(wire(button.action), (PAGES, ""))
        near = cards[number].get("horizontal_content_list", ()) if face else ()
        if not face or (
            close(face) != close(button.label) and not any(button.label == row["value"] for row in near)
        ):
            typed.append(button)
    return found + _unpressed(message, typed, said)


def _unpressed(message: Message, buttons: Sequence[Button], said: str) -> list[str]:
    """Those of these buttons whose words do not stand in the text, or do not press them when they are typed."""
    found, marked = [], marks(message)
    for button in buttons:
        word = reply_for(button, marked)
        if close(button.name or button.label) not in said or close(word) not in said:
            found.append(f"without {button.label}")
        if heard(word, message, marked=True) != button.action:
            found.append(f"{word} does not press {button.label}")
    return found
