"""The walk: from every role's Home, press everything that can be pressed, and type on every kind of screen.

`python -m tests.walking FILE` writes down every screen of it, so that two versions of the program can be compared.
"""

import gc
import re
import sys
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

import bot.conversation
import bot.dialogue
from bot.actions import (
    WIRE_LIMIT,
    Action,
    Adopt,
    AlsoFor,
    AskFact,
    Awarded,
    Branches,
    ChaseBranches,
    CloseBranch,
    CutOff,
    DeleteTerm,
    FactCard,
    Forget,
    Give,
    Home,
    Invite,
    Leave,
    MeantFact,
    NewCalendarLink,
    OpenSheet,
    Outcome,
    Rectify,
    RemoveSeat,
    Result,
    ReturnSheet,
    SeatEnded,
    SignOut,
    Submit,
    Undo,
    read,
    wire,
)
from bot.channels.telegram.shape import TEXT_LIMIT, as_html
from bot.conversation import Event, Group
from bot.dialogue.work import Work
from bot.message import Message, Reply, plain
from bot.permissions import Rater, Role
from bot.store import roll, terms
from scoring.review import Electorate
from scoring.rubric import Grade, read_edition
from tests.cards import wrong_in
from tests.conftest import Clock, sqlite_database
from tests.paper.forms import changed
from tests.phone import Phone, World, code_for
from tests.posted import lose, switched_on
from tests.voting import vote
from tests.wire import Clockwork, lose_a_notice, refuse_mail

ROLES = (
    "secretary of 新源里",
    "secretary of 劲松",
    "secretary",
    "officer",
    "member",
    "administrator",
    "stranger",
)
BRANCH = ROLES[:4]  # what one of them typed, the others need not type again
LAST = (
    Submit,
    Leave,
    Give,
    ReturnSheet,
    CloseBranch,
    DeleteTerm,
    Adopt,
)  # these close doors: they are walked through after all others
ONCE = (
    CutOff,
    Forget,
    RemoveSeat,
)  # whom these name still walks: they are pressed for others, before all walks
OUT = SignOut(0)  # and this one after these
TEXTS = (
    "优",
    "16/18",
    "18/16",
    "3.5 缺一次记录",
    "2.5",
    "9 2.5",
    "6优 7合 8 3.5（缺记录）",
    "缺一次记录",
    "4",
    "3人请假",
    "ABCD2345",
    "提前 3、1",
    "10月5日至1月15日",
)
ROW_LIMIT, LABEL_LIMIT = 8, 40  # buttons of a row and characters of a label that a phone still shows
ENOUGH = 30  # presses of one kind per role: more than a whole sheet; the rest differ in their numbers alone
FEW = 6  # presses of a kind whose screen offers the same again under a number never used before
ENDLESS = (Invite, NewCalendarLink, Undo)
BUTTON_LIMIT = 100  # buttons of an inline keyboard; https://core.telegram.org/bots/api#inlinekeyboardmarkup


