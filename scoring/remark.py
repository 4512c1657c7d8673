"""What is plainly points, and what is only a remark: 「3.5 缺一次记录」 is points, 「3人请假」 is not.

Points are plain only where nothing else can be meant: a number, then the end, 分, or a space, comma, colon or opening
bracket, and a reason that does not go on counting. 3人, 3 人请假 count people; 1、 and 1. number a list; 3-5 and 3/5
are a range and a ratio; 3 4优 speaks of another item. Whatever is not plain is left to the person (decision 0022).
"""

import re
from decimal import Decimal

from scoring.numerals import halfwidth
from scoring.rubric import Edition, Grade, Item, Refused
from scoring.sheet import REASON_LENGTH, Mark, parse_points

_COUNTERS = (
    "人位名个次月号日天点时秒周年季节课篇份项条件本页张部场期届批组班楼层室岁元块万千百十亿几多余来倍成折米字句段册套门种类处所户双"
    "颗枚台辆回遍轮趟顿级等章款版支校院系代任幅封则首例起桩笔票卷科队团排堂席集家度"
)
"""What is counted, by the first character of its word."""
_LONGER = "小时|分钟|分之|分会|分部|分校|公里|公斤|厘米|平方|学时|学分|[kcm]?[mg](?![a-z])|[kwhdx%](?![a-z])"
_NOT_COUNTED = (
    "人员|人数|人心|人手|人均|名单|名额|名称|名册|位置|次数|次序|个别|个性|月度|月报|日常|日志|日记|日程|天气|点名|点评|点滴|"
    "时间|时限|时效|时常|时有|时政|周期|周密|周到|周报|年度|年终|年底|年报|年龄|季度|节约|节假日|课题|课时|课件|课程|课堂|篇幅|份额|项目|"
    "条件|条理|本学期|本月|本周|本次|本人|本支部|本校|本年|本项|本应|页面|页数|页码|部分|部署|部门|场地|场所|场面|场合|"
    "期末|期中|期间|期限|期初|期望|批评|批改|批示|批复|批阅|批准|组织|组长|组员|组内|组建|班子|班级|班主任|班会|层次|层面|室内|室外|"
    "万一|十分|百分|几乎|多次|多数|多为|多有|余下|来源|来访|成效|成果|成员|成绩|成立|成功|成熟|成长|成文|成分|字数|字迹|字样|"
    "段落|册子|套用|门类|种类|类别|类型|处理|处置|处于|处分|处罚|所有|所以|所在|所属|所需|双向|双方|双周|台账|台帐|"
    "回复|回访|回应|回答|回头|回避|级别|等待|等候|等级|等次|章程|章节|款项|版面|版本|支委|支部|支书|支持|支撑|支出|"
    "校区|校内|校外|校本|校园|校级|院内|系统|系列|代表|代替|代课|代签|任务|任课|任职|任何|幅度|首次|首先|例会|例行|例如|"
    "起草|起步|起点|起到|起止|起初|笔记|笔误|票决|票数|科研|科室|科学|科目|队伍|队员|团员|团结|团队|团委|团课|团组织|"
    "排名|排查|排练|排版|集中|集体|集合|家访|家长|家校|家庭|度过"
)
"""Words that only begin like a counter."""
_EVENTS = (
    "缺席|缺勤|请假|迟到|早退|旷课|旷会|投诉|上访|违纪|违规|拖延|拖欠|逾期|延后|遗漏|差错|失误|未到|没到|没来"
)
"""What is itself counted without a word between: 「0 缺席」, 「2 请假」."""
_COUNTER = re.compile(rf"[\s,:(]*(?:{_LONGER}|(?!{_NOT_COUNTED})[{_COUNTERS}])", re.IGNORECASE)
_COMPOUND = re.compile(
    "[钟之会部校数别组工析享管头发类批散配开布店院册队场区支行公为成清担内外明寸期子米厘店局期档寄]"
)
"""What makes another word of 分: 分钟, 分之, 分工."""

