"""A committee from a small TOML file: its branches, its terms, and the first administrator's invitation."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.permissions import Me, Role
from bot.store import branches, invitations, people, terms
from bot.store.database import Database
from bot.values import Invitation
from jobs.duties.calendar import TermDates, sensible
from jobs.duties.catalogue import check_edition
from scoring.refusal import Refused
from scoring.rubric import OWN

EDITION = "jinsong_2017"  # of a committee whose file names none

EXAMPLE = """committee = "劲松职业高中党总支"
branches = ["常营主校区党支部", "劲松校区党支部"]

[[terms]]
name = "2026–2027学年第一学期"
starts = 2026-09-01
ends = 2027-01-22
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a setup file asks for, checked. An empty `edition` is the one that the committee has.

    Branches and terms may be added in the chat instead.
    """

    committee: str
    edition: str
    branches: tuple[str, ...]
    terms: tuple[TermDates, ...]


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises Refused with one sentence for the first thing wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise Refused(f"读不了文件 {path.name}。") from None
    except UnicodeDecodeError:
        raise Refused(f"{path.name} 不是 UTF-8 编码的文本文件。") from None
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise Refused(f"{path.name} 不是有效的 TOML 文件：{wrong}。") from None
    unknown = set(raw) - {"committee", "edition", "branches", "terms"}
    if unknown:
        raise Refused(f"不认识 {min(unknown)}；可以写 committee、edition、branches、terms。")
    edition = _text(raw["edition"], "edition") if "edition" in raw else ""
    check_edition(edition or EDITION)
    branches = raw.get("branches", [])
    if not isinstance(branches, list):
        raise Refused("branches 应是支部名称的列表。")
    names = tuple(_text(name, "branches") for name in branches)
    if len(set(names)) != len(names):
        raise Refused("branches 里有重复的支部名称。")
    return Plan(_text(raw.get("committee"), "committee"), edition, names, _terms(raw.get("terms", [])))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > 40 or not value.isprintable():
        raise Refused(f"{where} 应是 1 到 40 个字的文字，不换行。")
    if not people.clean_name(value):
        raise Refused(f"{where} 里有一个名称是空白的。")
    return value.strip()


def _terms(rows: Any) -> tuple[TermDates, ...]:
    if not isinstance(rows, list):
        raise Refused("学期请写成 [[terms]]，包含 name、starts、ends。")
    found = sorted(map(_term, rows), key=lambda term: term.starts)
    for before, after in pairwise(found):
        if after.starts <= before.ends:
            raise Refused(f"{before.name} 和 {after.name} 的日期重叠，请核对起止日期。")
    return tuple(found)


def _term(row: Any) -> TermDates:
    if not isinstance(row, dict) or not {"name", "starts", "ends"} <= set(row):
        raise Refused("每个 [[terms]] 要有 name、starts、ends 三项。")
    unknown = set(row) - {"name", "starts", "ends", "opens", "closes"}
    if unknown:
        raise Refused(
            f"不认识 [[terms]] 里的 {min(unknown)}；可以写 name、starts、ends，以及自评的 opens、closes。"
        )
    for key, value in row.items():
        if key != "name" and type(value) is not date:
            raise Refused(f"学期的 {key} 应是日期，例如 2026-09-01（不加引号）。")
    if ("opens" in row) is not ("closes" in row):
        raise Refused("自评的 opens 和 closes 请一起写，或都不写。")
    window = (row["opens"], row["closes"]) if "opens" in row else None
    return sensible(TermDates(_text(row["name"], "name"), row["starts"], row["ends"], window))


def carry_out(database: Database, plan: Plan, now: datetime) -> tuple[list[str], Invitation]:
    """Add what is missing, leave what is there; returns what was added, and an administrator's invitation."""
    added = []
    with database.alone() as session:
        committee_id = next((n for n, name, _ in terms.committees(session) if name == plan.committee), None)
        if committee_id is None:
            today = now.date()
            committee_id = terms.add_committee(
                session, name=plan.committee, edition=plan.edition or EDITION, begins_on=today
            )
            added.append(f"党总支 {plan.committee}")
            if any(term.starts < today for term in plan.terms):
                added.append(f"工作任务 从 {today} 起提醒，在此之前到期的不再要求")
        elif terms.edition_of(session, committee_id).startswith(OWN):
            pass  # an administrator put it in force in the chat, and puts another one in its place there
        elif plan.edition and terms.change_edition(session, committee_id, plan.edition):
            added.append(f"评价表 {plan.edition}，从新增的学期起用")
        edition = terms.edition_of(session, committee_id)
        every = branches.every(session, committee_id)
        called = {one.id: one.name for one, _, _ in every}
        closed = {one.name for one, _, ended in every if ended}
        present = set(called.values()) - closed
        former = branches.past(session, committee_id).names
        for name in plan.branches:
            if name not in present and name in former:
                raise Refused(
                    f"{name} 已改名为 {called[former[name]]}。请在文件里改成现在的名称，再运行一次；没有改动。"
                )
            if name in closed:
                raise Refused(
                    f"{name} 已撤销。请从文件里删去，或先在聊天的「支部」里恢复，再运行一次；没有改动。"
                )
            if name not in present:
                terms.add_branch(session, committee_id=committee_id, name=name, campus="", since=now.date())
                added.append(f"支部 {name}")
        begun = {t.starts: t for t in terms.terms_of(session, [committee_id])}
        for term in plan.terms:
            if term.starts not in begun:
                for other in begun.values():
                    if term.starts <= other.ends and other.starts <= term.ends:
                        raise Refused(f"{term.name} 和已有的 {other.name} 日期重叠，没有改动。")
                terms.add_term(session, committee_id=committee_id, dates=term, edition=edition)
                added.append(
                    f"学期 {term.name}：{term.starts} 到 {term.ends}，自评 {term.opens} 到 {term.closes}"
                )
        made = invitations.invite(
            session, me=Me(0, "", now), committee_id=committee_id, branch_id=None, role=Role.ADMINISTRATOR
        )
    return added, made