class Walk:
    """What was reached and shown, and what was wrong on the way."""

    def __init__(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        enough: int = ENOUGH,
        texts: Sequence[str] = TEXTS,
    ) -> None:
        self.world, self.enough, self.texts = world, enough, texts
        self.me = {who: world.me(who) for who in world.PERSONAS}  # who everybody was before
        self.reached: set[type[Action]] = set()
        self.typed: dict[str, set[type[Action]]] = {}  # kinds of screens that were typed on, by kind of seat
        self.wrong: list[str] = []
        self.looked_at: set[tuple[str, ...]] = set()  # texts and labels that were drawn as cards and as words
        self.answers: list[tuple[Event, Reply]] = []
        respond = bot.dialogue.respond

        def watched(work: Work, action: Action) -> Reply:
            self.reached.add(type(action))
            return respond(work, action)

        monkeypatch.setattr(bot.conversation, "respond", watched)
        hear = world.conversation.hear

        def noted(event: Event) -> Reply:
            reply = hear(event)
            self.answers.append((event, reply))
            gc.freeze()  # what is kept to the end is not searched after each paper that is made
            return reply

        monkeypatch.setattr(world.conversation, "hear", noted)

    def check(self, who: str, asked: object, screen: Message) -> None:
        """The limits of one screen."""

        def expect(holds: bool, what: str) -> None:
            if not holds:
                self.wrong.append(f"{who}: {asked} → {screen.title}: {what}")

        expect(bool(screen.title) and bool(screen.buttons), "no title or no button")
        expect(screen.title != "抱歉，出了点问题", "broke")
        expect(len(as_html(screen)) <= TEXT_LIMIT, "too long for Telegram")
        expect(len(screen.buttons) <= BUTTON_LIMIT, "too many buttons")
        expect(all(0 < len(row) <= ROW_LIMIT for row in screen.rows), "a row is empty or too wide")
        expect(len(wire(screen.here).encode()) <= WIRE_LIMIT, "its own address is too long")
        for button in screen.buttons:
            expect(len(wire(button.action).encode()) <= WIRE_LIMIT, f"{button.label}: too long a wire form")
            expect(0 < len(button.label) <= LABEL_LIMIT, f"{button.label}: label")
        labels = [button.label for button in screen.buttons]
        expect(len(set(labels)) == len(labels), f"two buttons of one name: {labels}")
        if (looks := (plain(screen), *labels)) not in self.looked_at:
            self.looked_at.add(looks)
            self.wrong += [f"{who}: {asked} → {screen.title}: {what}" for what in wrong_in(screen)]

    def walk(self, who: str) -> None:
        """Press everything from Home and the reminder that stands, each action once; type on each kind of screen."""
        phone = self.world.phone(who)
        leads: dict[str, set[str]] = {}
        pressed: Counter[type[Action]] = Counter()
        queue: deque[Action] = deque([Home(), phone.screen.here])
        late: deque[Action] = deque()
        out: deque[Action] = deque()
        typed_on = self.typed.setdefault("branch" if who in BRANCH else who, set())
        while queue or late or out:
            action = (queue or late or out).popleft()
            enough = min(self.enough, FEW) if isinstance(action, ENDLESS) else self.enough
            if wire(action) in leads or pressed[type(action)] >= enough:
                continue
            pressed[type(action)] += 1
            phone.press(action)
            screens = self._type(phone, typed_on)
            for screen in screens:
                self.check(who, action, screen)
                for button in screen.buttons:
                    if isinstance(button.action, ONCE):
                        continue
                    last = out if button.action == OUT else late if isinstance(button.action, LAST) else queue
                    last.append(button.action)
            leads[wire(action)] = {wire(button.action) for button in screens[0].buttons}
        home = wire(Home())
        for asked, buttons in leads.items():
            if home not in buttons and not any(home in leads.get(button, {home}) for button in buttons):
                self.wrong.append(f"{who}: {asked} leads nowhere near Home")

    def _type(self, phone: Phone, typed_on: set[type[Action]]) -> list[Message]:
        """The screen that stands and, if its kind is new, all that typing and sending on it leads to."""
        shown = [phone.screen]
        here = phone.screen.here
        if type(here) in typed_on:
            return shown
        typed_on.add(type(here))
        self._look(phone)
        phone.attach("照片.png")
        shown.append(phone.screen)
        for text in self.texts:
            if wire(phone.screen.here) != wire(here):
                phone.press(here)
            phone.say(text)
            shown += self._type(phone, typed_on)
        return shown

    def _look(self, phone: Phone) -> None:
        """Drawing a screen again writes nothing: `look` does it in a transaction that is never kept."""
        writes: list[str] = []

        def watch(_c: object, _k: object, statement: str, *_: object) -> None:
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                writes.append(statement)

        engine = self.world.database.engine
        sa.event.listen(engine, "before_cursor_execute", watch)
        drawn = self.world.conversation.look(phone.channel, phone.address).screen
        sa.event.remove(engine, "before_cursor_execute", watch)
        if writes or drawn.title != phone.screen.title:
            self.wrong.append(
                f"{phone.address}: {phone.screen.title}: looking at it gives {drawn.title} {writes}"
            )


