"""A task as it is typed, 「让新源里校区下周一前交计划」: for which branches it is, until when, and what it is called.

A branch is whom the task is for where it stands in front, behind 让 or 请, or apart at the end; elsewhere its name
belongs to the task (交双龙校区调研报告). Nothing but politeness and words that lead to it is left out of a title.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.dialogue.branches import Mention, named_in
from bot.values import Branch
from jobs.duties.due import parse_due, says_until
from scoring.numerals import halfwidth
from scoring.pattern import pattern


@dataclass(frozen=True, slots=True)
class Reading:
    """What a typed task says: until when, for whom (None: nobody is named, which means all), and what is to be done.

    `unknown`: it is for a branch that could not be told, so that none is chosen.
    """

    due: date
    hour: str
    title: str
    branches: frozenset[int] | None
    unknown: str = ""
    named: bool = False
    """Whether it says for whom it is, be it for all."""


_POLITE = (
    r"(?:您好|你好|大家好|各位(?!书记|支部|委员)|同志们|老师们|麻烦|烦请|劳烦|劳驾|有劳|辛苦|拜托|敬请|恳请|请(?![假示教愿柬战求客])"
    r"|务必|记得|尽快|抓紧|抓紧时间|一定要?|注意|通知一下|提醒一下|说一声|(?:需要?|必须|应该?当?|要)(?=(?:在|于)?[交报填写发送办做开组完提上准整汇检统参走召学签把将]))"
)
_LEAD = (
    r"(?:让|请(?![假示教愿柬战求客])|通知(?!书|单)|要求|叫|安排|给(?=[^,，]{2,20}(?:布置|安排|交办))|由|督促|交办|布置"
    r"|给(?=[^,，:：\s]{2,20}[:：\s])|派|转告|告诉|提醒|催)"
)
_EVERY = (
    r"(?:(?:各|所有|全体|全部|每个|每一个)\s*(?:党)?(?:总支|支部|校区|单位|支委会?)(?:的)?(?:书记|支委|同志)?们?"
    r"|各位(?:支部)?(?:书记|支委|委员)们?|大家(?!庭)|全体书记|(?:党?支部)?(?:书记|支委)们)"
)
_WHO = (
    r"(?:\s*等?\s*(?:[0-9]+|[两二三四五六七八九十]+)个\s*(?:党?支部|校区))?"
    r"(?:的?(?:书记|支委|同志们?|负责人|老师们?)(?![会员])|们)?"
)
_BETWEEN = r"[\s,、;:，。：；和与及跟同以-]*"
_URGES = pattern(rf"(?:{_POLITE}|\s)*(?:提醒|催|督促)")
_START = pattern(rf"(?:{_POLITE}|[\s,，、:：;；。!！@])+")
_THEN = pattern(r"(?:都|均|全部|一起|分别|各自|同时|也|也要)(?=\w)")
_END = pattern(
    r"(?:[\s,，。.!！~、;；:：]|谢谢(?:大家|配合|各位)?|多谢|感谢(?:配合|支持)|辛苦了?(?:大家|各位)?|拜托了?|麻烦了|收到请回复|哦|噢|哈|啊|呀|吧|啦|呢)+$"
)
_TURNED = pattern(
    r"把(?P<what>.{1,60}?)(?:都|给我)?(?P<verb>上报|报送|提交|上交|填报|填写|完成|交|报|发|填|送|写|做)(?:一下|上来|过来|给我|好|完|了)*"
)
_A_BIT = pattern(r"(?<=[交报填写发送办做看学])一下(?=\w)")
_EXCEPT = pattern(r"除(?:了|去)?")
_EXCEPTED = pattern(r"\s*(?:以外|之外|外)[\s,，的]*")
_SOMEBODY = pattern(rf"{_LEAD}\s*(?P<who>[^\s,，、]{{0,12}}?(?:党?支部|校区))")
_VERB = pattern(
    r"[交报填写发送传办做开组召收汇检统参走学看签领印选评贴拍谈推补改搞办]|完成|准备|整理|公示|落实|慰问|联系|登记|核对|布置|更新|更换|换(?!届)|回复|反馈|安排|开展|制定|拟|订"
)
_QUESTION = pattern(
    r"[?？]|[吗么呢](?!\w)|谁|什么|哪|几[天个项]|多少|怎么|如何|为何|是否|没交|未交|没有交|没报|未报|完成了"
)


def read_task(text: str, branches: Sequence[Branch], today: date) -> Reading:
    """A typed task. Raises Refused where no day can be told; the title is empty where nothing is to be done."""
    found = parse_due(text, today)
    title = " ".join(found.task.split())
    whom, rest, unknown = _addressed(title, branches)
    return Reading(
        found.day, found.hour, _clean(rest), whom, unknown, named=rest != title or whom is not None
    )


def whom_alone(text: str, branches: Sequence[Branch]) -> Reading | None:
    """The branches of a text that names nothing but them, 双龙和常营 or 各支部; None for any other. Its day is none."""
    said = re.sub(r"^\s*(?:只?给|只要|改成|改为|换成|就|交给|支部\s*[:：])\s*", "", text.strip(" 。.！!"))
    whom, rest, unknown = _addressed(said, branches)
    told = (
        rest != said and not unknown and not re.search(r"\w", re.sub("^(?:吧|就行|就可以)", "", rest.strip()))
    )
    return Reading(date.max, "", "", whom, named=True) if told else None


def urges(text: str) -> bool:
    """Whether a text that names branches wants them reminded, 提醒各支部, and not given a task."""
    return _URGES.match(text) is not None


def asks(text: str) -> bool:
    """Whether a text is a question, 谁没交, and so no task."""
    return _QUESTION.search(text) is not None


def reads_as_task(text: str, branches: Sequence[Branch]) -> bool:
    """Whether a text typed anywhere is a task to be given: a day with 前 or 截止 and something to be done, or 让, 请 or
    通知 with a branch and something to be done. A question is none."""
    if len(text) > LONGEST or asks(text):
        return False
    typed = halfwidth(text)
    if says_until(typed):
        return bool(_VERB.search(typed))
    whom = re.compile(rf"(?:让|请|通知|要求|叫|安排)\s*(?P<who>{_EVERY})").search(typed)
    if whom:
        return bool(_VERB.search(typed, whom.end()))
    for mention in named_in(typed, branches):
        if re.search(r"(?:让|请|通知|要求|叫|安排)[\s]*$", typed[: mention.start]):
            return bool(_VERB.search(typed, mention.end))
    return False


LONGEST = 500


# Whom it is for -------------------------------------------------------------------------------------------------


UNTOLD = "*"  # stands for a name where a text leaves branches out in words that are not read
_NOT_THESE = pattern(
    r"除(?!夕|了?完成)|除外|以外|之外|不用交|不必交|不交|不用报|不要|不让|别让|无需|其[他它余](?:党?支部|校区)"
)
_ANOTHER = pattern(r"[,，;；]\s*$")
_NUMBERED = pattern(r"第?[0-9一二三四五六七八九十]{1,3}(?:党?支部|支(?=[\s,，]))")
_ELSEWHERE = pattern(
    r"(?P<who>(?![交报填写送给去到把补])[^\s,，、:：]{1,8}?(?:党?支部|校区))(?!活动|大会|书记|工作|建设|的)"
)


def _addressed(title: str, branches: Sequence[Branch]) -> tuple[frozenset[int] | None, str, str]:
    """The branches that a task is for, the task without them, and the name of one that is not known.

    Where some are left out in other words than are read, or a later part is for others, nobody is chosen.
    """
    mentions = named_in(title, branches)
    every = frozenset(branch.id for branch in branches)
    at = start.end() if (start := _START.match(title)) else 0
    run = _run(title, at, mentions)
    if run and (out := _EXCEPTED.match(title, run[-1].end)) and not _EXCEPT.match(title, at):
        rest = re.sub(rf"^(?:的|其[他它余])*(?:{_EVERY}|党?支部|校区)?", "", title[out.end() :])
        return every - _ids(run), _led(rest), ""
    aside = re.search(r"[(（]([^()（）]*?)除外[)）]", title)
    if aside and (left_out := named_in(aside[1], branches)) and re.match(_EVERY, title[at:]):
        whom, rest, unknown = _whom(title.replace(aside[0], ""), branches)
        return (every if whom is None else whom) - _ids(left_out), rest, unknown
    whom, rest, unknown = _whom(title, branches)
    others = [m for m in mentions if _ANOTHER.search(title[: m.start]) and m.start > at]
    if _NOT_THESE.search(rest) or (others and whom and not _ids(others) <= whom):
        return frozenset(), title, unknown or UNTOLD
    if whom is None and rest == title and not unknown:
        lost = _NUMBERED.match(title, at) or _ELSEWHERE.match(title, at)
        if lost and not re.match(_EVERY, title[at:]):
            return frozenset(), _led(title[lost.end() :]), lost[0]
    return whom, rest, unknown


def _whom(title: str, branches: Sequence[Branch]) -> tuple[frozenset[int] | None, str, str]:
    mentions = named_in(title, branches)
    start = _START.match(title)
    at = start.end() if start else 0
    if except_ := _EXCEPT.match(title, at):
        run = _run(title, except_.end(), mentions)
        outside = _EXCEPTED.match(title, run[-1].end) if run else None
        if run and outside and all(len(mention.branches) == 1 for mention in run):
            every = re.compile(rf"(?:{_EVERY}|其[他它余](?:党?支部)?){_WHO}").match(title, outside.end())
            rest = title[every.end() if every else outside.end() :]
            return frozenset(b.id for b in branches) - _ids(run), _led(rest), ""
    for lead in re.finditer(rf"^|{_LEAD}\s*", title):
        before, at = title[: lead.start()], lead.end() if lead[0].strip() else at
        if everybody := re.compile(_EVERY).match(title, at):
            return None, _joined(before, _led(title[everybody.end() :])), ""
        if run := _run(title, at, mentions):
            office = re.compile(_WHO).match(title, run[-1].end)
            return _chosen(run, before, title[office.end() if office else run[-1].end :])
    if (last := _apart_at_the_end(title, mentions)) is not None:
        return _chosen(last, title[: last[0].start].rstrip("(（@,，、:：;； 给"), "")
    if unknown := _SOMEBODY.search(title):
        return frozenset(), _joined(title[: unknown.start()], _led(title[unknown.end() :])), unknown["who"]
    return None, title, ""


def _chosen(run: Sequence[Mention], before: str, after: str) -> tuple[frozenset[int] | None, str, str]:
    unsure = next((mention for mention in run if len(mention.branches) > 1), None)
    return (
        _ids(run),
        _joined(before, _led(after)),
        "、".join(b.name for b in unsure.branches) if unsure else "",
    )


def _ids(run: Sequence[Mention]) -> frozenset[int]:
    return frozenset(mention.branches[0].id for mention in run if len(mention.branches) == 1)


def _run(title: str, at: int, mentions: Sequence[Mention]) -> list[Mention]:
    """The branches that stand from a place on, one beside another: 双龙、常营和劲松."""
    run: list[Mention] = []
    for mention in mentions:
        if mention.start >= at and re.fullmatch(_BETWEEN, title[at : mention.start]):
            run.append(mention)
            at = mention.end
    return run


def _apart_at_the_end(title: str, mentions: Sequence[Mention]) -> list[Mention] | None:
    """Branches behind a mark at the end: 交小结（双龙、常营）."""
    for n, mention in enumerate(mentions):
        run = _run(title, mention.start, mentions[n:])
        apart = re.search(r"[(（,，、:：;；@\s]\s*$", title[: mention.start])
        if apart and run and not re.search(r"\w", title[run[-1].end :]):
            return run
    return None


# What it is called ----------------------------------------------------------------------------------------------


def _led(rest: str) -> str:
    rest = re.sub(r"^(?:布置|注意|通知)(?:一下)?[\s:：,，]+", "", rest.lstrip(" ,，、:：;；。"))
    then = _THEN.match(rest)
    return rest[then.end() :] if then else rest


def _joined(before: str, after: str) -> str:
    kept = _START.sub("", before, count=1) if _START.match(before) else before
    kept = re.sub(r"^(?:只|就|再|还|另外?|现在?)[\s,，]*$", "", kept)
    return f"{kept.rstrip(' ,，、')}{'，' if kept.strip() and after.strip() else ''}{after}"


def _clean(title: str) -> str:
    """The title without politeness in front and behind: 请务必交计划，谢谢 is 交计划."""
    if start := _START.match(title):
        title = title[start.end() :]
    title = _A_BIT.sub("", _END.sub("", title)).strip(" ,，、:：;；。")
    if turned := _TURNED.fullmatch(title):
        return f"{turned['verb']}{turned['what']}"
    return title
