"""What a typed text means that no screen asked for: its words (bot/words), and what they name in the database."""

import re
from collections.abc import Callable, Sequence

from bot.actions import (
    Action,
    AmendItem,
    AmendItems,
    Arrange,
    AskClose,
    AskCutOff,
    AskForget,
    AskObjection,
    AskRemove,
    AskSubmit,
    AskTakeBack,
    Assign,
    Awarded,
    BranchCard,
    BranchExchange,
    BranchList,
    BranchPaper,
    ByMail,
    CalendarLink,
    Card,
    Chase,
    ChaseTask,
    CheckList,
    Contents,
    Devices,
    Differences,
    DutyCard,
    DutyList,
    Editions,
    EnterCode,
    Everything,
    Evidence,
    Exchange,
    FactCard,
    Feedback,
    Finished,
    GroupChats,
    HandoverPack,
    Help,
    Home,
    Inbox,
    InviteMany,
    InviteMenu,
    Ledger,
    Note,
    Objections,
    OpenInvitations,
    OpenSheet,
    OverTerms,
    Overview,
    Papers,
    People,
    PersonCard,
    Preferences,
    Privacy,
    Profile,
    ProposeTerm,
    PublicNotice,
    RadarChart,
    Rectify,
    Register,
    RegisterFile,
    Rename,
    Result,
    Return,
    Seats,
    Standings,
    StandingsChart,
    StandingsWays,
    Task,
    TermFiles,
    TermList,
    TermsChart,
    ThisMonth,
    Todo,
    Trial,
    TypedAssignment,
    TypedMail,
    TypedNewBranch,
    TypedOnCard,
    TypedTrial,
    Undelivered,
    WayUp,
    WhyItem,
    WhyTotal,
    WorkingDays,
    YearEnd,
)
from bot.dialogue import told
from bot.dialogue.branches import containing, named_in
from bot.dialogue.drafting import reads_as_task
from bot.dialogue.naming import Asker, button_month, item_of, keys_of, marks_of, month_of, period_of, titled
from bot.dialogue.organizing import added
from bot.dialogue.publishing import newest
from bot.dialogue.returning import ASKS, NOT_SUBMITTED
from bot.dialogue.staffing import named_in as named_person
from bot.dialogue.told import Do
from bot.dialogue.work import Courtesy, NotUnderstood, Work
from bot.message import Button, Reply
from bot.permissions import Rater, may_see_branch
from bot.screens import asking as screens
from bot.screens.standings import star_limits
from bot.screens.wording import many
from bot.store import duties, results, review, sheets, terms
from bot.store.mailing import address_in
from bot.values import Branch, SheetFile, Term
from bot.words.grammar import Phrase, Understood, nearest, understand
from jobs.duties.calendar import full_day
from jobs.duties.catalogue import read_duties
from scoring.line import is_only_line, looks_like_line, says_by_place
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

LISTED = 12  # buttons of a question which one is meant
OFFERED = 3
_GRADED = pattern("[0-9].*[优合]|[优合].*[0-9]")  # a line of marks: 6优 7合
_ASKS = pattern("[?？吗么呢]|什么|怎|为何|谁|哪|几分|多少|标准|要求|上个?学期|去年|别|不要|还是|应该")
_OF_WORD = pattern("word|doc|文档", re.IGNORECASE)  # which kind of file is wanted
_REMOVES = pattern("移除|移出|踢出|删除|删掉|删了|去掉|撤掉")
_FORGETS = pattern("(?:删除|删掉|删了|清除|注销).*(?:资料|数据|信息|账号)")
_LOST = pattern("丢手机|丢了手机|手机.{0,2}丢")
_TELLS = pattern(r"(?:^|[，。,；;\s])(?:让|叫|通知|要求|安排|布置|交办)")  # what is told others
ADVICE = "可以点下面的按钮，或输入「帮助」。"

