"""日历: one deadline as a file for the phone's calendar, and the address at which all of them are followed."""

from bot.actions import CalendarLink, NewCalendarLink, Task, TaskCalendar, Todo
from bot.message import Attachment, Button, Line, Message, Row, ToCopy
from bot.permissions import Me
from bot.screens import wording
from bot.screens.duties import title
from bot.screens.layout import HOME, home_row
from bot.values import Owing
from jobs.duties.answers import example
from jobs.duties.catalogue import Duty


def about(owed: Owing, duty: Duty) -> str:
    """What a calendar says of a task: whose it is, the sentence behind it, and what closes it."""
    parts = [
        owed.branch,
        wording.typeset(duty.source) and f"制度：{wording.typeset(duty.source)}",
        duty.decision and f"说明：{duty.decision}",
        owed.hour and f"截止：{wording.day_and_hour(owed.due, owed.hour)}",
        _closing(duty),
    ]
    return "\n".join(part for part in parts if part)


def _closing(duty: Duty) -> str:
    match duty.closes:
        case "sheet":
            return "提交自评后，自动记为完成。"
        case "sheets" | "none":
            return "办完后，自动记为完成。"
        case "tick" | "file":
            return "办完后，请在聊天里点「已完成」，或发照片、文件。"
        case _:
            return f"办完后，请在聊天里填报，例如：{example(duty)}"


def task_file(owed: Owing, duty: Duty, mime: str, data: bytes) -> Message:
    """The file of one task; none is needed once it is done."""
    lines: list[Line] = [("日期", wording.day_and_hour(owed.due, owed.hour))]
    if owed.done:
        lines.append("这项工作已经完成，不用再加到日历。")
    else:
        lines.append("点开文件，按手机的提示添加；前一天上午 9 点会提醒。")
        lines.append("日期如有变动，请再添加一次。想让日历自己更新，请用「日历订阅」。")
    return Message(
        title=f"日历 · {title(owed, duty)}",
        lines=tuple(lines),
        rows=(
            (Button("返回", Task(owed.id), main=True), Button("日历订阅", CalendarLink())),
            home_row(),
        ),
        here=TaskCalendar(owed.id),
        attachment=None if owed.done else Attachment(f"{wording.day(owed.due)}截止.ics", mime, data),
    )


def link(me: Me, url: str | None, number: int) -> Message:
    """The address to subscribe to; `url` is empty when there is none yet, None when there can be none."""
    lines: tuple[Line, ...]
    rows: list[Row] = []
    if url is None:
        lines = (
            "还没有设置对外的网址，暂时不能订阅。",
            "可以打开一项工作，点「日历」，把它单独加到手机。",
        )
    elif not url:
        lines = (
            "订阅后，待办的截止日会出现在手机日历里；日期有变动，日历会自己更新。",
            "前一天上午 9 点，日历自己会响，不用打开网页。",
        )
        rows.append((Button("生成地址", NewCalendarLink(number), main=True),))
    else:
        lines = (
            ("地址", ToCopy(url)),
            ("订阅地址（iPhone、Mac）", ToCopy(f"webcal://{url.partition('://')[2]}")),
            (
                "iPhone",
                "复制订阅地址，在 Safari 里打开，点「订阅」；或复制上面的地址，打开「日历」，依次点「日历」「添加日历」"
                "「添加订阅日历」，粘贴。",
            ),
            ("安卓", "在日历的设置里找「订阅」或「通过网址添加」，粘贴；没有的，请到各项工作里点「日历」。"),
            "前一天上午 9 点，日历自己会响；添加时如有「移除提醒」，请不要选。",
            "谁有这个地址，谁就能看到您的待办，请不要转发。换了地址，旧的随即作废。",
        )
        rows.append((Button("换一个地址", NewCalendarLink(number), short="换地址"),))
    own = [Button("待办", Todo(0))] if any(seat.branch_id for seat in me.seats) else []
    rows.append((*own, HOME))
    return Message(title="日历订阅", lines=lines, rows=tuple(rows), here=CalendarLink())
