"""打印: which files there are of a term, each with its Excel and Word, and a form that came back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.actions import (
    Action,
    BranchPaper,
    CheckList,
    FilledForm,
    FormFile,
    NoticeFile,
    OpenSheet,
    Papers,
    PublicNotice,
    Register,
    RegisterFile,
    Result,
    ReviewCard,
    ReviewFile,
    SummaryFile,
    TermFiles,
    Upload,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Rater
from bot.screens import wording
from bot.screens.layout import back, grid, home_row, turning
from bot.values import Branch, Page, Review, Term
from jobs.duties.calendar import year_name
from scoring.rubric import Edition
from scoring.sheet import Sheet

KINDS = ("Excel", "Word")
ENDINGS = ("xlsx", "docx")


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersView:
    """The files of a term: a page of the branches, the other terms, and whether there is a 公示 for whoever looks."""

    term: Term
    branches: Page[Branch]
    terms: Sequence[Term]
    notice: bool


def papers(view: PapersView) -> Message:
    """What the committee can have of a term as a file."""
    term = view.term

    def to(number: int) -> Papers:
        return Papers(term.id, number)

    rows: list[Row] = [
        tuple(Button(f"汇总表 {kind}", SummaryFile(term.id, n)) for n, kind in enumerate(KINDS))
    ]
    if view.notice:
        rows.append((Button("公示 Word", NoticeFile(term.id)),))
    rows.append((Button("打包下载", TermFiles(term.id)),))
    named = [
        Button(one.name.removesuffix("党支部"), BranchPaper(one.id, term.id)) for one in view.branches.shown
    ]
    rows += [*grid(named, 2), *turning(view.branches, to)]
    if others := tuple(
        Button(f"看 {one.name}", Papers(one.id, 0)) for one in view.terms if one.id != term.id
    )[:2]:
        rows.append(others)
    return Message(
        title=f"打印 · {term.name}",
        lines=(
            "汇总表列出各支部的得分和星级。要一个支部的测评表，请点它的名称。全部表格和材料，请点「打包下载」。",
        ),
        rows=(*rows, home_row()),
        here=to(0 if view.branches.newer is None else view.branches.newer + 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """A branch's form: the sheets that stand on it, whose columns may be filled in and sent back (None: nobody's), and
    whether one of the committee looks."""

    branch: Branch
    term: Term
    edition: Edition
    sheets: Mapping[Rater, Sheet]
    fills: Rater | None
    of_committee: bool


def branch_paper(view: FormView) -> Message:
    """As which kind of file a branch's form is wanted, and what will stand on it."""
    return Message(
        title=f"测评表 · {view.branch.name}",
        lines=(("学期", view.term.name), *_stands(view), *_comes_back(view)),
        rows=(_kinds(view), *_ways(view)),
        here=BranchPaper(view.branch.id, view.term.id),
        takes=_takes(view),
    )


def form_file(view: FormView, kind: int, file: Attachment) -> Message:
    """A branch's form as a file."""
    return Message(
        title=f"测评表 · {view.branch.name}",
        lines=(*_stands(view), *(_comes_back(view) if kind == 0 else ())),
        rows=(_kinds(view), *_ways(view)),
        here=FormFile(view.branch.id, view.term.id, kind),
        takes=_takes(view),
        attachment=file,
    )


def _takes(view: FormView) -> Callable[[Upload], Action] | None:
    """A form that is filled in comes back where it was fetched."""
    return FilledForm if view.fills is not None else None


def _kinds(view: FormView) -> Row:
    return tuple(
        Button(f"{name} 文件", FormFile(view.branch.id, view.term.id, kind), main=kind == 0)
        for kind, name in enumerate(KINDS)
    )


def _stands(view: FormView) -> list[Line]:
    said: list[Line] = []
    for rater in Rater:
        sheet = view.sheets.get(rater)
        if sheet is not None:
            state = "已提交" if sheet.submitted else "没有提交"
            said.append((rater.word, f"{wording.marked(sheet.filled, view.edition)} {state}"))
        elif rater is Rater.SELF:
            said.append((rater.word, "提交后才有，现在空着。" if view.of_committee else "还没有填，空着。"))
        else:
            said.append((rater.word, "还没有评，空着。" if view.of_committee else "公布后才有，现在空着。"))
    return said


def _comes_back(view: FormView) -> tuple[Line, ...]:
    if view.fills is None:
        return ()
    return (f"Excel 里浅黄色的格可以填「{view.fills.word}」；填好，在这里把文件发回来，核对后再保存。",)


def _ways(view: FormView) -> list[Row]:
    ways = []
    if view.fills is not None:
        label = "打开自评表" if view.fills is Rater.SELF else "评价这个支部"
        short = label.removeprefix("打开").removesuffix("这个支部")
        ways.append(Button(label, OpenSheet(view.branch.id, view.term.id, int(view.fills)), short=short))
    if view.of_committee:
        ways.append(Button("其他文件", Papers(view.term.id, 0)))
    return [*grid(ways, 2), back(Result(view.branch.id, view.term.id), "看结果")]


def _both(action: Callable[[int], Action]) -> Row:
    """The buttons of a file in each of its kinds."""
    return tuple(Button(f"{name} 文件", action(n)) for n, name in enumerate(KINDS))


def summary_file(term: Term, kind: int, file: Attachment) -> Message:
    """The table of all branches as a file."""
    return Message(
        title=f"汇总表 · {term.name}",
        lines=("没有提交的得分空着，备注里说明。",),
        rows=(
            _both(partial(SummaryFile, term.id)),
            back(Papers(term.id, 0), "其他文件", main=True),
        ),
        here=SummaryFile(term.id, kind),
        attachment=file,
    )


def register_file(term: Term, kind: int, file: Attachment) -> Message:
    """整改台账 as a file."""
    return Message(
        title=f"整改台账文件 · {term.name}",
        lines=("支部没有提交的整改不在里面。",),
        rows=(
            _both(partial(RegisterFile, term.id)),
            back(Register(term.id, 0), "整改台账", main=True),
        ),
        here=RegisterFile(term.id, kind),
        attachment=file,
    )


def review_file(review: Review, kind: int, file: Attachment) -> Message:
    """评议结果 as a file."""
    return Message(
        title=f"评议结果文件 · {year_name(review.year)}",
        lines=("只有各组合计，没有单张选票。",),
        rows=(
            _both(partial(ReviewFile, review.id)),
            back(ReviewCard(review.id), "评议结果", main=True),
        ),
        here=ReviewFile(review.id, kind),
        attachment=file,
    )


def notice_file(term: Term, file: Attachment) -> Message:
    """公示 as a file."""
    return Message(
        title=f"公示文件 · {term.name}",
        lines=("内容和「看公示」里的一样，打印后盖章张贴。",),
        rows=(
            (
                Button("看公示", PublicNotice(term.id), main=True),
                Button("公示和公开", CheckList(term.id), short="公示公开"),
            ),
            back(Papers(term.id, 0), "其他文件"),
        ),
        here=NoticeFile(term.id),
        attachment=file,
    )
