"""What a letter looks like on the wire: plain text in UTF-8, headers in which nothing can be put."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.message import Line, Message
from bot.values import MailedCode

CUT = 900  # letters of one line: a title is 200 at most


def notice(sender: tuple[str, str], to: str, link: str, message: Message, now: datetime) -> EmailMessage:
    """The letter of a day, with the link back to our page, if there is one.

    There is one to an address and day, so both name it: handed over again it has the same Message-ID.
    """
    body = [
        "您有工作要办：",
        "",
        *(_line(line) for line in message.lines),
        "",
        *([f"请打开网页办理：{link}", ""] if link else ["请打开平时用的聊天办理。", ""]),
        "这封邮件由程序自动发出，一天最多一封，请不要回复。",
        "不想再收，请在「提醒设置」的「邮件提醒」里点「不用邮件提醒」。",
    ]
    return _letter(sender, to, message.title, body, now, f"{message.title}\n{to}")


def code(sender: tuple[str, str], mailed: MailedCode, now: datetime) -> EmailMessage:
    """The letter with a code; no link stands in it, so nobody learns to follow one in such a letter."""
    body = [
        f"验证码：{mailed.code}",
        "",
        "请在「邮件提醒」里输入这个验证码，30 分钟内有效。",
        "如果不是您本人在设置提醒，请不用理会，也不要把验证码告诉别人。",
    ]
    named = f"{mailed.id}\n{mailed.code}\n{mailed.address}"
    return _letter(sender, mailed.address, "邮件提醒验证码", body, now, named)


def _line(line: Line) -> str:
    text = line if isinstance(line, str) else f"· {line[0]}：{line[1]}"
    return " ".join(text.split())[:CUT]


def _letter(
    sender: tuple[str, str], to: str, subject: str, body: Sequence[str], now: datetime, named: str
) -> EmailMessage:
    """A letter; `named` is what makes it this one."""
    name, address = sender
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(" ".join(name.split()), addr_spec=address)
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = " ".join(subject.split())
    letter["Date"] = format_datetime(now)
    unique = hashlib.sha256(named.encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{unique}@{address.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content("\n".join(body) + "\n", charset="utf-8", cte="base64")
    return letter