_OTHERS = {
    "branch": "这是支部书记和支委的事。您可以输入「排名」，或输入支部名称看它的结果。",
    "committee": "各支部的情况由党总支查看。本支部的，请输入「待办」或「结果」。",
    "administrator": "这是管理员的事。需要调整的，请用「提意见」告诉管理员。",
}
_PLAIN: dict[str, Action] = {
    "home": Home(),
    "help": Help(),
    "privacy": Privacy(),
    "feedback": Feedback(),
    "seats": Seats(),
    "rename": Rename(),
    "devices": Devices(),
    "code": EnterCode(),
    "clock": Preferences(),
    "cards": Preferences(),
    "mail": ByMail(),
    "calendar": CalendarLink(),
}


def answer(work: Work, text: str, do: Do, *, whole: bool = False) -> Reply:
    """Do what a text asks that no screen understood. Raises Refused, and NotUnderstood where it means nothing.

    `whole`: each word must be known.
    """
    asker = Asker.of(work, text)
    heard = understand(asker.text, asker.called, asker.roles)
    reply = (
        _address(asker, do)
        or _of_person(asker, do)
        or told.answer(asker, do)
        or _names(asker, do, only=True)
        or _line(asker, do)
        or (_assigns(asker, do) if _TELLS.search(asker.text) else None)
        or (_asked(asker, heard, do) if heard and heard.whole else None)
        or _assigns(asker, do)
        or (_asked(asker, heard, do) if heard and not whole else None)
        or _names(asker, do)
    )
    if reply is None:
        raise NotUnderstood(text, ADVICE)
    return reply


def near(work: Work, text: str) -> list[Button]:
    """What an unclear text may have meant, at most three buttons that only show something."""
    asker = Asker.of(work, "")
    buttons: dict[Action, Button] = {}
    for example, phrase in nearest(text, asker.roles):
        try:
            action = _shows(asker, phrase, understand(example, asker.called, asker.roles))
        except Refused:
            continue
        if action is not None:
            buttons.setdefault(action, Button(example, action))
        if len(buttons) == OFFERED:
            break
    return list(buttons.values())


def _address(asker: Asker, do: Do) -> Reply | None:
    """A mail address that stands alone is for 邮件提醒, as if it were typed there; None when the text is none."""
    address = address_in(asker.text)
    return do(asker.work, TypedMail(address) if asker.work.mails else ByMail()) if address else None


def _of_person(asker: Asker, do: Do) -> Reply | None:
    """What an administrator wants done to somebody whom the text names: 移除 李老师, 王老师丢手机了; or None.

    删除王老师的资料 is asked first, as everywhere. 丢手机 alone shows whose it may be; 手机丢了 is one's own.
    """
    removes, lost = _REMOVES.search(asker.text), _LOST.search(asker.text)
    forgets = _FORGETS.search(asker.text)
    if "administrator" not in asker.roles or not (removes or lost or forgets):
        return None
    committee = asker.committee(None)
    found = named_person(asker.work, committee, asker.text)
    if not found:
        return do(asker.work, People(committee, 0)) if asker.text.strip() == "丢手机" else None
    actions: list[Action] = []
    for one in found:
        action: Action = PersonCard(committee, one.person)
        if one.person != asker.work.me.person_id and forgets:
            action = AskForget(committee, one.person)
        elif one.person != asker.work.me.person_id and (lost or len(one.seats) == 1):
            action = AskCutOff(committee, one.person) if lost else AskRemove(one.seats[0].seat.id)
        actions.append(action)
    if len(found) == 1:
        return do(asker.work, actions[0])
    ways = [
        Button(f"{n}. {one.name}", action)
        for n, (one, action) in enumerate(zip(found[:LISTED], actions, strict=False), start=1)
    ]
    return Reply(screens.which("是哪一位？", f"有 {len(found)} 位同志符合。", ways))


def _assigns(asker: Asker, do: Do) -> Reply | None:
    """A task for branches, which is shown before it is given; None when the text reads as none."""
    if not reads_as_task(asker.text, asker.every):
        return None
    named = named_in(asker.text, asker.every)
    committee = asker.committee(named[0].branches[0] if named else None)
    return do(asker.work, TypedAssignment(committee, asker.text))


