"""Which open pages look again after which action: the whole conversation, with the people of the permission matrix.

The tables below say what is expected. The first test goes through every action of the permission matrix, so one that
changes something and stands in no table fails.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from bot import actions
from bot.actions import Action
from bot.conversation import Entry
from bot.permissions import Me, Role
from bot.store import invitations, terms
from bot.store.tables import HistoryRow
from tests.conversation.test_logging_out import log_in_code
from tests.conversation.test_permissions import DECISIONS, Ids, Stage, changes_in
from tests.conversation.test_results import rate
from tests.conversation.test_todo import on
from tests.objects import objects
from tests.phone import Phone, World, code_for, picture

Pages = frozenset[str]
OF_COMMITTEE: Pages = frozenset({"committee", "administrator", "self"})
OF_BRANCH: Pages = OF_COMMITTEE | {"branch", "secretary"}
ALL: Pages = OF_BRANCH | {"another branch"}
CODES: Pages = frozenset({"administrator"})  # that are open, in the committee
CODES_OF_BRANCH: Pages = CODES | {"secretary"}
INBOX: Pages = frozenset({"administrator"})
OWN: Pages = frozenset({"self"})
NOBODY: Pages = frozenset()

ON_A_SHEET: tuple[type[Action], ...] = (
    actions.Mark,
    actions.Points,
    actions.TypedReason,
    actions.TypedOnCard,
    actions.KeepAsPoints,
    actions.KeepAsNote,
    actions.Undo,
    actions.TypedNote,
    actions.ClearNote,
    actions.ReplaceNote,
    actions.AddEvidence,
    actions.RemoveEvidence,
)
OF_ANYBODY: tuple[type[Action], ...] = (actions.SignOut, actions.NewCalendarLink)
QUIET: tuple[type[Action], ...] = (
    actions.SetHour,
    actions.InWords,
    actions.Mute,
    actions.TypedMute,
    actions.SeeNewcomers,
    actions.TypedMail,
    actions.NoMail,
)
EXPECTED: dict[str, dict[Pages, tuple[type[Action], ...]]] = {
    "secretary": {
        OF_BRANCH: (
            *ON_A_SHEET,
            actions.SaveLine,
            actions.Submit,
            actions.Place,
            actions.Correct,
            actions.TypedFact,
            actions.MeantFact,
            actions.ClearFact,
            actions.TypedReport,
            actions.ReportFile,
            actions.Done,
            actions.Tick,
            actions.Missed,
            actions.NotDone,
            actions.TypedCorrection,
            actions.TypedName,
            actions.TypedMeasure,
            actions.FromItem,
            actions.TypedOnMeasure,
            actions.Responsible,
            actions.DueBy,
            actions.DropMeasure,
            actions.AddMeasureFile,
            actions.CloseMeasure,
            actions.ReopenMeasure,
        ),
        CODES_OF_BRANCH | OWN: (
            actions.Invite,
            actions.CancelInvitation,
            actions.HandOver,
            actions.AddDevice,
            actions.Leave,
        ),
        INBOX: (actions.SendFeedback,),
        OWN: OF_ANYBODY,
        NOBODY: (
            *QUIET,
            actions.FilledForm,
            actions.TypedLineReason,
            actions.TypedAgain,
            actions.WaitWith,
            actions.Snooze,
            actions.SnoozeAll,
        ),
    },
    "member": {
        ALL: (
            actions.Give,
            actions.Withdraw,
            actions.TypedExchange,
            actions.DrawLots,
            actions.OrderOfRoll,
            actions.TickMinutes,
        ),
        OF_BRANCH: (actions.SendGuidance, actions.SendBackFor),
        OF_COMMITTEE: (
            actions.ChooseWinner,
            actions.TypedForAward,
            actions.BudgetSeenTo,
            actions.TypedName,
            actions.Nudge,
            actions.NudgeBranch,
            actions.NudgeAll,
            actions.Evaluate,
            actions.EvaluatePoints,
        ),
        INBOX: (actions.AddDevice, actions.SendFeedback),
        OWN: OF_ANYBODY,
        NOBODY: (
            *QUIET,
            actions.TypedAssignment,
            actions.RetypedAssignment,
            actions.AssignTo,
            actions.DueOn,
            actions.TypedTitle,
            actions.TypedBranch,
            actions.Weekly,
            actions.TypedAmendment,
            actions.TypedGuidance,
            actions.TypedSendBack,
            actions.AskMaterials,
        ),
    },
    "administrator": {
        ALL: (
            actions.TypedExchange,
            actions.DrawLots,
            actions.OrderOfRoll,
            actions.TickMinutes,
            actions.Withdraw,
            actions.TypedDays,
            actions.ClearDay,
            actions.TypedTerm,
            actions.AddTerm,
            actions.AddTermOn,
            actions.TypedTermName,
            actions.DeleteTerm,
            actions.SetOpenness,
            actions.Amend,
            actions.Adopt,
        ),
        OF_BRANCH: (
            actions.TypedBranchName,
            actions.TypedCampus,
            actions.CloseBranch,
            actions.SendAnswerSeen,
            actions.SendGuidance,
            actions.SendBackFor,
            actions.SwitchDuty,
            actions.ResetDuty,
            actions.TypedDuty,
            actions.Forget,
        ),
        OF_COMMITTEE: (
            actions.ChooseWinner,
            actions.TypedForAward,
            actions.BudgetSeenTo,
            actions.TypedCounts,
            actions.SetOwnBranch,
            actions.OpenReview,
            actions.CloseReview,
            actions.VoidReview,
            actions.TypedPaperBallots,
            actions.TypedPaperCounts,
            actions.DropPaper,
            actions.TypedWeights,
            actions.TypedExpert,
            actions.DropExpert,
            actions.TypedName,
            actions.TypedNewBranch,
            actions.Nudge,
            actions.NudgeBranch,
            actions.NudgeAll,
        ),
        CODES_OF_BRANCH | OWN: (
            actions.Invite,
            actions.CancelInvitation,
            actions.RemoveSeat,
            actions.PassOn,
            actions.CutOff,
        ),
        INBOX | OWN: (
            actions.AddDevice,
            actions.SendFeedback,
            actions.Settle,
            actions.SwitchGroupChat,
            actions.ForgetGroupChat,
            actions.AnswerOpinion,
        ),
        OWN: OF_ANYBODY,
        NOBODY: (
            *QUIET,
            actions.TypedAssignment,
            actions.Weekly,
            actions.TypedAnswer,
            actions.TypedAnswerToOpinion,
            actions.TypedInvitees,
            actions.TypedAmendment,
            actions.TypedGuidance,
            actions.TypedSendBack,
            actions.AskMaterials,
            actions.SentEdition,
            actions.TypedEditionReason,
            actions.DropEdition,
            actions.AdoptTrial,
        ),
    },
}
EVALUATING: dict[Pages, tuple[type[Action], ...]] = {  # and not yet published; an amendment is of last term
    OF_COMMITTEE: (*ON_A_SHEET, actions.Evaluate, actions.EvaluatePoints),
    NOBODY: (actions.TypedAmendment,),
}
PERSONAL = {actions.Leave.__name__, actions.TypedName.__name__, *(one.__name__ for one in OF_ANYBODY)}
"""Whatever seats the person's pages saw there."""
OF_SOMEBODY = (actions.RemoveSeat, actions.CutOff, actions.Forget)  # the secretary, wherever they are

