"""What is said on the page of 年度评议 where people vote: what is promised, what is not, what was done."""

from bot.values import BallotPaper
from jobs.duties.calendar import year_name
from scoring.review import LEAST

TITLE = "年度评议"
PROMISED = (
    "票上没有姓名、手机号和时间；码和票分开存放，哪个码投了哪张票，系统里不留。",
    f"每组收到 {LEAST} 张票才单独公布；不够的几组合在一起，合起来还不够的不计入结果，也不保存。",
    "意见与选票分开存放，打乱顺序给党总支看。",
    "评议结束后，全部选票按随机编号重新写一遍，码全部删除。",
)
NOT_PROMISED = (
    "评议没有结束时，管理服务器的人有可能在系统底层把码和票对上。",
    "一组的人选得都一样，看结果就知道每个人怎么选的。",
    "意见的写法有个人特点，别人可能认得出来。",
)
ONCE = "一个码投一次；投出后不能查看，也不能改。"
ABSTAINS = "没有选的算弃权。"
CAST = ("已投", "您的票已经投出，谢谢您！可以关闭这个页面了。")
CAST_BEFORE = "这个码的票已经投出，不用再投。可以关闭这个页面了。"
SIGNED = "如果愿意署名，请在意见里写上姓名。"


def heading(paper: BallotPaper) -> str:
    """2025–2026学年 年度评议."""
    return f"{year_name(paper.review.year)} {TITLE}"


def own_branch(paper: BallotPaper) -> str:
    """Whether the own branch may be marked, which no code can tell."""
    if paper.review.own:
        return "您自己的支部也请评。"
    return "请不要评您自己的支部：那一栏不用选，就是弃权。"


def counted(marked: int, of: int) -> str:
    """已选 22 项，弃权 2 项."""
    return f"已选 {marked} 项，弃权 {of - marked} 项" if marked < of else f"{of} 项都选了"