def _line(asker: Asker, do: Do) -> Reply | None:
    """A line of marks, which is shown before it is saved; None when it is none."""
    own, placed = asker.own, says_by_place(asker.text)
    if own is None or not (placed or _GRADED.search(asker.text)):
        return None
    term = terms.term(asker.work.session, 0, own.committee_id, asker.work.today)
    if not placed and not _is_line(asker.text, term):
        return None
    return do(asker.work, TypedOnCard(_sheet(asker, own, term, do), 0, asker.text))


# --- what is asked ------------------------------------------------------------------------------------------


def _asked(asker: Asker, heard: Understood, do: Do) -> Reply:
    """What the words of the text ask for. Raises Refused."""
    phrase = heard.phrases[0]
    if phrase.means in ("thanks", "nod"):
        raise Courtesy(
            "不客气！需要时随时输入「首页」。" if phrase.means == "thanks" else "好的。要办的事，请点按钮。"
        )
    if phrase.means == "lines":
        raise Courtesy(_lines(asker))
    if phrase.means == "term days":
        raise Courtesy(_days(asker, heard))
    if phrase.means == "roster":
        raise Courtesy("这里不保存党员名单，只有用这里的同志。管理员可以在「人员」里看。")
    if phrase.means == "missing":
        raise Refused(f"{phrase.label}现在还不能在这里办，以后会有。能办的事，请输入「帮助」查看。")
    if phrase.means == "year end" and "committee" not in asker.roles:
        return _winner(asker, do)
    if phrase.means == "voting":
        where = f"扫纸条上的二维码，或打开 {asker.work.polls} " if asker.work.polls else "在投票页面"
        raise Courtesy(f"投票只用于年度评议，凭码、不记名：请{where}输入纸条上的码。")
    if phrase.means in ("result", "others") and asker.beyond(heard):
        return do(asker.work, Standings(asker.term(heard, asker.committee(asker.own))))
    named = [branch for branch in asker.branches(heard) if asker.sees(branch)]
    if phrase.who and phrase.who not in asker.roles:
        raise Refused(_OTHERS[phrase.who])
    if phrase.means == "branches" and (names := added(asker.text)):
        return do(asker.work, TypedNewBranch(asker.committee(None), names))
    if phrase.means in ("standings", "standings chart", "ways", "trial", "assign"):
        named = []
    if len(named) > 1 or (named and asker.assumed(heard)):
        ways = [Button(branch.name, _near_to(asker, phrase, heard, branch)) for branch in named[:LISTED]]
        sentence = f"您说的「{asker.text.strip()}」是哪个支部？"
        return Reply(screens.which("请选择支部", sentence, ways))
    branch = named[0] if named else None
    action = _shows(asker, phrase, heard, branch)
    if action is not None:
        return do(asker.work, action)
    return _does(asker, phrase, heard, branch, do)


def _winner(asker: Asker, do: Do) -> Reply:
    """Who was 优秀党支部 last, for the people of a branch."""
    committee = next((seat.committee_id for seat in asker.work.me.seats), 0)
    given = review.awards(asker.work.session, committee)
    if not given:
        raise Courtesy("还没有评出优秀党支部，评出以后会通知您。年度评议由党总支组织。")
    return do(asker.work, Awarded(given[0].id))


def _names(asker: Asker, do: Do, *, only: bool = False) -> Reply | None:
    """The branch in whose name the text stands; several (校区) are offered, unless one alone is wanted."""
    found = [
        branch
        for branch in containing(asker.text, asker.named.values())
        if may_see_branch(asker.work.me, branch.committee_id, branch.id)
    ]
    if len(found) == 1:
        return do(asker.work, Result(found[0].id, 0))
    if only or not found:
        return None
    ways = [Button(branch.name, Result(branch.id, 0)) for branch in found[:LISTED]]
    return Reply(screens.which("请选择支部", f"有 {len(found)} 个支部符合。", ways))


