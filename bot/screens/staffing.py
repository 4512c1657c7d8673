"""The screens of 人员: who holds which seat, one person, removing, a lost phone."""

from collections.abc import Sequence
from datetime import datetime

from bot.actions import (
    AskCutOff,
    AskForget,
    AskRemove,
    CutOff,
    Departed,
    Devices,
    InviteMenu,
    OpenInvitations,
    PassOn,
    People,
    PersonCard,
    RemoveSeat,
    SeatEnded,
    Seats,
    TypedPerson,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me, Seat
from bot.screens import wording
from bot.screens.joining import CHANNELS
from bot.screens.layout import back, column, grid, home_row, turning
from bot.values import HeldSeat, Holder, Login, Page
from jobs.duties.calendar import full_day

LISTED = 8  # people of a page
BUTTON = 14  # characters of a name on a button


def people(me: Me, committee: Seat, found: Page[Holder], first: int, count: int) -> Message:
    """A page of who holds a seat; `first`: the place of the first one on it, of `count` in all."""
    numbered = list(enumerate(found.shown, start=first))
    lines: list[Line] = [
        (f"{n}. {one.name}", f"{_held(one.seats, me.now)}。{_reach(one, me.now)}") for n, one in numbered
    ]
    buttons = [
        Button(f"{n}. {short(one.name)}", PersonCard(committee.committee_id, one.person))
        for n, one in numbered
    ]
    lines.append(f"共 {count} 人。点姓名可以移除，或处理丢手机；也可以输入称呼查找。")
    rows: list[Row] = [
        *grid(buttons, 2),
        *turning(found, lambda number: People(committee.committee_id, number)),
        (
            Button("谁没加入", OpenInvitations(committee.committee_id, 0, 0)),
            Button("邀请人员", InviteMenu(committee.committee_id, 0)),
            Button("已离任", Departed(committee.committee_id, 0)),
        ),
        home_row(),
    ]
    return Message(
        title=f"人员 · {committee.committee}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=People(committee.committee_id, 0 if found.newer is None else found.newer + 1),
        hears=lambda text: TypedPerson(committee.committee_id, text),
        hint="可输入称呼",
    )


def short(name: str) -> str:
    """A name as it stands on a button."""
    return name if len(name) <= BUTTON else f"{name[: BUTTON - 1]}…"


def _held(seats: Sequence[HeldSeat], now: datetime) -> str:
    """常营主校区党支部 支部书记，2026年9月1日起."""
    return "；".join(f"{one.seat.words}，{day(one.since, now)}起" for one in seats)


def day(moment: datetime, now: datetime) -> str:
    """The day of a moment, where it is read."""
    return full_day(moment.astimezone(now.tzinfo).date())


def _reach(one: Holder, now: datetime) -> str:
    """When something last came from somebody, and by what a notice reaches them."""
    ways = list(dict.fromkeys(_way(login) for login in one.logins)) + ["邮件"] * one.mail
    if not ways:
        return "没有登录，提醒不到。"
    seen = f"最近 {wording.moment(one.seen, now)} 用过" if one.seen else "还没有用过"
    return f"{seen}；提醒到：{'、'.join(ways)}。"


def _way(login: Login) -> str:
    called = CHANNELS.get(login.channel, login.channel)
    return f"{called}（收不到，可能停用了机器人）" if login.refuses else called


def person(me: Me, committee_id: int, one: Holder) -> Message:
    """One person: the seats, each with what can be done about it, and where they are logged in."""
    lines: list[Line] = [("职务", f"{held.seat.words}，{day(held.since, me.now)}起") for held in one.seats]
    lines.append(("使用", _reach(one, me.now)))
    rows: list[Row] = []
    if one.person == me.person_id:
        lines.append("这是您自己。退出、移交请到「我的职务」；手机丢了，请到「登录的设备」。")
        rows.append((Button("我的职务", Seats()), Button("登录的设备", Devices(), short="设备")))
    else:
        lines.append("换人：点「发移交码」，用码的人接过职务。不再任职：点「移除」。")
        for held in one.seats:
            of = f" {held.seat.words}" if len(one.seats) > 1 else ""
            rows.append(
                (
                    Button(f"移除{of}", AskRemove(held.seat.id)),
                    Button(f"发移交码{of}", PassOn(held.seat.id), short="" if of else "移交码"),
                )
            )
        rows.append(
            (
                Button("丢手机", AskCutOff(committee_id, one.person)),
                Button("删除个人资料", AskForget(committee_id, one.person), short="删资料"),
            )
        )
    rows.append(back(People(committee_id, 0), "人员"))
    return Message(
        title=f"人员 · {one.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=PersonCard(committee_id, one.person),
    )


def unled(alone: Sequence[Seat]) -> list[Line]:
    """What follows where these seats are those of the only secretaries of their branches."""
    named = "、".join(seat.branch for seat in alone)
    return [f"移除后，{named}就没有书记了，请再邀请一位。有人接任的，请改用「发移交码」。"] if alone else []


def ask_remove(me: Me, held: HeldSeat, person_id: int, name: str, alone: Sequence[Seat]) -> Message:
    """Somebody loses a seat, so it is asked once; `alone`: the seat, where their branch has no secretary then."""
    seat = held.seat
    return Message(
        title="移除职务？",
        lines=(
            ("称呼", name),
            ("职务", f"{seat.words}，{day(held.since, me.now)}起"),
            *unled(alone),
            "移除后马上不能再查看和填写，本人会收到通知。已填的内容和记录都保留；需要时可以重新邀请。",
        ),
        rows=(
            (
                Button("确认移除", RemoveSeat(seat.id)),
                Button("不移除", PersonCard(seat.committee_id, person_id), main=True),
            ),
        ),
        here=AskRemove(seat.id),
    )


def seat_ended(held: HeldSeat, by: str, removed: bool, now: datetime) -> Message:
    """A seat was taken away `by` somebody, or (not `removed`) passed on: which, when, and what to do."""
    what = "移除" if removed else "移交"
    lines: list[Line] = [("职务", held.seat.words)]
    if held.until is not None:
        who = f"，由{by}移除" if by and removed else ""
        lines.append((what, f"{wording.moment(held.until, now)}{who}"))
    lines.append("您填过的内容都保留。如果弄错了，请告诉党总支，可以重新邀请您。")
    return Message(
        title=f"您的职务已{what}",
        lines=tuple(lines),
        rows=(home_row(main=True),),
        here=SeatEnded(held.seat.id),
    )


def ask_cut_off(me: Me, committee_id: int, one: Holder) -> Message:
    """Where somebody is logged in, each with a button that ends it at once."""
    lines: list[Line] = [("称呼", one.name)]
    rows: list[Row] = []
    for n, login in enumerate(one.logins, start=1):
        used = f"最近 {wording.moment(login.heard_at, me.now)} 用过" if login.heard_at else "还没有用过"
        lines.append((f"{n}. {CHANNELS.get(login.channel, login.channel)}", used))
    if one.logins:
        lines.append(
            "点一下马上退出，捡到手机的人就看不到了；日历订阅和没用的码也作废。职务和已填的内容保留。"
        )
        if len(one.logins) > 1:
            rows += column(
                Button(
                    f"退出 {n}. {CHANNELS.get(login.channel, login.channel)}",
                    CutOff(committee_id, one.person, login.id),
                )
                for n, login in enumerate(one.logins, start=1)
            )
        rows.append((Button("全部退出", CutOff(committee_id, one.person, 0)),))
    else:
        lines.append("哪里都没有登录。本人要再进来，请在「人员」里点开这个人，发移交码。")
    rows.append(back(PersonCard(committee_id, one.person), "不退出" if one.logins else "返回", main=True))
    return Message(
        title="丢手机", lines=tuple(lines), rows=tuple(rows), here=AskCutOff(committee_id, one.person)
    )
