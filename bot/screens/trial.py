"""试算: the rules that are tried, and which totals and stars they would change."""

from collections.abc import Sequence
from decimal import Decimal

from bot.actions import AdoptTrial, Standings, Trial, TypedTrial
from bot.message import Button, Invitation, Line, Message
from bot.screens import wording
from bot.screens.layout import back, grid
from bot.values import Term
from scoring.numerals import plain
from scoring.refusal import Refused
from scoring.rubric import Edition, Grade
from scoring.trial import RULES_MOST, Part, Rule, Tried, checked, in_words, named, other, standing_value

LISTED = 60  # branches in one message
SHARES, LEAST = (
    (Decimal("-0.05"), Decimal("0.05")),
    (Decimal(-5), Decimal(5)),
)  # what is offered, from what stands


def trial(
    terms: Sequence[Term], term: Term, rules: Sequence[Rule], found: Sequence[Tried], *, adopts: bool
) -> Message:
    """What the rules were understood as, each branch's total and stars now and then, and a few other rules to try.

    `adopts`: whoever looks may make them those of the committee.
    """
    table = term.table
    lines: list[Line] = ["只是试一试：不保存，别人看不到。"]
    lines += [_rule(rule, table) for rule in rules]
    if not found:
        lines.append("这个学期还没有总支评价，没有可试的结果。请看别的学期。")
    elif rules:
        totals = sum(one.total != one.new_total for one in found)
        stars = sum(one.stars != one.new_stars for one in found)
        lines.append(f"{len(found)} 个支部：总分变 {totals} 个，星级变 {stars} 个。")
        lines += [_branch(one) for one in found[:LISTED]]
    else:
        lines.append(f"共有 {len(found)} 个支部的总支评价。")
    lines.append(Invitation("点一条试，或直接输入，例如：合格75% 五星85。类别可以加倍：思想建设1.5倍。"))
    rows = grid([_button(term, rule) for rule in presets(table) if list(rules) != [rule]], 2)
    if adopts and rules:
        rows.append((Button("按这个规则改评价表", _adopts(term, rules), short="改评价表"),))
    if elsewhere := tuple(
        Button(f"看 {one.name}", trial_of(one, rules)) for one in terms if one.id != term.id
    )[:2]:
        rows.append(elsewhere)
    rows.append(back(Standings(term.id), "看排名", main=True))
    return Message(
        title=f"试算 · {term.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=trial_of(term, rules),
        hears=lambda text: TypedTrial(term.id, text),
        hint="例如：合格75% 五星85",
    )


def trial_of(term: Term, rules: Sequence[Rule]) -> Trial:
    """The action that tries these rules on a term."""
    return Trial(term.id, *_codes(rules))


def _adopts(term: Term, rules: Sequence[Rule]) -> AdoptTrial:
    return AdoptTrial(term.committee_id, *_codes(rules))


def _codes(rules: Sequence[Rule]) -> list[int]:
    return [*(rule.code for rule in rules), *[0] * RULES_MOST][:RULES_MOST]


def presets(edition: Edition) -> list[Rule]:
    """A few rules near those that stand: what 合格 earns, and where the most stars begin."""
    passed = edition.shares[Grade.PASSED]
    rules = [Rule(Part.SHARE, Grade.PASSED, passed + step) for step in SHARES]
    rules += [Rule(Part.STARS, count, least + step) for count, least in edition.stars[:1] for step in LEAST]
    return [rule for rule in rules if _fits(edition, rule)]


def _fits(edition: Edition, rule: Rule) -> bool:
    try:
        other(edition, [checked(rule, edition)])
    except Refused:
        return False
    return True


def _button(term: Term, rule: Rule) -> Button:
    label = f"{named(rule, term.table)} {in_words(rule, rule.value)}"
    return Button(label, trial_of(term, [rule]), short=label.rpartition(" ")[0])


def _rule(rule: Rule, edition: Edition) -> Line:
    """合格: 75 %（现在 80 %）."""
    now = in_words(rule, standing_value(rule, edition))
    return (named(rule, edition), f"{in_words(rule, rule.value)}（现在 {now}）")


def _branch(one: Tried) -> Line:
    """新源里校区: 88.8 → 85.3 分，四星 → 五星."""
    total = f"{plain(one.total)} → {plain(one.new_total)} 分" if one.total != one.new_total else "总分不变"
    stars = wording.star(one.new_stars)
    stars = f"{wording.star(one.stars)} → {stars}" if one.stars != one.new_stars else f"仍是{stars}"
    return (one.name.removesuffix("党支部"), f"{total}，{stars}")