def everywhere(world: World, clock: Clock, walk: Walk) -> None:
    """Give every role something to see, and let each walk from its Home."""
    world.phone("officer").say("自评").attach("照片.png")  # something to show and remove
    for _ in range(4):
        world.phone("secretary").say("提意见").say("意见一条" * 240)  # more than one page
    invited = world.phone("secretary").say("我的职务").tap("邀请支委")  # somebody who joined
    Phone(world.conversation, "joined").say(next(x[1] for x in invited.screen.lines if x[0] == "邀请码"))
    world.phone("secretary").say("我的职务").tap("邀请支委")  # something to show and cancel
    elsewhere = world.phone("secretary").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    Phone(world.conversation, "elsewhere").say(next(x[1] for x in elsewhere.screen.lines if x[0] == "登录码"))
    administrator = world.phone("administrator").say("首页").tap("工作安排")
    administrator.tap("放假调休").say("10月9日 放假").tap("撤销")
    administrator.say("10月10日 上班")  # something to show and remove
    invited = world.phone("administrator").say("我的职务").tap("邀请人员").say("双龙")
    walk.check("administrator", "whom to invite, by a name", invited.screen)
    invited.say("邀请码单").say("王芳 支委 双龙支部\n李明 总支委员")
    walk.check("administrator", "whom to invite, as it was typed", invited.press(invited.screen.here).screen)
    walk.check("administrator", "the sheet of codes", invited.tap("生成 2 个邀请码").screen)
    for number, name in enumerate(
        ("党务工作群", "一个名称长得按钮上放不下的群", "")
    ):  # to switch and to forget
        asks = world.phone("member")
        world.conversation.ask_in_group(Group(asks.channel, f"group {number}", name), asks.address, "排名")
    _left(walk)
    switched_on(world)
    for who in ROLES:
        world.phone(who).say("首页")
    lose_a_notice(world)
    clockwork = Clockwork(world, clock)
    clock.forward(minutes=40)
    clockwork.tick()
    assert clockwork.wire.arrived
    world.phone("officer").say("待办").tap("读书心得").say("12/25 16/18")  # a question to answer
    reports = world.phone("secretary of 劲松").say("待办").tap("12月信息上报").say("3")
    reports.tap("台账").tap("思想建设").tap("信息上报").tap("12月").say("5")
    reports.say("待办").tap("已完成").tap("1").tap("以哪个为准")  # two numbers, of which one holds
    walk.check("secretary of 劲松", "以哪个为准", reports.screen)
    reports.tap("用任务报的")
    _doubtful(walk)
    added = world.phone("administrator").say("首页").tap("工作安排").tap("学期").tap("新增学期")
    added.say("2027-02-26 至 2027-07-09")
    walk.check("administrator", "a term on other days", added.press(added.screen.here).screen)
    added.tap("确认新增")
    _revised(walk)
    world.phone("member").say("提醒设置").tap("邮件提醒").say("name@example.com")  # a code to wait for
    refuse_mail(world, "officer", "full@example.com")
    rated = world.phone("member").say("首页").tap("评价 新源里").say("1-24合").tap("保存")
    walk.check("member", "总支评价", rated.tap("提交").tap("确认提交").screen)  # something to take back
    plan = world.phone("member").say("首页").tap("交办任务").say("明天交走访照片").tap("确认交办")
    answer = world.phone("secretary of 双龙").say("待办").tap("交办：交走访照片").say("走访了 3 户")
    walk.check("secretary", "a text for a task", answer.screen)
    answer.tap("对，交上去").attach("照片.png")
    walk.check("secretary", "a file of a task", answer.tap("1. 照片.png").screen)
    walk.check("member", "the answers", plan.press(plan.screen.here).screen)
    plan.tap("看双龙校区党支部")
    _meet(walk)
    rated = world.phone("member").say("首页").tap("评价 双龙校区")
    while "其余都同自评" not in rated.labels:
        rated.tap("同自评")
    noted = rated.tap("备注").say("看过材料").screen.here
    noting = world.phone("other member").press(noted).tap("备注").say("再核对一次")
    walk.check("other member", "over a colleague's note", noting.press(noting.screen.here).screen)
    noting.tap("换成我写的")
    phone = world.phone("other member").say("打印双龙测评表").tap("Excel")
    form = phone.screen.attachment
    assert form is not None
    phone.attach("测评表.xlsx", changed(form.read(), {"H28": None, "I28": 2.5}))
    walk.check("other member", "a form that was sent back", phone.screen)
    phone.tap("首页")
    for who in ROLES:
        walk.walk(who)
    phone = world.phone("other member").say("退回双龙").say("7 缺会议记录")
    walk.check("other member", "what is to be returned", phone.screen)
    walk.check("other member", "what was returned", phone.tap("确认退回").screen)
    phone.say("首页").tap("评价 双龙")
    walk.check("other member", "a way to what was returned", phone.screen)
    back = world.phone("secretary of 双龙").say("首页")
    for ways in ("改自评", "总览", "提交"):
        walk.check("secretary of 双龙", "a returned sheet", back.screen)
        back.tap(ways)
    phone = world.phone("member").press(ChaseBranches(1, 1))  # of more branches than there are
    walk.check("member", "催办 · 各支部", phone.screen)
    walk.check("member", "各支部", phone.press(Branches(1, 0)).screen)
    phone.say("天气")
    phone.send(phone.event(unreadable="voice"))
    phone.say("首页").attach("照片.png")
    _publish(world, walk)
    phone = world.phone("other member").say("双龙", message="1")
    walk.check("other member", "an edit", phone.edit("1", "劲松").screen)
    walk.check("other member", "改", phone.tap("改").screen)