def _shows(
    asker: Asker, phrase: Phrase, heard: Understood | None, branch: Branch | None = None
) -> Action | None:
    """The action by which a phrase shows what it asks for; None where that has to be looked up. Raises Refused."""
    means = phrase.means
    if means in _PLAIN:
        return _PLAIN[means]
    own = asker.own
    at = branch or own
    committee = asker.committee(branch)
    match means:
        case "fill" | "result" | "way up" | "why total" | "ledger" | "todo" | "finished" if (
            phrase.who == "branch" and at is not None
        ):
            return _of_branch(asker, means, at, asker.term(heard, at.committee_id))
        case "result" | "way up" | "why total" | "ledger" | "branch todo" | "self sheet" if branch:
            return _of_branch(asker, means, branch, asker.term(heard, branch.committee_id))
        case "remind" if branch:
            return Todo(branch.id)
        case "standings" | "others":
            return Standings(asker.term(heard, committee))
        case "ways":
            return StandingsWays(asker.term(heard, committee), 0, 0)
        case "profile" if branch:
            return Profile(branch.id, asker.term(heard, committee))
        case "radar chart" if at is not None:
            return RadarChart(at.id, asker.term(heard, at.committee_id))
        case "terms chart" if at is not None:
            return TermsChart(at.id)
        case "standings chart":
            return StandingsChart(asker.term(heard, committee), 0, 0)
        case "gaps" if branch:
            return Differences(branch.id, asker.term(heard, committee))
        case "over terms" if at is not None:
            return OverTerms(at.id)
        case "evaluate" if branch:
            return OpenSheet(branch.id, asker.term(heard, committee), int(Rater.COMMITTEE))
        case "papers" if at is not None and (branch is not None or "committee" not in asker.roles):
            return BranchPaper(at.id, asker.term(heard, at.committee_id))
        case "papers":
            return Papers(asker.term(heard, committee), 0)
        case "publish":
            return CheckList(asker.term(heard, committee))
        case "public notice":
            return PublicNotice(asker.term(heard, committee))
        case "plan" if own:
            return Rectify(own.id, asker.term(heard, own.committee_id))
        case "register" if branch:
            return Rectify(branch.id, asker.term(heard, committee))
        case "register":
            return Register(asker.term(heard, committee), 0)
        case "objections":
            return Objections(asker.term(heard, committee))
        case "objection" if own:
            return AskObjection(own.id, asker.term(heard, own.committee_id))
        case "year end":
            return YearEnd(committee, 0)
        case "chase":
            return Chase(committee)
        case "assign":
            return Assign(committee)
        case "undelivered":
            return Undelivered(committee)
        case "branches":
            return BranchCard(branch.id) if branch else BranchList(committee, 0)
        case "close branch":
            return AskClose(branch.id, 0) if branch else BranchList(committee, 0)
        case "people":
            return People(committee, 0)
        case "inbox":
            return Inbox(committee)
        case "arrange":
            return Arrange(committee)
        case "duty list":
            return DutyList(committee, 0)
        case "terms":
            return TermList(committee)
        case "editions":
            return Editions(committee)
        case "new term":
            return ProposeTerm(committee)
        case "days":
            return WorkingDays(committee)
        case "groups":
            return GroupChats(committee)
        case "duty card" if heard:
            return _duty_card(asker, heard, committee)
        case "handover" if "administrator" in asker.roles and branch:
            return InviteMenu(committee, branch.id)
        case "handover":
            return Seats()
        case "invite":
            return _invites(asker, branch)
        case "pack" if at is not None:
            return HandoverPack(at.id)
        case "this month" if own:
            return ThisMonth(own.id, 0)
        case "exchange" if "committee" in asker.roles and branch is None:
            return Exchange(committee, 0)
        case "exchange" if at is not None:
            return BranchExchange(at.id, 0)
        case "slips":
            return InviteMany(committee)
        case "unused":
            return OpenInvitations(
                committee, 0 if "administrator" in asker.roles else own.id if own else 0, 0
            )
    return None


def _near_to(asker: Asker, phrase: Phrase, heard: Understood, branch: Branch) -> Action:
    """The action of a phrase for one of several branches; where that is to be looked up, the screen from which it is
    near."""
    if (action := _shows(asker, phrase, heard, branch)) is not None:
        return action
    if phrase.means == "duty of branch":
        return Todo(branch.id)
    if phrase.means in ("item of branch", "mark of branch"):
        return OpenSheet(branch.id, 0, int(Rater.COMMITTEE))
    if phrase.means in ("give back", "take back"):
        return OpenSheet(branch.id, 0, int(Rater.SELF if phrase.means == "give back" else Rater.COMMITTEE))
    return Result(branch.id, 0)