# What the same person does before, so that an action changes anything.
FIRST: dict[type[Action], Callable[[Ids], Action]] = {
    actions.ClearNote: lambda i: actions.TypedNote(i.sheet, 7, "说明"),
    actions.AddEvidence: lambda i: actions.RemoveEvidence(i.sheet, i.evidence),
    actions.SaveLine: lambda i: actions.SaveLine(i.sheet, i.draft),  # which only shows it again, after a mark
    actions.Place: lambda i: actions.Mark(i.sheet, 7, 0),
    actions.NotDone: lambda i: actions.Done(i.task),
    actions.Tick: lambda i: actions.NotDone(i.meeting),
    actions.ClearFact: lambda i: actions.TypedFact(i.branch, i.term, 2, 0, "9"),
    actions.TypedCorrection: lambda i: actions.Done(i.task),
    actions.Invite: lambda i: actions.CancelInvitation(i.invitation),
    actions.ResetDuty: lambda i: actions.SwitchDuty(i.committee, i.branch, 1, 0),
    actions.SendBackFor: lambda i: actions.TypedSendBack(i.closed, "还差一次"),
    actions.SendGuidance: lambda i: actions.TypedGuidance(i.plan, "先补记录"),
    actions.OrderOfRoll: lambda i: actions.DrawLots(i.committee, 0, actions.fingerprint("")),
    actions.ClearDay: lambda i: actions.TypedDays(i.committee, "2027年10月10日 上班"),
}