_NUMBER = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?![0-9.])")
_APART = re.compile(r"\s*\(|[\s,:]+\(?")
_GRADE = re.compile(r"(优秀|优|不合格|不合|不|合格|合)(?=[^\w]|[0-9]|$)")
_RANGE = re.compile(r"[到至或和与及~–—-]\s*[0-9一二两三四五六七八九十]")
_LISTED = re.compile(r"(?:^|[\s;,。])(?:[0-9]{1,2}\s*[、.:)](?![0-9])|[0-9]{1,2}\s+[^\W\d])")
_ALONE = re.compile(rf"(?:{_EVENTS})[。！!.]*")
_NUMBERED = re.compile(r"[0-9]{1,2}\s*(?:[、)]|\.(?![0-9]))")
_ONLY_NUMBER = re.compile(r"[-+]?[0-9.%]*[0-9%]\s*分?")
_TOLD = re.compile(
    r"(?P<verb>给|得|评|打|记|算|扣|减)?了?\s*(?P<number>[0-9]+(?:\.[0-9]+)?|[零一二两三四五](?:点[一二三四五六七八九])?)\s*分(?![钟之会部校])"
)
_DIGITS = {digit: str(number) for number, digit in enumerate("零一二三四五六七八九")} | {"两": "2", "点": "."}


def starts_with_counter(text: str) -> bool:
    """Whether a text behind a number goes on counting: 人请假, 次会议; not 人员不齐, 部分完成."""
    return _COUNTER.match(halfwidth(text)) is not None


def plain_points(text: str) -> tuple[str, str] | None:
    """The number and the reason of a text that is plainly points, whatever the range; None for any other text.

    `3.5` and `3.5 分` have no reason, `3.5（缺记录）` has. What is nothing but a number, such as 90%, comes back even
    if it is none that `parse_points` takes: that says what is wrong with it.
    """
    text = text.strip()
    form = halfwidth(text)
    if _ONLY_NUMBER.fullmatch(form):
        return form, ""
    number = _NUMBER.match(form)
    if number is None:
        return None
    at = number.end()
    whole = "." not in number[1]
    unit = re.compile(r"\s*分").match(form, at)
    if unit and not _COMPOUND.match(form, unit.end()):
        at, whole = unit.end(), False
    apart = _APART.match(form, at)
    if apart is None and not (unit and at == unit.end() and re.match(r"\w", form[at:])):
        return None
    reason = _reason(text[at:], form[at:], apart.end() - at if apart else 0)
    if reason is None or (reason and not _is_reason(reason, whole)):
        return None
    return number[1], reason


def nearly(text: str, edition: Edition, number: int) -> Mark | None:
    """The mark that a text could mean for an item, to be offered and never to be saved unasked; None where it has none.

    A number in front, `给3分`, `扣0.5分`, `三分`, or a grade with words behind it. The words are the reason.
    """
    item, form = edition.item(number), halfwidth(text).strip(" 。.")
    reason = " ".join(text.split())
    if len(reason) > REASON_LENGTH or _NUMBERED.match(form):
        return None
    grade = _GRADE.match(form)
    if grade is not None and (known := Grade.read(grade[1])) is not None:
        return Mark(known, edition.points(number, known), reason)
    points = _told(form, item)
    if points is None:
        return None
    column = edition.grade_of(number, points)
    return Mark(edition.column(number, points) if column is None else column, points, reason)


def _told(form: str, item: Item) -> Decimal | None:
    told = _TOLD.match(form)
    leading = _NUMBER.match(form)
    try:
        if told is not None:
            named = "".join(_DIGITS.get(sign, sign) for sign in told["number"])
            points = parse_points(named, item)
            return parse_points(str(item.points - points), item) if told["verb"] in ("扣", "减") else points
        if (
            leading is None
            or _RANGE.match(form, leading.end())
            or re.match(r"\s*[/、%)]", form[leading.end() :])
        ):
            return None
        return parse_points(leading[1], item)
    except Refused:
        return None


def _reason(text: str, form: str, apart: int) -> str | None:
    """The reason behind a number: without the brackets around it, None when a bracket closes before the end."""
    if "(" not in form[:apart]:
        return text[apart:].strip()
    inside = form[apart:].rstrip(" 。.!")
    depth = 1
    for place, sign in enumerate(inside):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return text[apart : apart + place].strip() if place == len(inside) - 1 else None
    return text[apart:].strip()


def _is_reason(reason: str, whole: bool) -> bool:
    """Whether words behind a number (a `whole` one, or one with a decimal or 分) are plainly why it is given."""
    form = halfwidth(reason)
    if not re.match(r"[\w(《“\"「『]", form) or (whole and re.match(r"[0-9]", form)):
        return False
    if starts_with_counter(form) or _GRADE.match(form) or _RANGE.match(form) or _LISTED.search(form):
        return False
    if re.match(r"[0-9]+(?:\.[0-9]+)?\s*(?:[/~–—-]|$)", form) or not re.search(r"[^\W\d_]", form):
        return False
    return not (whole and _ALONE.fullmatch(form))