def _of_branch(asker: Asker, means: str, branch: Branch, term: int) -> Action | None:
    match means:
        case "fill" | "self sheet":
            return OpenSheet(branch.id, term, int(Rater.SELF))
        case "result":
            return Result(branch.id, term)
        case "way up":
            return WayUp(branch.id, term)
        case "why total":
            return WhyTotal(branch.id, term)
        case "ledger":
            return Ledger(branch.id, term)
        case "finished":
            return Finished(branch.id)
    return Todo(branch.id)


def _does(asker: Asker, phrase: Phrase, heard: Understood, branch: Branch | None, do: Do) -> Reply:
    """What has to be looked up first: an item of a sheet, an occurrence of a duty. Raises Refused."""
    own = asker.own
    at = branch or own
    match phrase.means:
        case (
            "overview" | "contents" | "submit" | "undo" | "item" | "mark" | "note" | "evidence" | "why item"
        ) if own:
            return _on_sheet(asker, phrase.means, own, heard, do)
        case "item of branch" | "mark of branch" if branch:
            return _item_of_branch(asker, branch, heard, do)
        case "take back":
            return _take_back(asker, branch, heard, do)
        case "give back":
            return _give_back(asker, branch, heard, do)
        case "undo":
            raise Refused("要撤销哪一步？请先打开那一项，再点「撤销」。")
        case "whose photos" if branch:
            raise Refused(
                f"照片附在各项里，请写上项号，例如：{branch.name.removesuffix('党支部')}第5项照片。"
            )
        case "whose item":
            item = heard.slot("item")
            raise Refused(f"要看哪个支部的？请写在一起，例如：{asker.such()}第{item}项。")
        case "files":
            raise Refused("请先打开要附材料的那一项，例如输入 第5项，再发照片或文件。")
        case "lacking" if at:
            ways = [
                Button("差多少分", WayUp(at.id, 0)),
                Button("还有哪些工作没做", Todo(at.id)),
                Button("自评还没填的", OpenSheet(at.id, 0, int(Rater.SELF))),
            ]
            return Reply(screens.which("还差什么", "您想看哪一样？", ways))
        case "duty" if own:
            return _task(asker, own, heard, do)
        case "duty of branch" if branch:
            return _task(asker, branch, heard, do)
        case "fact" if own:
            return _fact(asker, own, heard, do)
        case "unsubmitted":
            return _unsubmitted(asker, heard, do)
        case "chase duty":
            return _who_owes(asker, heard, do)
        case "amend":
            return _amend(asker, branch, heard, do)
        case "next branch":
            return _next_branch(asker, heard, do)
        case "evaluate" | "submit" | "which sheet":
            return _which_branch(
                asker,
                "评价哪个支部？",
                f"评价{asker.such()}",
                lambda at: OpenSheet(at, 0, int(Rater.COMMITTEE)),
                rates=True,
            )
        case "register file":
            of = newest(asker.work, asker.committee(None), asker.term(heard, asker.committee(None)))
            return do(asker.work, RegisterFile(of.id, int(_OF_WORD.search(asker.text) is not None)))
        case "everything":
            return do(asker.work, Everything(asker.committee(None)))
        case "archive":
            return do(asker.work, TermFiles(asker.term(heard, asker.committee(None))))
        case "trial":
            return _trial(asker, asker.term(heard, asker.committee(None)), do)
        case means if means in _OF_WHICH:
            what, show = _OF_WHICH[means]
            term = asker.term(heard, asker.committee(None))
            title = f"看哪个支部的{what.removeprefix('支部')}？"
            return _which_branch(asker, title, f"{asker.such()}{what}", lambda at: show(at, term))
    raise NotUnderstood(asker.text, ADVICE)