class Watch:
    """Pages that look now, by the name of whose they are, and which of them are woken by what comes after."""

    def __init__(self, world: World, addresses: dict[str, str]) -> None:
        self.addresses, self.told = addresses, frozenset[str]()
        self.topics = {name: world.conversation.watches("web", at) for name, at in addresses.items()}
        self._acted: set[str] = set()
        world.conversation.subscribe(self._hear)

    def _hear(self, _: str, address: str, topics: frozenset[str]) -> None:
        self.told |= topics
        self._acted.add(address)

    def woken(self) -> set[str]:
        """Those that are woken since this was last asked; where something was done is no news."""
        told, acted, self.told, self._acted = self.told, self._acted, frozenset(), set()
        return {
            name
            for name, topics in self.topics.items()
            if topics & told and self.addresses[name] not in acted
        }


def watch(world: World, **more: Phone) -> Watch:
    """The pages of the demo's people, and of these."""
    return Watch(world, World.PERSONAS | {name: phone.address for name, phone in more.items()})


def second(world: World, phone: Phone) -> Phone:
    """A second device of the same person."""
    return Phone(world.conversation, f"{phone.address} again").say(log_in_code(phone))


class Hall:
    """A stage on which anybody may do anything at all, and of which nothing is kept but what was there first."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage, self.world = Stage(world), world
        self.rated = self.stage.elsewhere()["rater"]
        self.stage.phones["other member"] = world.phone("other member")
        for who in EXPECTED:
            self.stage.phones[f"{who} again"] = second(world, self.stage.phones[who])
        self.watch = Watch(world, {name: phone.address for name, phone in self.stage.phones.items()})
        self._action: Action = actions.Home()
        self.author = world.me("member").person_id  # of the opinion that waits
        # There is a button for everything, also for what is typed.
        monkeypatch.setattr("bot.conversation.read", lambda _: self._action)
        self._file = Path(str(world.database.url.database))
        world.database.close()
        self._first = self._file.read_bytes()

    def back(self) -> None:
        """Nothing was done."""
        self.world.database.close()
        for ending in ("-wal", "-shm"):
            Path(f"{self._file}{ending}").unlink(missing_ok=True)
        self._file.write_bytes(self._first)

    def do(self, who: str, action: Action) -> tuple[bool, Pages, set[str]]:
        """Whether that changes anything, which pages it wakes, and the persons that are told of it."""
        phone, self._action = self.stage.phones[who], action
        self.watch.woken()
        with changes_in(self.world.database) as changes:
            phone.send(phone.event(press="any"))
        assert phone.screen.title != "抱歉，出了点问题", action
        persons = {topic for topic in self.watch.told if topic.startswith("p")}
        woken = self.watch.woken()
        pages = {
            "branch": "officer",
            "secretary": "secretary",
            "another branch": "secretary elsewhere",
            "committee": "other member",
            "administrator": "administrator",
            "another committee": "neighbour 总支委员",
            "self": f"{who} again",
        }
        return bool(changes), frozenset(name for name, whose in pages.items() if whose in woken), persons


@pytest.mark.slow
def test_each_change_wakes_exactly_the_pages_that_it_concerns(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall, wrong = Hall(desk, monkeypatch), []
    for who, by_pages in {**EXPECTED, "member, evaluating": EVALUATING}.items():
        evaluating, who = by_pages is EVALUATING, who.partition(",")[0]
        ids = hall.rated if evaluating else hall.stage.own
        expected = {cls.__name__: pages for pages, some in by_pages.items() for cls in some}
        me = desk.conversation.who("web", hall.stage.phones[who].address)
        for cls, (allowed, make) in DECISIONS.items():
            if not ("sheet" in cls.__struct_fields__ if evaluating else who in allowed):
                continue
            hall.back()
            name = cls.__name__
            if name in expected and (first := FIRST.get(cls)):
                hall.do(who, first(ids))
            changed, woken, persons = hall.do(who, make(ids))
            if (changed, woken) != (name in expected, expected.get(name, NOBODY) - {who}):
                wrong.append(f"{name} by {who}, {evaluating=}: {changed=} {sorted(woken)}")
            told = me.person_id if name in PERSONAL else ids.person if cls in OF_SOMEBODY else 0
            told = hall.author if cls is actions.AnswerOpinion else told
            if persons != ({f"p{told}"} if told else set()):
                wrong.append(f"{name} by {who}: {persons}")
    hall.back()
    assert not wrong, "\n".join(wrong)


def test_each_expectation_is_of_an_action_that_may_be_done() -> None:
    for who, by_pages in EXPECTED.items():
        named = [cls for some in by_pages.values() for cls in some]
        assert len(named) == len(set(named))
        assert all(who in DECISIONS[cls][0] for cls in named)
    assert all(allowed & EXPECTED.keys() for allowed, _ in DECISIONS.values() if allowed - {"removed"}), (
        "all are tried but what is for who holds no seat any more"
    )


# --- what the matrix does not do ------------------------------------------------------------------------------------

COMMITTEE = {"administrator", "member", "other member"}
LISTING = {"administrator", "secretary"}  # who see the open codes of 常营
BRANCH = {"secretary", "officer"}  # 常营
EVERYBODY = {*COMMITTEE, *BRANCH, "secretary of 劲松", "secretary of 双龙", "secretary of 新源里"}


def test_a_duty_of_all_branches_concerns_everybody(desk: World) -> None:
    phone, pages = desk.phone("administrator"), watch(desk)
    phone.press(actions.SwitchDuty(1, 0, 1, 0))
    assert pages.woken() == EVERYBODY - {"administrator"}


def test_a_task_concerns_the_branches_that_it_is_given_to(desk: World) -> None:
    phone, pages = desk.phone("member"), watch(desk)
    phone.press(actions.Assign(1)).say("明天交活动小结").tap("支部：").tap("全不选").say("常营").tap("选好了")
    assert pages.woken() == set()
    phone.tap("确认交办")
    assert pages.woken() == {*COMMITTEE, *BRANCH} - {"member"}
    task = desk.phone("secretary").say("待办").tap("活动小结").tap("已完成")
    assert task.toast == "交办：交活动小结 已完成，谢谢"
    assert pages.woken() == {*COMMITTEE, "officer"}, "a task that brings no numbers is a row by itself"
    desk.phone("secretary").tap("改").tap("其实没完成")
    assert pages.woken() == {*COMMITTEE, "officer"}
    phone.tap("撤回").tap("确认撤回")
    assert pages.woken() == {*COMMITTEE, *BRANCH} - {"member"}


def test_what_was_meant_concerns_the_branch(desk: World) -> None:
    phone, pages = on(desk, "party_day"), watch(desk)
    phone.say("12/25 应到18实到17 参观香山 志愿。")
    assert pages.woken() == set()
    phone.tap("出勤 17/18")
    assert pages.woken() == COMMITTEE


def test_the_committees_sheet_that_is_submitted_is_not_yet_the_branchs(desk: World) -> None:
    pages = watch(desk)
    assert rate(desk, "常营").toast == "已提交"
    assert pages.woken() == COMMITTEE - {"member"}


def test_a_new_member_of_a_branch_concerns_it(desk: World) -> None:
    code = code_for(desk, Role.OFFICER, desk.branches[0].id, uses=2)
    pages = watch(desk)
    Phone(desk.conversation, "new").say(code)
    assert pages.woken() == LISTING
    desk.conversation.enter(Entry("web", "from a link", "key", code, fresh="fresh"))
    assert pages.woken() == LISTING


def test_a_wrong_code_concerns_nobody(desk: World) -> None:
    pages = watch(desk)
    Phone(desk.conversation, "new").say("ABCD2345")
    desk.conversation.enter(Entry("web", "new", "key", "ABCD2345", fresh="fresh"))
    desk.conversation.offer("web", "new", "ABCD2345", network="", expired=False)
    assert pages.woken() == set()


def test_who_deletes_themselves_concerns_where_they_sat(desk: World) -> None:
    phone = desk.phone("secretary").say("我的职务").tap("退出").tap("确认退出")
    pages = watch(desk)
    phone.tap("隐私说明").tap("删除我的资料").tap("确认删除")
    assert pages.woken() == {*COMMITTEE, "officer"}


def test_a_further_seat_reaches_the_other_devices_of_whoever_takes_it(desk: World) -> None:
    phone = desk.phone("secretary of 双龙")
    pages = watch(desk, again=second(desk, phone))
    phone.say(code_for(desk, Role.OFFICER, desk.branches[0].id))
    assert pages.woken() == {*LISTING, "again"}


def test_a_seat_that_is_handed_over_reaches_whoever_had_it(desk: World) -> None:
    phone = desk.phone("secretary of 双龙").say(code_for(desk, Role.OFFICER, desk.branches[0].id))
    phone.say("我的职务").tap("移交")
    code = next(line[1] for line in phone.screen.lines if line[0] == "移交码")
    pages = watch(desk)
    Phone(desk.conversation, "new").say(code)
    assert f"p{desk.me('secretary of 双龙').person_id}" in pages.told
    assert pages.woken() == {"administrator", "secretary of 双龙"}


def test_a_code_that_ends_with_its_makers_seat_concerns_the_branch_that_it_was_for(desk: World) -> None:
    phone = Phone(desk.conversation, "another").say(code_for(desk, Role.ADMINISTRATOR))
    phone.press(actions.Invite(1, desk.branches[0].id, int(Role.OFFICER), 0))
    pages = watch(desk)
    phone.say("我的职务").tap("退出").tap("确认退出")
    assert pages.woken() == LISTING


def test_a_login_is_the_persons_own_and_uses_up_a_code_of_the_branch(desk: World) -> None:
    code = log_in_code(desk.phone("secretary"))
    person, pages = desk.me("secretary").person_id, watch(desk)
    Phone(desk.conversation, "new").say(code)
    assert f"p{person}" in pages.told
    assert pages.woken() == LISTING, "they have it in the list of unused codes"


def test_a_code_that_is_used_up_for_a_seat_that_is_held_is_used_no_more(desk: World) -> None:
    code = code_for(desk, Role.SECRETARY, desk.branches[0].id)
    pages = watch(desk)
    assert not desk.conversation.enter(Entry("web", "demo-3", "key", code, expired=True)).refusal
    assert pages.woken() == {"administrator"}
    with desk.database.read() as session:
        last = objects(session).exec(select(HistoryRow).order_by(HistoryRow.id.desc())).first()  # type: ignore[union-attr]
    assert last is not None
    assert (last.subject, last.before, last.after) == ("invitation", '{"uses": 1}', '{"uses": 0}')


def test_logging_out_elsewhere_ends_open_codes_and_reaches_every_device(desk: World) -> None:
    phone = desk.phone("secretary")
    other = second(desk, phone)
    pages = watch(desk, other=other)
    phone.say("我的职务").tap("登录的设备").tap("退出其他设备").tap("确认退出")
    assert pages.woken() == {"other"}
    other.say(log_in_code(phone))
    log_in_code(phone)
    pages.woken()
    phone.say("我的职务").tap("登录的设备").tap("退出其他设备").tap("确认退出")
    assert pages.woken() == {"administrator", "other"}, "the list of unused codes is shorter"


def test_a_new_name_stands_in_the_history_of_every_body_and_reaches_each(desk: World) -> None:
    with desk.database.write() as session:
        body = terms.add_committee(session, name="另一个党总支", edition="jinsong_2017")
        theirs, officer = (
            invitations.invite(
                session, me=Me(0, "", desk.clock()), committee_id=body, branch_id=None, role=role
            ).code
            for role in (Role.MEMBER, Role.ADMINISTRATOR)
        )
    phone = desk.phone("secretary").say(theirs).say(code_for(desk, Role.OFFICER, desk.branches[0].id))
    pages = watch(desk, neighbour=Phone(desk.conversation, "neighbour").say(officer))
    phone.say("我的职务").tap("改称呼").say("书记老张")
    assert pages.woken() == {*COMMITTEE, "officer", "neighbour"}
    with desk.database.read() as session:
        rows = objects(session).exec(select(HistoryRow).where(HistoryRow.subject == "person")).all()
    assert [(row.committee_id, row.branch_id) for row in rows] == [(1, desk.branches[0].id), (body, None)]


# --- when nobody is told --------------------------------------------------------------------------------------------


def test_what_is_refused_broken_or_delivered_again_concerns_nobody(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = desk.sheet(1)
    assert sheet is not None
    phone, pages = desk.phone("secretary of 劲松"), watch(desk)
    event = phone.event(press=actions.wire(actions.Mark(sheet.id, 7, 0)))
    phone.send(event)
    assert pages.woken() == COMMITTEE
    phone.send(event)
    assert pages.woken() == set()
    phone.press(actions.Card(sheet.id, 7)).say("99")
    assert pages.woken() == set()
    monkeypatch.setattr("bot.store.chats.remember", lambda *_, **__: 1 / 0)
    assert phone.press(actions.Mark(sheet.id, 7, 1)).screen.title == "抱歉，出了点问题"
    assert pages.woken() == set()


def test_what_a_text_might_have_done_where_it_was_not_meant_concerns_nobody(desk: World) -> None:
    sheet = desk.sheet(1)
    assert sheet is not None
    phone = desk.phone("secretary of 劲松").press(actions.Card(sheet.id, 7))
    pages = watch(desk)
    phone.say("2.5 缺记录", quotes="what nobody remembers")
    assert phone.screen.title == "记到这里吗？"
    assert pages.woken() == set()
    phone.press(actions.Place(phone.at("saying"), 0))
    assert pages.woken() == COMMITTEE


def test_a_photo_is_told_of_though_its_caption_is_refused(desk: World) -> None:
    sheet = desk.sheet(1)
    assert sheet is not None
    phone = desk.phone("secretary of 劲松").press(actions.Card(sheet.id, 7))
    pages = watch(desk)
    phone.attach("照片.png", picture(3), caption="9.9 太多")
    assert "已收到材料" in phone.toast
    assert pages.woken() == COMMITTEE


def test_what_listeners_hear_of_is_stored(desk: World) -> None:
    names: list[str] = []
    desk.conversation.subscribe(lambda *_: names.append(desk.me("secretary").name))
    desk.phone("secretary").say("我的职务").tap("改称呼").say("老张")
    assert names == ["老张"]


# --- who watches what -----------------------------------------------------------------------------------------------


def test_a_page_watches_what_its_seats_let_it_see(desk: World) -> None:
    def topics(phone: Phone) -> set[str]:
        me = desk.conversation.who("web", phone.address)
        watched = desk.conversation.watches("web", phone.address)
        return {"p" if topic == f"p{me.person_id}" else topic for topic in watched}

    first, second_branch = (desk.branches[n].id for n in (0, 1))
    assert topics(desk.phone("stranger")) == set()
    assert topics(desk.phone("member")) == {"c1", "a1", "p"}
    assert topics(desk.phone("administrator")) == {"i1", "c1", "a1", "p"}
    assert topics(desk.phone("secretary")) == {f"s{first}", f"b{first}", "a1", "p"}
    officer = desk.phone("officer")
    assert topics(officer) == {f"b{first}", "a1", "p"}
    officer.say(code_for(desk, Role.OFFICER, second_branch)).say(code_for(desk, Role.MEMBER))
    assert topics(officer) == {f"b{first}", f"b{second_branch}", "c1", "a1", "p"}
    left = desk.phone("secretary")
    left.say("我的职务").tap("退出").tap("确认退出")
    assert topics(left) == {"p"}
