"""What Tencent refuses, and with which code. Strict where the documents or the field leave a doubt.

https://developer.work.weixin.qq.com/document/path/101463 (frames, times, rates), 101032 (cards); codes that no page
lists are from Tencent's own client and its issues.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from bot.channels.wecom.frames import RESPOND, UPDATE, WELCOME
from bot.channels.wecom.tenant.chats import Chat, Json, Told

SYSTEM, BUSY = -1, 6000
BAD_CREDENTIALS, NOT_SUBSCRIBED, BAD_REQ_ID, STREAM_OVER = 853000, 846609, 846605, 846608
MEDIA, MSGTYPE, PARAMETER, NO_TITLE = 40007, 40008, 40035, 41016
TASK_ID, URL_BUTTON, TOO_LONG, LIMITED, UNKNOWN_CHAT = 42014, 42039, 45002, 45009, 93006

A_MINUTE, AN_HOUR = 30, 1000  # frames to a chat; uploads of a bot
WINDOW, STREAM, ANSWERS = 5.0, 360.0, 86_400.0  # seconds after the event, its first stream frame, the message
TEXT = 20_480  # bytes of a markdown or stream
TASK = re.compile(r"[0-9A-Za-z_\-@]{1,128}", re.ASCII)
CARDS = ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction")
MEDIA_KINDS = ("image", "file", "voice", "video")
KINDS = {RESPOND: ("stream", "markdown", "template_card", *MEDIA_KINDS), WELCOME: ("text", "template_card")}
SENT = ("markdown", "template_card", *MEDIA_KINDS)
FITS = {
    RESPOND: "message",
    WELCOME: "enter_chat",
    UPDATE: "template_card_event",
}  # which event each may answer

CheckCard = Callable[[Json], Sequence[str]]


class Refusal(Exception):  # noqa: N818  it is an answer, nothing is wrong here
    """What is answered instead of ok."""

    def __init__(self, errcode: int, why: str) -> None:
        super().__init__(why)
        self.errcode, self.why = errcode, why


def check_reply(told: Told | None, cmd: str, body: Json, now: float) -> Told:
    """The event that a frame may answer; each kind takes one command, for its time."""
    if told is None or FITS[cmd] != told.kind:
        raise Refusal(BAD_REQ_ID, "invalid req_id")
    age = now - told.at
    if age > (ANSWERS if cmd == RESPOND else WINDOW) or (cmd == WELCOME and told.answered):
        raise Refusal(BAD_REQ_ID, "invalid req_id: its time is over")
    if cmd == UPDATE:
        if body.get("response_type") != "update_template_card":
            raise Refusal(PARAMETER, "response_type")
        return told
    stream = body.get("stream") or {}
    if told.stream_open and stream.get("id") != told.stream_id:
        raise Refusal(BUSY, "a stream is open")
    if told.stream and age > STREAM and body.get("msgtype") == "stream":
        raise Refusal(STREAM_OVER, "the time of the stream is over")
    return told


def check_chat(chat: Chat | None, body: Json) -> Chat:
    """The chat a message may be put into: one that somebody has opened, and of the kind that is said."""
    kind = body.get("chat_type")
    if chat is None or not chat.opened or kind not in (1, 2) or chat.group != (kind == 2):
        raise Refusal(UNKNOWN_CHAT, "invalid chatid or chat_type")
    return chat


def check_rate(chat: Chat, now: float) -> None:
    """Count a frame to a chat; whoever is over a limit is blocked for as long again."""
    while chat.sent and chat.sent[0] <= now - 3600:
        chat.sent.popleft()
    if now < chat.blocked_until:
        raise Refusal(LIMITED, "api freq out of limit")
    for most, span in ((A_MINUTE, 60.0), (AN_HOUR, 3600.0)):
        if sum(at > now - span for at in chat.sent) >= most:
            chat.blocked_until = now + span
            raise Refusal(LIMITED, "api freq out of limit")
    chat.sent.append(now)


def check_message(body: Json, kinds: Sequence[str]) -> str:
    """What kind of message it is; its text, if it has one, has a length that is taken."""
    kind = str(body.get("msgtype"))
    if kind not in kinds or not isinstance(body.get(kind), dict):
        raise Refusal(MSGTYPE, "invalid msgtype")
    content = body[kind].get("content", "")
    if kind in ("text", "markdown", "stream") and not (
        isinstance(content, str) and (content or kind == "stream")
    ):
        raise Refusal(PARAMETER, "content")
    if len(content.encode() if isinstance(content, str) else b"") > TEXT:
        raise Refusal(TOO_LONG, "content size out of limit")
    if "msg_item" in body[kind]:
        raise Refusal(PARAMETER, "msg_item is not for the long connection")
    return kind


def check_card(card: Any, broken: CheckCard, *, update: bool) -> Json:
    """A card as the frame's side of the protocol wants it; all that is in it is `broken`'s to judge."""
    if not isinstance(card, dict) or card.get("card_type") not in CARDS:
        raise Refusal(PARAMETER, "card_type")
    if not isinstance(card.get("task_id"), str) or not TASK.fullmatch(card["task_id"]):
        raise Refusal(TASK_ID, "task_id is missing or malformed")
    if update and not any((card.get("main_title") or {}).values()) and not card.get("sub_title_text"):
        raise Refusal(NO_TITLE, "main_title is empty")
    buttons = card.get("button_list", [])
    if len(buttons) > 6 or (card["card_type"] == "button_interaction" and not buttons):
        raise Refusal(PARAMETER, "button_list")
    if any(button.get("type") or "url" in button for button in buttons):
        raise Refusal(URL_BUTTON, "a button with a url")
    notice = card["card_type"] in ("text_notice", "news_notice")
    if notice and (card.get("card_action") or {}).get("type") not in (1, 2):
        raise Refusal(PARAMETER, "card_action.type")
    if wrong := broken(card):
        raise Refusal(PARAMETER, "；".join(wrong))
    return card