def _next_branch(asker: Asker, heard: Understood, do: Do) -> Reply:
    """The next branch to evaluate. Raises Refused where none has submitted that is not evaluated."""
    work, committee = asker.work, asker.committee(None)
    term = terms.term(work.session, asker.term(heard, committee), committee, work.today)
    then = results.next_to_evaluate(
        work.session, committee_id=committee, term_id=term.id, but=work.me.own_branches
    )
    if then is None:
        raise Courtesy("自评已提交的支部都评完了。还没有提交的，请看「排名」。")
    return do(work, OpenSheet(then.id, term.id, int(Rater.COMMITTEE)))


def _amend(asker: Asker, branch: Branch | None, heard: Understood, do: Do) -> Reply:
    """The marks of a published 总支评价, to choose what is amended. Raises Refused where nothing is published."""
    work, committee = asker.work, asker.committee(branch)
    term = newest(work, committee, asker.term(heard, committee))
    if branch is None:
        return _which_branch(
            asker,
            f"更正哪个支部的结果？（{term.name}）",
            f"更正{asker.such()}",
            lambda at: Result(at, term.id),
            rates=True,
        )
    found = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=Rater.COMMITTEE) or 0
    number = item_of(heard, term) if heard.has("item") else 0
    return do(work, AmendItem(found, number) if number else AmendItems(found))


# --- a sheet ------------------------------------------------------------------------------------------------


def _sheet(asker: Asker, branch: Branch, term: Term, do: Do) -> int:
    """The number of a branch's own sheet, which is begun if it is not yet. Raises Refused."""
    found = sheets.find(asker.work.session, branch_id=branch.id, term_id=term.id, rater=Rater.SELF)
    if found is None:
        do(asker.work, OpenSheet(branch.id, term.id, int(Rater.SELF)))
        found = sheets.find(asker.work.session, branch_id=branch.id, term_id=term.id, rater=Rater.SELF)
    if found is None:
        raise Refused("这个学期还没有填写，填了才能看。")
    return found


def _on_sheet(asker: Asker, means: str, own: Branch, heard: Understood, do: Do) -> Reply:
    work = asker.work
    term = terms.term(work.session, asker.term(heard, own.committee_id), own.committee_id, work.today)
    sheet = _sheet(asker, own, term, do)
    number = item_of(heard, term)
    match means:
        case "overview":
            return do(work, Overview(sheet))
        case "contents":
            return do(work, Contents(sheet))
        case "submit":
            return do(work, AskSubmit(sheet))
        case "undo":
            return _undo(asker, sheets.open_file(work.session, sheet), do)
        case "mark" if line := _marks(asker, term):
            return do(work, TypedOnCard(sheet, 0, line))
        case "note":
            return do(work, Note(sheet, number))
        case "evidence":
            return do(work, Evidence(sheet, number))
        case "why item":
            return do(work, WhyItem(sheet, number))
    return do(work, Card(sheet, number))


def _marks(asker: Asker, term: Term) -> str:
    """The line of marks that the text says beside a branch's name; empty where it says none plainly."""
    text = halfwidth(asker.text)
    for mention in reversed(named_in(text, asker.every)):
        text = text[: mention.start] + text[mention.end :]
    line = marks_of(text)
    return line if line and _is_line(line, term) else ""


def _is_line(text: str, term: Term) -> bool:
    """Whether a text is a line of marks, perhaps with reasons, and asks nothing."""
    return looks_like_line(text, term.table) and (is_only_line(text) or not _ASKS.search(text))


def _undo(asker: Asker, file: SheetFile, do: Do) -> Reply:
    """Show what would be taken back, with the button that does."""
    last = [number for number, one in file.written.items() if one.change == file.last_change]
    if not last:
        raise Refused("自评还没有填写，没有可以撤销的。")
    shown = do(asker.work, Card(file.id, last[0]))
    return Reply(shown.screen, toast=f"最近改的是第 {last[0]} 项，要撤销请点「撤销」")