def _meet(walk: Walk) -> None:
    """交流汇报: its day and its order are typed, the materials are asked for, and a branch looks."""
    member = walk.world.phone("member").say("交流汇报")
    walk.check("member", "交流汇报", member.screen)
    member.say("今天").say("顺序 双龙 常营")
    _steps(walk, member, "按名册顺序", "抽签", "重新抽签", "请各支部交汇报材料", "确认交办")
    walk.check("member", "the materials", member.say("交流汇报").screen)
    _steps(walk, member, "年度小结", "全部支部 Word", "单个支部", "双龙", "交流汇报", "交流汇报")
    _steps(walk, member, "会议记录已登记", "撤销登记")
    branch = walk.world.phone("secretary of 双龙").say("交流汇报")
    walk.check("secretary", "交流汇报", branch.screen)
    _steps(walk, branch, "年度小结", "交流汇报", "交材料")


def _revised(walk: Walk) -> None:
    """Another rating table for the next term: its words as a workbook, its rules as a text; and one that waits."""
    phone = walk.world.phone("administrator").say("换评价表")
    _steps(walk, phone, "下载 Excel")
    form = phone.screen.attachment
    assert form is not None
    other = {
        f"B{row}": f"党支部每月按计划开展工作，第 {row} 行要求有记录、有总结、有考核。" * 9
        for row in range(5, 29)
    }
    phone.attach("评价表.xlsx", changed(form.read(), other))
    _steps(walk, phone, "下一页", "从某学期起用", "第二学期")
    walk.check("administrator", "why it is put in force", phone.say("党委的新要求").screen)
    _steps(walk, phone, "确认起用", "下载 TOML")
    table = phone.screen.attachment
    assert table is not None
    phone.attach("评价表.toml", table.read().replace(b"least = 90", b"least = 88"))
    walk.check("administrator", "a table that waits", phone.screen)


def _doubtful(walk: Walk) -> None:
    """A ratio that is asked about, and then may be the answer of a task, too."""
    world, who = walk.world, "secretary of 新源里"
    kind = read_edition("jinsong_2017").facts["attendance"].number
    stood = world.phone(who).screen.here
    phone = world.phone(who).press(FactCard(world.branches[3].id, world.terms[0].id, kind, 0)).say("18/17")
    phone.press(phone.screen.here)
    for offered in (AskFact, MeantFact, AlsoFor):
        walk.check(who, "a doubtful ratio", phone.screen)
        if not isinstance(phone.screen.here, offered):
            phone.press(next(b.action for b in phone.screen.buttons if isinstance(b.action, offered)))
    walk.check(who, "its task", phone.screen)
    phone.press(stood)


