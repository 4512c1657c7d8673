"""The first screens: home for each role, help, privacy, and what cannot be understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.actions import (
    Arrange,
    AskForgetMe,
    AskSignOut,
    Assign,
    Branches,
    Chase,
    EnterCode,
    Feedback,
    Help,
    Home,
    Inbox,
    Ledger,
    OpenSheet,
    OverTerms,
    Papers,
    People,
    Preferences,
    Privacy,
    ProposeTerm,
    Rectify,
    Result,
    Seats,
    Standings,
    Todo,
    Undelivered,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me, Rater, Role, Seat
from bot.screens import duties as tasks
from bot.screens import wording
from bot.screens.joining import joined_line, joined_row
from bot.screens.layout import column, grid, home_row, turning
from bot.screens.returned import which
from bot.values import Branch, Newcomer, Owing, Page, Term
from bot.words.grammar import examples
from jobs.duties.calendar import in_vacation, usually_begins
from jobs.duties.catalogue import Duty
from scoring.line import example
from scoring.rubric import Edition

LONG = 4  # branches, above which two buttons stand side by side
FIND = "可输入支部名称的一部分"
Rated = tuple[Branch, int, bool]
"""A branch, how many of its items the committee marked, and whether that is submitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBranch:
    """A branch of mine as Home shows it: how far its self sheet is this term, and what it has to do now."""

    seat: Seat
    term: Term | None
    filled: int
    submitted: bool
    todo: tuple[tuple[Owing, Duty], ...]
    next_starts: date | None = None
    """When the next term begins that was set."""
    returned: tuple[int, ...] = ()
    """The items (0: all) in which its self sheet is open, as it was returned."""
    ended: bool = False
    """Whether it is closed and no longer rated."""
    rectifies: int = 0
    """The term whose result asks it for 整改 that is not done; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCommittee:
    """A committee of mine as Home shows it: how many branches submitted and are rated, and the first ones by name."""

    seat: Seat
    term: Term | None = None
    count: int = 0
    submitted: int = 0
    rated: int = 0
    first: tuple[Rated, ...] = ()
    then: Branch | None = None
    """Which one is evaluated next: it has submitted, and the committee has not."""
    back: tuple[Branch, ...] = ()
    """Which ones submitted again what was returned to them, and are not evaluated since."""
    next_starts: date | None = None
    """When the next term begins that was set."""
    unset: bool = False
    """Whether it is time to set the next term."""


def home(
    me: Me,
    today: date,
    branches: Sequence[OwnBranch],
    committees: Sequence[OwnCommittee],
    joined: Sequence[Newcomer],
) -> Message:
    """What is open for me, until when, how far; and who joined by my codes, until I have seen it."""
    parts = [_branch(own, today) for own in branches] + [_committee(me, body, today) for body in committees]
    lines = [line for some, _ in parts for line in some]
    rows = [row for _, some in parts for row in some]
    return Message(
        title=f"您好，{me.name}",
        lines=(*joined_line(joined), *lines),
        rows=(
            *joined_row(joined),
            *rows,
            (Button("我的职务", Seats()), Button("提醒设置", Preferences()), Button("帮助", Help())),
        ),
        foremost=tuple(button for row in rows for button in row if button.main),
        hint=FIND if committees else "可输入：自评、结果" if branches else "",
    )


def _branch(own: OwnBranch, today: date) -> tuple[list[Line], list[Row]]:
    name, branch_id = own.seat.branch, own.seat.branch_id or 0
    rows: list[Row] = []
    if own.ended:
        rows.append(
            (Button("以前的结果", Result(branch_id, 0), short="结果"), Button("走势", OverTerms(branch_id)))
        )
        rows += [(Button("整改", Rectify(branch_id, own.rectifies)),)] if own.rectifies else []
        return [(name, "已撤销，不再评价和提醒。以前的成绩还可以看。")], rows
    if own.term is None:
        return [(name, "还没有设置学期，管理员设置后就可以填报。")], []
    lines: list[Line] = [(name, own.term.name)]
    between = _between(own.term, own.next_starts, today)
    lines += [between] if between else []
    if own.submitted or own.term.published:
        lines.append("自评已提交，等待总支评价。" if not own.term.published else "结果已公布。")
    elif own.returned:
        lines.append(("自评", f"被退回（{which(own.returned)}），请按原因改好，重新提交。"))
        rows.append((Button("改自评", OpenSheet(branch_id, own.term.id, int(Rater.SELF)), main=True),))
    else:
        every = len(own.term.table.items)
        stands = "自评没有提交" if own.term.ends < today else wording.window(own.term, today)
        lines.append(f"{stands}。{wording.marked(own.filled, own.term.table)}")
        label = "开始自评" if own.filled == 0 else "去提交" if own.filled == every else "继续填报"
        rows.append((Button(label, OpenSheet(branch_id, own.term.id, int(Rater.SELF)), main=True),))
    if own.rectifies:
        rows.append((Button("整改", Rectify(branch_id, own.rectifies)),))
    if own.todo and in_vacation(own.term.dates, own.next_starts, today):
        left = f"{len(own.todo)} 项。假期里不提醒，开学第一个工作日一起列给您；现在补报也可以。"
        lines.append(("还没做完", left))
    elif own.todo:
        lines.append(("待办", _todo(own, today)))
    rows.append(
        (
            Button(f"待办 {len(own.todo)}" if own.todo else "待办", Todo(branch_id)),
            Button("结果", Result(branch_id, 0)),
            Button("台账", Ledger(branch_id, own.term.id)),
        )
    )
    return lines, rows


def _todo(own: OwnBranch, today: date) -> str:
    """How much is late, and what is due next."""
    coming = [(owed, duty) for owed, duty in own.todo if owed.by >= today]
    late = len(own.todo) - len(coming)
    said = [f"逾期 {late} 项"] * bool(late)
    said += [f"{tasks.title(owed, duty)} {tasks.when(today, owed, duty)}" for owed, duty in coming[:1]]
    return "；".join(said)


def _committee(me: Me, body: OwnCommittee, today: date) -> tuple[list[Line], list[Row]]:
    committee_id = body.seat.committee_id
    arranges = body.seat.role is Role.ADMINISTRATOR
    arrange = Button("工作安排", Arrange(committee_id))
    if body.term is None:
        advice = "请点「工作安排」新增。" if arranges else "请管理员先设置。"
        return [(body.seat.committee, f"还没有设置学期，{advice}")], column([arrange] if arranges else [])
    between = _between(body.term, body.next_starts, today)
    lines: list[Line] = [
        (body.seat.committee, body.term.name),
        f"{between or wording.window(body.term, today) + '。'}"
        f"自评已交 {body.submitted}/{body.count}，总支已评 {body.rated}/{body.count}。"
        f"{'结果已公布。' * body.term.published}",
    ]
    if not body.count and arranges:
        lines.append("还没有支部，请点「工作安排」，在「支部」里新增。")
    if body.then is not None:
        lines.append(("接着评", body.then.name))
    if body.back:
        lines.append(("退回后已重新提交", "、".join(map(_brief, body.back))))
    rows = column(
        Button(f"看 {_brief(branch)} 改了什么", OpenSheet(branch.id, body.term.id, int(Rater.SELF)))
        for branch in body.back[:LONG]
    )
    if body.unset and arranges:
        lines += [] if between else [f"本学期 {wording.day(body.term.ends)}结束，下学期还没有设置。"]
        rows.append((Button("设置下学期", ProposeTerm(committee_id), short="设学期"),))
    elif body.unset and between:
        lines.append("请管理员先设置下学期。")
    rows += [
        (
            Button("排名", Standings(body.term.id), main=body.then is None),
            Button("催办", Chase(committee_id)),
            Button("交办任务", Assign(committee_id)),
            Button("打印", Papers(body.term.id, 0)),
        )
    ]
    if arranges:
        rows.append(
            (
                Button("人员", People(committee_id, 0)),
                arrange,
                Button("意见箱", Inbox(committee_id)),
                Button("未送达", Undelivered(committee_id)),
            )
        )
    if body.then is not None and body.then.id not in [branch.id for branch, _, _ in body.first]:
        rows.append((_evaluate(body.then, body.term, f"接着评 {_brief(body.then)}", main=True),))
    rows += _to_evaluate(me, body.term, body.first, body.then)
    if body.count > len(body.first):
        lines.append(
            f"共 {body.count} 个支部，这里列出前 {len(body.first)} 个。找支部，直接输入名称的一部分。"
        )
        rows.append((Button(f"全部 {body.count} 个支部", Branches(committee_id, 0)),))
    return lines, rows


def _between(term: Term, next_starts: date | None, today: date) -> str:
    """What is between two terms, and what comes; empty in a term."""
    if term.starts <= today <= term.ends:
        return ""
    comes = term.starts if today < term.starts else next_starts
    if comes is not None:
        return f"现在是假期，新学期从 {wording.day(comes)} 开始。"
    over = f"学期已于 {wording.day(term.ends)}结束，下学期还没有设置"
    if in_vacation(term.dates, None, today):
        return f"现在是假期。{over}，一般从 {wording.day(usually_begins(term.dates))} 开始。"
    return f"{over}。"


def _brief(branch: Branch) -> str:
    return branch.name.removesuffix("党支部")


def _evaluate(branch: Branch, term: Term, label: str, main: bool) -> Button:
    return Button(
        label, OpenSheet(branch.id, term.id, int(Rater.COMMITTEE)), main=main, short="接着评" * main
    )


def _to_evaluate(me: Me, term: Term, branches: Sequence[Rated], then: Branch | None = None) -> list[Row]:
    """A button for the evaluation of each branch; side by side, with short names, where they are many. The one to
    evaluate next stands out."""
    buttons, many = [], len(branches) > LONG
    for branch, filled, done in branches:
        state = "已提交" if done else f"{filled}/{len(term.table.items)}"
        name = _brief(branch) if many else branch.name
        if not me.in_branch(branch.id):  # nobody evaluates a branch in which they hold a seat
            buttons.append(_evaluate(branch, term, f"评价 {name} {state}", main=branch == then))
    return grid(buttons, 2 if many else 1)


def branches(me: Me, term: Term, committee: str, page: Page[Rated]) -> Message:
    """A page of all branches of a committee; any is found by a part of its name."""

    def to(number: int) -> Branches:
        return Branches(term.committee_id, number)

    return Message(
        title=f"各支部 · {committee}",
        lines=("点支部逐项评价。找支部，直接输入名称的一部分。",),
        rows=(*_to_evaluate(me, term, page.shown), *turning(page, to), home_row()),
        here=to(0 if page.newer is None else page.newer + 1),
        hint=FIND,
    )


NO_SEAT = "您目前没有职务。"


def welcome(me: Me) -> Message:
    """For somebody without a seat: how to get in, and for whoever had one, how to leave nobody here."""
    greeting = NO_SEAT if me.person_id else "您好！这里是党支部星级测评助手。"
    out = ((Button("退出登录", AskSignOut(0)),),) if me.person_id else ()
    return Message(
        title="党支部星级测评",
        lines=(greeting, "请输入邀请码开始使用。邀请码由管理员或支部书记发给您。"),
        rows=(
            (Button("输入邀请码", EnterCode(), main=True, short="邀请码"),),
            (Button("帮助", Help()), Button("隐私说明", Privacy())),
            *out,
        ),
        here=Home(),
        hint="请输入邀请码",
    )


def help_screen(me: Me, table: Edition | None, mails: bool) -> Message:
    """What can be done here, for the role that asks; a typed line is of the items of the table that is filled.

    `mails`: whether mail is sent here.
    """
    lines: list[Line] = []
    such = f"如 {example(table, '{} {}（缺记录）', ratio=True)}" if table else "写明项号和得分"
    if any(s.role.of_branch for s in me.seats):
        submits = any(s.role is Role.SECRETARY for s in me.seats)
        last = "全部评完点「提交」" if submits else "全部评完后由支部书记提交"
        lines += [
            ("自评", f"逐项点 优秀、合格 或 不合格，点一下就保存，并跳到下一项；{last}。"),
            ("快速填写", f"输入一行，{such}，核对后保存。"),
            ("台账", "出勤等数字只填一次，如 17/18，会给相关各项提出建议。"),
            ("依据", "在某一项时直接发照片或文件，就附在这一项。"),
            ("撤销", "点错了点「撤销」。提交后不能再改。"),
        ]
    if any(s.role in (Role.MEMBER, Role.ADMINISTRATOR) for s in me.seats):
        lines += [
            ("排名", "输入「排名」看各支部；输入支部名称看它的结果。"),
            ("评价", "在首页点支部，逐项评价，旁边是该支部的自评；一致的点「同自评」，有问题的点「退回」。"),
            ("交办", "在首页点「交办任务」，输入任务和截止日期。"),
        ]
    if any(s.role is Role.ADMINISTRATOR for s in me.seats):
        lines.append(("公布", "各支部都评完了，输入「公布」核对并公布；公示和异议也在那里。"))
    if me.known:
        lines.append(("提醒", _reminders(me, mails)))
    if said := _sayings(me):
        lines.append(("直接说", said))
    if not me.known:
        lines.append(("加入", "输入邀请码，或点开带邀请码的链接。"))
    lines.append(("随时", "输入「首页」回到开头。"))
    rows: list[Row] = [(*home_row(main=True), Button("隐私说明", Privacy()))]
    if me.known:
        rows.append((Button("提醒设置", Preferences()), Button("提意见", Feedback())))
    return Message(title="帮助", lines=tuple(lines), rows=tuple(rows), here=Help())


def _reminders(me: Me, mails: bool) -> str:
    """On which days one is reminded, that the web page does not ring, and where what does is to be had."""
    days = (
        "每周第一个工作日一次；主题党日、自评截止的前一个工作日再说一次。"
        if any(seat.role.of_branch for seat in me.seats)
        else "每周第一个工作日一次。"
    )
    ways = "「日历订阅」和「邮件提醒」" if mails else "「日历订阅」"
    return f"{days}网页没打开时手机不会响；想让手机响，「提醒设置」里有{ways}，时间也在那里改。"


def _sayings(me: Me) -> str:
    """What can be typed in one's own words, by examples."""
    roles = {"branch" if seat.role.of_branch else "committee" for seat in me.seats}
    said = [*(["11月党日 17/18"] if "branch" in roles else []), *examples(roles)]
    return "、".join(f"「{one}」" for one in said)