def _item_of_branch(asker: Asker, branch: Branch, heard: Understood, do: Do) -> Reply:
    work = asker.work
    term = terms.term(work.session, asker.term(heard, branch.committee_id), branch.committee_id, work.today)
    rater = Rater.SELF if work.me.in_branch(branch.id) or heard.has("self") else Rater.COMMITTEE
    do(work, OpenSheet(branch.id, term.id, int(rater)))
    sheet = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=rater) or 0
    if heard.has("grade") and (line := _marks(asker, term)):
        return do(work, TypedOnCard(sheet, 0, line))
    at: type[Card | Evidence] = Evidence if heard.has("evidence") else Card
    return do(work, at(sheet, item_of(heard, term)))


def _give_back(asker: Asker, branch: Branch | None, heard: Understood, do: Do) -> Reply:
    """Where the committee chooses what it returns of a branch's sheet; to a branch, its own sheet and how to ask."""
    work, own = asker.work, asker.own
    at = branch if branch and work.me.in_committee(branch.committee_id) else own
    if at is None:
        return _which_branch(
            asker,
            "退回哪个支部的自评？",
            f"退回{asker.such()}",
            lambda one: OpenSheet(one, 0, int(Rater.SELF)),
            rates=True,
        )
    term = terms.term(work.session, asker.term(heard, at.committee_id), at.committee_id, work.today)
    if at != own:
        found = sheets.find(work.session, branch_id=at.id, term_id=term.id, rater=Rater.SELF)
        if found is None:
            raise Refused(f"{at.name}的自评还没有提交，不需要退回。")
        return do(work, Return(found))
    shown = do(work, OpenSheet(at.id, term.id, int(Rater.SELF)))
    submitted = sheets.open_file(work.session, _sheet(asker, at, term, do)).sheet.submitted
    return Reply(shown.screen, toast=ASKS if submitted else NOT_SUBMITTED)


def _take_back(asker: Asker, branch: Branch | None, heard: Understood, do: Do) -> Reply:
    """Take the committee's submitted sheet of a branch back, once more asked. Raises Refused."""
    work = asker.work
    if branch is None:
        return _which_branch(
            asker,
            "撤回哪个支部的总支评价？",
            f"撤回提交{asker.such()}",
            lambda at: OpenSheet(at, 0, int(Rater.COMMITTEE)),
            rates=True,
        )
    term = terms.term(work.session, asker.term(heard, branch.committee_id), branch.committee_id, work.today)
    found = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=Rater.COMMITTEE)
    if found is None:
        raise Refused(f"{branch.name}的总支评价还没有提交，可以直接改。")
    return do(work, AskTakeBack(found))


# --- duties and numbers -------------------------------------------------------------------------------------


def _task(asker: Asker, branch: Branch, heard: Understood, do: Do) -> Reply:
    keys = keys_of(heard, "duty")
    found = asker.owed(branch, keys, month_of(heard.slot("month"), asker.work.today))
    if not found:
        raise Refused(f"{branch.name}本学期没有这项工作。全部工作请在「待办」里看。")
    if heard.has("remind") and branch != asker.own:
        return do(asker.work, ChaseTask(found[0].id))
    if len(found) == 1:
        return do(asker.work, Task(found[0].id))
    ways = [Button(titled(owed), Task(owed.id)) for owed in found[:LISTED]]
    return Reply(screens.which("请选择", f"{quoted(asker.text.strip())}有 {len(found)} 项没办完。", ways))


def _fact(asker: Asker, own: Branch, heard: Understood, do: Do) -> Reply:
    term = terms.term(asker.work.session, 0, own.committee_id, asker.work.today)
    kinds = [term.table.facts[key] for key in keys_of(heard, "fact") if key in term.table.facts]
    if not kinds:
        return do(asker.work, Ledger(own.id, term.id))
    month = button_month(term, month_of(heard.slot("month"), asker.work.today)) if kinds[0].monthly else 0
    return do(asker.work, FactCard(own.id, term.id, kinds[0].number, month))


# --- the committee ------------------------------------------------------------------------------------------


def _unsubmitted(asker: Asker, heard: Understood, do: Do) -> Reply:
    """Whose self-evaluation is not submitted."""
    return _chased(asker, ("self_sheet",), None, "自评都已经交了", do)