def _left(walk: Walk) -> None:
    """Four who hold no seat any more: one was removed, one deleted themselves, one is deleted, one can be."""
    world = walk.world
    administrator = world.phone("administrator")
    for n in range(4):
        phone = Phone(world.conversation, f"left {n}", name=f"离任{n}")
        phone.say(code_for(world, Role.OFFICER, world.branches[3].id))
        seat = world.conversation.who(phone.channel, phone.address).seats[0].id
        if n:
            _steps(walk, phone.say("我的职务"), "退出", "确认退出")
        else:
            found = administrator.say("人员").say("离任0")
            _steps(walk, found, "移除", "确认移除")
            walk.check("removed", "what became of the seat", phone.press(SeatEnded(seat)).screen)
    _steps(walk, phone, "隐私说明", "删除我的资料", "确认删除")
    lost = Phone(world.conversation, "left with a phone", name="丢手机的").say(
        code_for(world, Role.OFFICER, world.branches[3].id)
    )
    assert lost.reply.receipt
    _steps(walk, administrator.say("人员").say("丢手机的"), "丢手机", "全部退出")
    _steps(walk, administrator.say("人员"), "已离任", "离任1", "确认删除")


def _publish(world: World, walk: Walk) -> None:
    """This term is evaluated and published, by people who walked nowhere else."""
    phone = Phone(world.conversation, "publisher").say(code_for(world, Role.ADMINISTRATOR))
    walk.check("administrator", "公布, with what is missing", phone.say("公布").screen)
    term = getattr(phone.screen.here, "term", 0)
    with world.database.read() as session:  # closed on the walk, they are rated in this term still
        branches = roll.of_term(session, terms.any_term(session, term))
    for branch in branches:
        sheet = OpenSheet(branch.id, term, int(Rater.COMMITTEE))
        phone.press(sheet).say("1-24合")
        if "保存" in phone.labels:  # not evaluated on the walk
            phone.tap("保存")
        phone.press(sheet)
        for label in ("提交", "确认提交"):
            if label in phone.labels:  # not submitted there
                phone.tap(label)
    walk.check("administrator", "公布", phone.say("公布").screen)
    walk.check("administrator", "公布, done", phone.tap("确认公布").screen)
    switched_on(world)
    _steps(walk, phone.say("公布"), "发到群里", "看图", "发到群里", "看文件", "发到群里", "确认发送")
    lose(world)
    _steps(walk, phone, "看发送结果", "再发一次", "公示和公开")
    hears = Phone(world.conversation, "hears").say(code_for(world, Role.SECRETARY, branches[0].id))
    walk.check("secretary", "结果公布", hears.press(Outcome(term)).screen)
    walk.check("secretary", "提出异议", hears.tap("看结果").tap("提出异议").say("第 7 项请复核").screen)
    walk.check("secretary", "看结果", hears.tap("确认提出").tap("看结果").screen)
    walk.check("secretary", "看各支部", hears.tap("看各支部").screen)
    _rectify(walk, phone, hears, Rectify(branches[0].id, term))
    _year_end(walk, phone, hears)


def _year_end(walk: Walk, administrator: Phone, secretary: Phone) -> None:
    """The year before is reviewed, first in vain, and 优秀党支部 is chosen."""
    world = walk.world
    _steps(
        walk,
        administrator.say("年度评议"),
        "准备年度评议",
        "自己的支部不评",
        "不评了",
        "确认作废",
    )
    _steps(walk, administrator, "准备年度评议")
    walk.check("administrator", "who votes", administrator.say("群众6 专家2").screen)
    _steps(walk, administrator, "打开评议", "打印码单", "看进度", "投影二维码", "看进度")
    walk.check("administrator", "who came", administrator.say("实到 群众6").screen)
    vote(world, Electorate.MASSES, 6, Grade.PASSED, said=dict.fromkeys(range(1, 9), "好"))
    _steps(walk, administrator, "结束评议", "确认结束", "常营主校区", "看意见", "返回", "评议结果")
    _steps(walk, administrator, "录纸质票", "党员 没有")
    walk.check("administrator", "how many on paper", administrator.say("共5票").screen)
    _steps(walk, administrator, "常营主校区")
    walk.check("administrator", "what is on paper", administrator.say("4/1/0 " * 6).screen)
    _steps(walk, administrator, "返回本组", "没有纸质票，删去", "确认删去", "评议结果", "设权重")
    walk.check("administrator", "weights", administrator.say("群众10").screen)
    _steps(walk, administrator, "评议结果", "专家意见", "双龙校区")
    walk.check("administrator", "an expert", administrator.say("赵老师：有特色").screen)
    _steps(
        walk,
        administrator,
        "专家意见",
        "删去 1",
        "确认删去",
        "评议结果",
        "下载结果",
        "评议结果",
        "学年总表",
        "评 双龙",
    )
    walk.check("administrator", "why", administrator.say("党日活动有特色").screen)
    award = administrator.at("award")
    _steps(walk, administrator, "换一个支部", "评 双龙", "确认评选", "经费提示")
    _steps(walk, administrator, "已安排")
    walk.check("secretary", "优秀党支部", secretary.press(Awarded(award)).screen)