def privacy(me: Me) -> Message:
    """What is stored; whoever holds no seat any more can have it deleted."""
    left = me.person_id is not None and not me.known
    return Message(
        title="隐私说明",
        lines=(
            (
                "保存",
                "您的称呼和职务、由谁邀请、邀请时写的称呼、何时加入、这个聊天的编号、总支委员在群里查过排名的那个群的名称和编号、您评的分、退回的原因、填的数字、发的材料、异议和答复、整改措施和意见、提醒设置和提醒记录，您填的提醒邮箱，专家署名的意见，以及何时由谁改过；还有您最近输入的几句话，用来问清楚记到哪一项、和您修改消息时对照。",
            ),
            (
                "不保存",
                "党员个人名单、手机号、位置、在线时长；照片里记的拍摄地点会先去掉。年度评议的选票不记姓名，也不记谁投了。",
            ),
            (
                "谁能看",
                "本支部的内容只有本支部和党总支能看；没有提交的自评只有本支部能看，退回的项，党总支还能看到退回时的得分；没有提交的整改只有本支部能看；意见只有管理员能看；管理员还能看每个人的职务、最近一次使用的时间和所用的聊天渠道。",
            ),
            (
                "存放",
                "都存放在本单位自己的服务器上，不发给其他人。公布的结果，管理员打开的群里可以看到，多少与各支部能看的相同。填了提醒邮箱的，邮件经本单位的邮件服务器发出，"
                "只有工作名称、日期，和哪个学期的结果已公布、有异议或更正。",
            ),
            (
                "退出",
                "在「我的职务」里可以退出职务，也可以退出登录；评过的分作为工作记录保留。提醒邮箱随时可以自己删除，退出全部职务时自动删除。",
            ),
            (
                "删除",
                "退出全部职务以后，可以在这一页自己删除个人资料，也可以由管理员删除；删除后，评分和记录里不再有您的称呼。",
            ),
        ),
        rows=(
            *([(Button("删除我的资料", AskForgetMe(), short="删资料"),)] if left else []),
            home_row(main=True),
        ),
        here=Privacy(),
    )
