"""The words and commands that mean the same on every screen."""

from bot.actions import (
    Action,
    AskObjection,
    BranchList,
    BranchPaper,
    CalendarLink,
    CheckList,
    EnterCode,
    Feedback,
    HandoverPack,
    Help,
    Home,
    Inbox,
    InWords,
    Ledger,
    Newcomers,
    NoticeFile,
    Objections,
    OpenSheet,
    Papers,
    Privacy,
    PublicNotice,
    Rectify,
    Register,
    Result,
    Seats,
    Standings,
    ThisMonth,
    Todo,
    UseCode,
)
from bot.permissions import Me, Rater, Role

_PLAIN: dict[str, Action] = {
    "/start": Home(),
    "首页": Home(),
    "菜单": Home(),
    "开始": Home(),
    "/help": Help(),
    "帮助": Help(),
    "/privacy": Privacy(),
    "隐私": Privacy(),
    "/feedback": Feedback(),
    "提意见": Feedback(),
    "/standings": Standings(0),
    "排名": Standings(0),
    "公布": CheckList(0),
    "公示": PublicNotice(0),
    "我的职务": Seats(),
    "邀请码": EnterCode(),
    "新加入": Newcomers(),
    "谁加入了": Newcomers(),
    "日历订阅": CalendarLink(),
    "文字模式": InWords(1),
    "卡片模式": InWords(0),
    "汇总表": Papers(0, 0),
    "公示文件": NoticeFile(0),
}


def command(me: Me, text: str) -> Action | None:
    """The action of a word that is understood everywhere, or None."""
    word = text.strip()
    if word.startswith("/start "):
        return UseCode(word.removeprefix("/start "))
    if word in _PLAIN:
        return _PLAIN[word]
    branch = next((s.branch_id for s in me.seats if s.branch_id), None)
    if word == "异议":
        return AskObjection(branch, 0) if branch else Objections(0)
    if word == "整改":
        return Rectify(branch, 0) if branch else Register(0, 0)
    if word in ("测评表", "表格"):
        return BranchPaper(branch, 0) if branch else Papers(0, 0)
    managed = next((one for one in me.committees if me.in_committee(one, Role.ADMINISTRATOR)), None)
    if word == "意见":
        return Inbox(managed) if managed else Feedback()
    if word == "支部" and branch is None:
        return BranchList(managed, 0) if managed else Standings(0)
    if branch is None:
        return None
    match word:
        case "/score" | "自评" | "继续" | "继续填报":
            return OpenSheet(branch, 0, int(Rater.SELF))
        case "结果" | "支部":
            return Result(branch, 0)
        case "台账":
            return Ledger(branch, 0)
        case "/todo" | "待办":
            return Todo(branch)
        case "这个月三件事" | "三件事":
            return ThisMonth(branch, 0)
        case "移交包":
            return HandoverPack(branch)
    return None