def _rectify(walk: Walk, administrator: Phone, secretary: Phone, plan: Rectify) -> None:
    """A mark is amended, so that the branch owes 整改; every step of it, to the last one."""
    administrator.press(Result(plan.branch, plan.term)).tap("更正").tap("19").say("0").say("复核").tap(
        "确认更正"
    )
    _steps(walk, secretary.press(plan), "逐条选", "采用第 19 项", "全部措施", "写一条措施")
    secretary.say("每月检查公开栏")
    _steps(walk, secretary, "全体支委", "两周内", "删除", "恢复这条", "全部措施")
    _steps(walk, secretary, "采用全部", "提交整改", "确认提交")
    _steps(walk, administrator.press(plan), "写指导意见")
    walk.check("administrator", "指导意见", administrator.say("先补记录").screen)
    _steps(walk, administrator, "发给支部", "退回")
    walk.check("administrator", "why it is returned", administrator.say("写具体些").screen)
    _steps(walk, administrator, "确认退回")
    _steps(walk, secretary.press(plan), "提交整改", "确认提交")
    _steps(walk, administrator.press(plan), "同意", "第 1 条")
    walk.check(
        "secretary", "what is reported", secretary.press(administrator.screen.here).say("已谈心").screen
    )
    secretary.attach("照片.png")
    _steps(
        walk, secretary, "1. 照片.png", "返回", "已完成，报总支销号", "撤回，还没有完成", "已完成，报总支销号"
    )
    _steps(walk, administrator.press(secretary.screen.here), "退回")
    walk.check("administrator", "why it is sent back", administrator.say("还差一次").screen)
    _steps(walk, administrator, "确认退回")
    _steps(walk, secretary.press(secretary.screen.here), "已完成，报总支销号")
    _steps(walk, administrator.press(administrator.screen.here), "同意销号", "全部措施", "整改台账")
    _steps(walk, administrator, "台账 Excel", "Word 文件", "整改台账")


def _steps(walk: Walk, phone: Phone, *labels: str) -> None:
    for label in labels:
        walk.check(phone.address, label, phone.tap(label).screen)


CHANCE = (  # what is drawn by lot: codes, and the secret of a calendar
    (re.compile(r"\b[23456789A-HJ-NP-Z]{4}(?: ?-?[23456789A-HJ-NP-Z]{4})\b"), "‹code›"),
    (re.compile(r"calendar/[\w-]+"), "calendar/‹secret›"),
)


def written(walk: Walk) -> str:
    """Every answer of a walk as text: who asked what, what the screen and its buttons say, what is said in passing."""
    said = []
    for event, reply in walk.answers:
        asked = type(read(event.press)).__name__ if event.press else event.text or "a file"
        buttons = "\n".join(" | ".join(button.label for button in row) for row in reply.screen.rows)
        said.append(
            f"== {event.address} · {asked}\n{plain(reply.screen)}\n{buttons}\n{reply.screen.hint}\n{reply.toast}\n"
        )
    text = "".join(said)
    for pattern, name in CHANCE:
        text = pattern.sub(name, text)
    return text


def main(file: Path) -> None:
    """Walk on a database of its own and write every screen down."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        clock = Clock()
        world = World(sqlite_database(Path(folder) / "demo.db", "demo"), Path(folder), clock)
        walk = Walk(world, monkeypatch)
        everywhere(world, clock, walk)
        file.write_text(written(walk), encoding="utf-8")
        print(f"{len(walk.answers)} screens, {len({reply.screen.title for _, reply in walk.answers})} titles")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
