"""The page of 年度评议 where people vote by a code: no script, no cookie, nothing about whoever votes.

A ballot is filled in, looked at once more, and cast. In between it is on the page alone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest
from html import escape
from pathlib import Path
from string import Template
from typing import Protocol
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.limits import Guesses, Limits, body_within
from bot.channels.web.shape import clean
from bot.polls import check_opinions
from bot.screens import ballot as words
from bot.store.ballots import UnknownCode
from bot.values import BallotPaper, Branch
from scoring.numerals import plain
from scoring.refusal import Refused
from scoring.review import Electorate, Marks
from scoring.rubric import Category, Grade

FORM_LIMIT = 1024**2  # bytes: three hundred branches with an opinion each
FIELDS = 5000  # of a form
CODE_LIMIT = 200  # characters of what may be a code, with what was copied along
CHOICES = ((Grade.EXCELLENT, "优秀"), (Grade.PASSED, "合格"), (Grade.FAILED, "不合格"), (None, "弃权"))
PAGE = Path(__file__).parent / "page" / "ballot.html"
Form = Mapping[str, str]


class Polls(Protocol):
    """The ballots as this page knows them. Its methods block."""

    def paper(self, code: str) -> BallotPaper:
        """The ballot that a code gives. Raises Refused."""

    def cast(self, code: str, marks: Mapping[int, Marks], opinions: Mapping[int, str]) -> None:
        """Put a ballot into the box and use its code up. Raises Refused."""


class BallotRoutes:
    """What is answered to whoever votes."""

    def __init__(self, polls: Polls, limits: Limits, sign: Callable[[str], str]) -> None:
        self._polls, self._limits, self._sign, self._guesses = polls, limits, sign, Guesses()
        self._page = Template(PAGE.read_text(encoding="utf-8"))

    async def door(self, request: Request) -> Response:
        """Where a code is typed; one that came in a link is looked up."""
        self._limits.check("look", request, None)
        code = clean(request.path_params.get("code", ""))[:CODE_LIMIT]
        return await self._at(request, {"code": code}, self._fill) if code else self._asked()

    async def form(self, request: Request) -> Response:
        """A code, or a ballot that is to be looked at, changed or cast."""
        self._limits.check("say", request, None)
        body = await body_within(request, FORM_LIMIT)
        if body is None:
            raise HTTPException(413, "写得太长了，没有投出。请返回，把意见改短。")
        try:
            sent = parse_qs(body.decode("ascii", "replace"), max_num_fields=FIELDS)
        except ValueError:
            raise HTTPException(400, "没有看懂这个页面发来的内容。请重新打开投票页面。") from None
        form = {name: clean(values[-1]).replace("\r\n", "\n") for name, values in sent.items()}
        steps = {"check": self._check, "cast": self._cast}
        return await self._at(request, form, steps.get(form.get("step", ""), self._fill))

    async def _at(self, request: Request, form: Form, step: "Step") -> Response:
        """A step with the ballot that the code in the form gives; or why it gives none."""
        code = form.get("code", "")[:CODE_LIMIT]
        if not compare_digest(self._sign(code).encode(), form.get("sign", "").encode()):
            self._guesses.check(request)  # who was let in already is not held up by what others guess
        wrong = ""
        try:
            paper = await asyncio.to_thread(self._polls.paper, code)
            try:
                return await step(code, paper, form)
            except Refused as refused:
                wrong = str(refused)
                paper = await asyncio.to_thread(self._polls.paper, code)
        except UnknownCode as refused:
            self._guesses.wrong(request)
            return self._asked(str(refused))
        except Refused as refused:
            if form.get("step") == "cast":  # sent twice
                return self._show(words.CAST[0], _said("", words.CAST_BEFORE))
            return self._asked(str(refused))
        return self._show(
            words.heading(paper), _said("warn", wrong) + _filling(self._kept(code), paper, form)
        )

    def _kept(self, code: str) -> str:
        """The code as a page sends it along, with what shows that it came from us."""
        return _hidden("code", code) + _hidden("sign", self._sign(code))

    async def _fill(self, code: str, paper: BallotPaper, form: Form) -> Response:
        return self._show(words.heading(paper), _filling(self._kept(code), paper, form))

    async def _check(self, code: str, paper: BallotPaper, form: Form) -> Response:
        check_opinions({branch.id: form.get(_opinion(branch), "") for branch in paper.branches}, paper)
        return self._show("请核对", _checking(self._kept(code), paper, form))

    async def _cast(self, code: str, paper: BallotPaper, form: Form) -> Response:
        opinions = {branch.id: form.get(_opinion(branch), "") for branch in paper.branches}
        await asyncio.to_thread(self._polls.cast, code, _marks(paper, form), opinions)
        title, thanks = words.CAST
        return self._show(title, _said("", thanks))

    def _asked(self, refused: str = "") -> Response:
        field = (
            '<form method=post action="/vote"><label for=code>纸条上的码</label>'
            '<input id=code name=code required autocomplete=off autocapitalize=characters placeholder="8 位字母和数字">'
            "<button class=main>下一步</button></form>"
        )
        return self._show(words.TITLE, (_said("warn", refused) if refused else "") + field)

    def _show(self, title: str, body: str) -> Response:
        return Response(self._page.substitute(title=escape(title), body=body), media_type="text/html")


class Step(Protocol):
    """What is done with a form, given its code and its ballot."""

    async def __call__(self, code: str, paper: BallotPaper, form: Form, /) -> Response: ...


# --- what was chosen ----------------------------------------------------------------------------------------------


def _field(branch: Branch, category: Category) -> str:
    return f"m{branch.id}-{category.number}"


def _opinion(branch: Branch) -> str:
    return f"o{branch.id}"


def _mark(chosen: str) -> Grade | None:
    return Grade(int(chosen)) if chosen in {str(int(grade)) for grade in Grade} else None


def _marks(paper: BallotPaper, form: Form) -> dict[int, Marks]:
    categories = paper.review.table.categories
    return {
        branch.id: tuple(_mark(form.get(_field(branch, category), "")) for category in categories)
        for branch in paper.branches
    }


# --- as HTML ------------------------------------------------------------------------------------------------------


def _said(kind: str, *lines: str) -> str:
    return "".join(f"<p{f' class={kind}' if kind else ''}>{escape(line)}</p>" for line in lines)


def _hidden(name: str, value: str) -> str:
    return f'<input type=hidden name="{name}" value="{escape(value)}">'


def _listed(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{escape(title)}</summary><ul>{items}</ul></details>"


def _filling(kept: str, paper: BallotPaper, form: Form) -> str:
    """The ballot, with what the form says chosen."""
    head = _said(
        "",
        f"{paper.committee} · {paper.group.word}",
        "给每个支部的六类工作各选一个等级。".replace("六", _many(len(paper.review.table.categories))),
        f"{words.ABSTAINS}{words.own_branch(paper)}{words.ONCE}",
    )
    head += _listed("怎样保密", words.PROMISED) + _listed("做不到什么", words.NOT_PROMISED)
    branches = "".join(_branch(paper, branch, form) for branch in paper.branches)
    step = "<button class=main name=step value=check>填好了，去核对</button>"
    return f'{head}<form method=post action="/vote" class=ballot>{kept}{branches}{step}</form>'


def _many(count: int) -> str:
    return "零一二三四五六七八九十"[count] if count <= 10 else f" {count} "


def _branch(paper: BallotPaper, branch: Branch, form: Form) -> str:
    rows = "".join(
        f"<fieldset class=category><legend>{escape(category.name)}（{plain(category.points)} 分）</legend>"
        f"<div class=choices>{_choices(_field(branch, category), form)}</div></fieldset>"
        for category in paper.review.table.categories
    )
    name = _opinion(branch)
    signed = f" {words.SIGNED}" if paper.group is Electorate.EXPERTS else ""
    said = escape(form.get(name, ""))
    return (
        f"<section><h2>{escape(branch.name)}</h2>{rows}"
        f'<label for="{name}">对这个支部的意见（可不写）{signed}</label>'
        f'<textarea id="{name}" name="{name}" rows=2 maxlength=300>{said}</textarea></section>'
    )


def _choices(name: str, form: Form) -> str:
    chosen = form.get(name, "")
    options = []
    for grade, word in CHOICES:
        value = "" if grade is None else str(int(grade))
        checked = " checked" if name in form and value == chosen else ""
        number = f"{name}-{value or 'n'}"
        options.append(
            f'<input type=radio id="{number}" name="{name}" value="{value}"{checked}>'
            f'<label for="{number}">{word}</label>'
        )
    return "".join(options)


def _checking(of: str, paper: BallotPaper, form: Form) -> str:
    """What was chosen, to be read once more, and the way back to it."""
    marks, categories = _marks(paper, form), paper.review.table.categories
    said, kept, marked = [], [of], 0
    for branch in paper.branches:
        lines = []
        for category, mark in zip(categories, marks[branch.id], strict=True):
            marked += mark is not None
            word = next(word for grade, word in CHOICES if grade == mark)
            lines.append(f"<p><b class=label>{escape(category.name)}</b> {word}</p>")
            if mark is not None:
                kept.append(_hidden(_field(branch, category), str(int(mark))))
        if opinion := form.get(_opinion(branch), "").strip():
            lines.append(f"<p><b class=label>意见</b> {escape(opinion)}</p>")
            kept.append(_hidden(_opinion(branch), opinion))
        said.append(f"<section class=lines><h2>{escape(branch.name)}</h2>{''.join(lines)}</section>")
    every = len(paper.branches) * len(categories)
    total = (
        f"{words.counted(marked, every)}。还没有投出。"
        if marked
        else "您什么都没有选，全部算弃权。还没有投出。"
    )
    return (
        f"{_said('', total)}{''.join(said)}"
        f'<form method=post action="/vote">{"".join(kept)}'
        "<button class=main name=step value=cast>投票</button>"
        f"{_said('', words.ONCE)}<button name=step value=fill>回去改</button></form>"
    )