def _who_owes(asker: Asker, heard: Understood, do: Do) -> Reply:
    return _chased(
        asker, keys_of(heard, "duty"), month_of(heard.slot("month"), asker.work.today), "这项工作都完成了", do
    )


def _chased(asker: Asker, keys: Sequence[str], month: int | None, none: str, do: Do) -> Reply:
    committee, today = asker.committee(None), asker.work.today
    term = terms.term(asker.work.session, 0, committee, today)
    groups = [
        group
        for group in duties.open_groups(
            asker.work.session, committee_id=committee, since=term.starts, until=term.ends
        )
        if group.duty in keys and (month is None or group.period == period_of(term, month))
    ]
    begun = [group for group in groups if group.opens <= today] or groups[:1]
    if not begun:
        shown = do(asker.work, Standings(term.id) if keys == ("self_sheet",) else Chase(committee))
        return Reply(shown.screen, toast=none)
    if len(begun) == 1:
        return do(asker.work, ChaseTask(begun[0].first))
    ways = []
    for group in begun[:LISTED]:
        owed = duties.one(asker.work.session, group.first)
        ways.append(Button(f"{titled(owed)} {many(group.bodies, unit='个支部')}", ChaseTask(group.first)))
    return Reply(screens.which("请选择", f"{quoted(asker.text.strip())}是哪一次？", ways))


def _which_branch(
    asker: Asker, title: str, example: str, action: Callable[[int], Action], *, rates: bool = False
) -> Reply:
    """Which branch is meant, of all of one's committees; `rates`: where one does not sit, as nobody rates those."""
    me = asker.work.me
    ways = [
        Button(branch.name, action(branch.id))
        for branch in asker.every
        if me.in_committee(branch.committee_id) and not (rates and me.in_branch(branch.id))
    ]
    return Reply(screens.which(title, f"也可以直接输入，例如：{example}。", ways[:LISTED]))


_OF_WHICH: dict[str, tuple[str, Callable[[int, int], Action]]] = {
    "which ledger": ("台账", Ledger),
    "which profile": ("支部情况", Profile),
    "which gaps": ("差距", Differences),
    "which trend": ("走势", lambda branch, term: OverTerms(branch)),
    "which radar": ("雷达图", RadarChart),
    "which pack": ("移交包", lambda branch, term: HandoverPack(branch)),
    "which curve": ("走势图", lambda branch, term: TermsChart(branch)),
}
"""What is shown of a branch and term where a text does not say of which branch."""


def _trial(asker: Asker, term: int, do: Do) -> Reply:
    """The rules that the text says, tried; without any the screen on which they can be typed."""
    try:
        return do(asker.work, TypedTrial(term, asker.text.partition("试算")[2] or asker.text))
    except Unread:
        return do(asker.work, Trial(term, 0, 0, 0, 0))


def _lines(asker: Asker) -> str:
    """From which total on a branch has how many stars."""
    seat = next(iter(asker.work.me.seats))
    table = terms.term(asker.work.session, 0, seat.committee_id, asker.work.today).table
    return star_limits(table)


def _days(asker: Asker, heard: Understood) -> str:
    """When a term begins and ends, and until when one evaluates in it."""
    committee = next(iter(asker.work.me.seats)).committee_id
    term = terms.term(asker.work.session, asker.term(heard, committee), committee, asker.work.today)
    days = (term.starts, term.ends, term.opens, term.closes)
    starts, ends, opens, closes = map(full_day, days)
    return f"{term.name}：{starts}至{ends}。自评：{opens}至{closes}。"


def _duty_card(asker: Asker, heard: Understood, committee: int) -> Action:
    term = terms.term(asker.work.session, 0, committee, asker.work.today)
    keys = keys_of(heard, "duty")
    found = [duty for key, duty in read_duties(term.edition).items() if key in keys]
    return DutyCard(committee, 0, found[0].number) if found else DutyList(committee, 0)


def _invites(asker: Asker, branch: Branch | None) -> Action:
    own = asker.own
    if "administrator" in asker.roles:
        return InviteMenu(asker.committee(branch), branch.id if branch else 0)
    if own is None:
        raise Refused(_OTHERS["administrator"])
    return Seats()
