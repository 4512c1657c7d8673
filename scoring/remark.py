"""What is plainly points, and what is only a remark: 「3.5 缺一次记录」 is points, 「3人请假」 is not.

Points are plain only where nothing else can be meant: a number, then the end, 分, or a space, comma, colon or opening
bracket, and a reason that says what is wanting (缺, 未, 不 …). How much more is asked of it depends on the number:
    3分     hardly anything else is meant; only 分钟, 分会 and the like are other words
    3.5     nobody counts 3.5 people, but it may be a date or hours: 3.5 下午开会
    3       may count anything, number a list, name an item: 3 人请假, 3、有计划, 3 4优
Whatever is not plain is left to the person (decision 0022).
"""

import re
from decimal import Decimal

from scoring.numerals import halfwidth
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.rubric import Edition, Grade, Item
from scoring.sheet import REASON_LENGTH, Mark, parse_points

_WANTING = pattern(
    "缺|未|没|不(?!少|止|低于|小于|下于|错)|无(?!一)|(?<!不)少|漏|晚|迟|差|欠|弱|慢|低|乱|误|空|断|仅|只|松|浅|粗|拖|忘|丢|补|一般|部分|请假|[病事]假|早退|旷|有待|有限|逾期|滞后|应付|简单|重复|单一"
)
"""What a reason for points says; a remark that says so is taken for one behind a number that can mean nothing else."""
_COUNTERS = (
    "人位名个次月号日天点时秒周年季节课篇份项条件本页张部场期届批组班楼层室岁元块万千百十亿几多余来倍成折米字句段册套门种类处所户双"
    "颗枚台辆回遍轮趟顿级等章款版支校院系代任幅封则首例起桩笔票卷科队团排堂席集家度刻座区站车桌步头只片盒斤升面栋方"
)
"""What is counted, by the first character of its word."""
_COUNTED = (
    "小时|小组|小队|分钟|分之|公里|公斤|厘米|平方|学时|学期|学年|学分|星期|礼拜|单元|中队|党小组|美元|会议|会场|校区|照片|"
    "党员(?!大会|手册|评议)|预备党员|团员|同志|教师|老师|教职工|职工|干部|书记|委员|学生|家长|群众|男|女|"
    "[a-z]|[一二两三四五六七八九](?!般|直|定|些)|第[一二三四五六七八九十0-9]"
)
_NOT_COUNTED = (
    "人员|人手|名单|名册|位置|次数|次序|个别|月度|日常|日志|日记|点名|点评|时间|时限|时效|时常|时有|周到|周密|年度|年终|年底|节约|"
    "课件|课程|篇幅|份额|条件|条理|本学期|本季度|本月|本周|本次|本人|本支部|本校|本年|本项|本应|页面|页数|页码|部分|部署|场地|场所|期末|期中|期间|期限|"
    "批评|批改|批示|组织|组内|班子|层次|层面|室内|室外|万一|十分|几乎|多次|多数|多为|余下|来源|成效|成果|成绩|成文|字数|字迹|段落|册子|种类|"
    "类别|处理|处置|处于|所有|所以|所在|所属|所需|双向|台账|台帐|回复|回访|回应|级别|等待|章程|版面|版本|支委|支部|支持|校内|校外|校园|院内|系统|"
    "代表|代替|任务|任何|首次|首先|例会|例行|例如|起草|起步|起点|起到|笔记|票决|科研|队伍|团结|团队|排查|排练|集中|集体|家访|度过|"
    "区域|面向|面谈|方案|方式|方法|方向|片面|站位|步骤|头绪"
)
"""Words that only begin like a counter."""
_COUNTER = pattern(
    rf"[\s,:(]*(?:(?!{_NOT_COUNTED})(?:{_COUNTED}|[{_COUNTERS}])|[kcm]?[mg](?![a-z])|%)", re.IGNORECASE
)
_MEASURED = pattern(
    f"(?!{_NOT_COUNTED})(?:个?小时|分钟|学时|天|周|星期|个?月|年|学期|元|万|千|百|公里|米|斤|公斤|亩|吨|折|倍|岁|升|%)"
)
"""What can be had in parts: 3.5 小时."""
_WHEN = pattern(
    f"(?!{_NOT_COUNTED})(?:上午|下午|中午|早上|晚上|傍晚|今天|昨天|明天|星期|礼拜|周[一二三四五六日末]|前(?![期面])|之前|以前|截止|日|号)"
)
"""What goes on behind a date: 3.5 下午开会."""
_ABSENT = pattern(
    "缺席|缺勤|请假|[病事产公]假|出差|住院|迟到|早退|旷|投诉|上访|违[纪规]|拖[延欠]|逾期|延后|遗漏|差错|失误|事故|问题|处分|通报|弃权|反对|"
    "[未没](?:到|来|参加|签到|出席)|(?<![个本责系持讲])人|(?<![签姓报点题排署书])名|(?<![到单岗定座各学])位"
)
"""What a whole number counts without a word between: 2 缺席."""
_SHORT = pattern(r"[未没欠漏无][^\W\d_]{0,2}")
_DOUBT = pattern(
    "吗|？|\\?|[呢吧]$|是否|可以|怎么|多少|几分|待定|暂定|大概|估计|应该|左右|以上|以下|上下|不到(?![位会岗场底边])|还是|或者?\\s*[0-9]|太[高低]|"
    "不行|不对|错了|谢谢|满分|平均|及格|合适|因为$"
)
"""Whoever says so is not sure, or asks."""
_ANOTHER = pattern(
    r"^[扣减加改比]|[-+−]\s*[0-9]|[0-9]+(?:\.[0-9]+)?\s*分(?!钟|之)|(?<![0-9.])[0-9]{1,2}\.[0-9]{1,2}(?![0-9])"
)
"""Another score or date beside the first."""
_COMPOUND = pattern(
    "[钟之秒半制钱线球值母歧裂解摊辨离热耕会部校数别组工析享管头发类批散配开布店院册队场区支行公为成清担内外明寸期子厘局档党总]"
)
"""What makes another word of 分: 分钟, 分会, 分工."""
_NO_COMPOUND = pattern(
    f"{_NOT_COUNTED}|会议|内容|档案|公示|公开|党课|党费|党员|开会|开展|工作|管理|组员|发言"
)

_NUMBER = pattern(r"(-?[0-9]+(?:\.[0-9]+)?)(?![0-9.])")
_UNIT = pattern(r"\s*分")
_APART = pattern(r"\s*\(|[\s,:]+\(?")
_GRADE = pattern(r"(优秀|优|不合格|不合|不|合格|合)(?=[^\w]|[0-9]|$)")
_RANGE = pattern(r"[到至或和与及~–—-]\s*[0-9一二两三四五六七八九十]")
_LISTED = pattern(r"(?:^|[\s;,。])(?:[0-9]{1,2}\s*[、.:)](?![0-9])|[0-9]{1,2}\s+[^\W\d])")
_NUMBERED = pattern(r"[0-9]{1,2}\s*(?:[、)]|\.(?![0-9]))")
_ONLY_NUMBER = pattern(r"[-+]?[0-9.%]*[0-9%]\s*分?")
_CLOSING = pattern(r"[^\w%)）、?？'\"”』」》]+$")
_FIVE = "[0-9]+(?:[.点·][0-9])?|[零一二两三四五](?:点[一二三四五六七八九])?"
_VERB = "得分|得|给|评|打|记|算|自评|改成|改为|应该?是|扣|减"
_TOLD = pattern(
    rf"(?P<verb>{_VERB})了?\s*:?\s*(?P<one>{_FIVE})(?:\s*分|(?=[^\w/]|$))(?!{_COMPOUND.pattern})"
    rf"|(?P<two>{_FIVE})\s*分(?!{_COMPOUND.pattern})"
)
_LESS = pattern(r"([0-9]+(?:\.[0-9]+)?)\s*分?\s*[扣减-]\s*([0-9]+(?:\.[0-9]+)?)\s*分?")
_SAYS = "(?P<{}>优秀|优|合格|不合格)"
_WORTH = "(?P<{}>[0-9]+(?:\\.[0-9]+)?)"
_AGREED = pattern(
    rf"(?:{_SAYS.format('g1')}[\s,:(]*{_WORTH.format('n1')}\s*分?"
    rf"|{_WORTH.format('n2')}(?:\s*分[\s,:(]*|[\s,:]*\(\s*|(?<=\.[0-9])[\s,:]+){_SAYS.format('g2')})"
    r"(?=[^\w]|$)\)?(?P<rest>.*)",
    re.DOTALL,
)
_EXPLAINED = pattern(r"(优秀|合格|不合格)(?:\s*\((?P<in>[^()]+)\)|[\s,:]+(?P<rest>.+))", re.DOTALL)
_DIGITS = {digit: str(number) for number, digit in enumerate("零一二三四五六七八九")} | {
    "两": "2",
    "点": ".",
    "·": ".",
}


def starts_with_counter(text: str) -> bool:
    """Whether a text behind a number goes on counting: 人请假, 次会议; not 人员不齐, 部分完成."""
    return _COUNTER.match(halfwidth(text)) is not None


def lacking(reason: str) -> bool:
    """Whether a reason says that something is wanting, which full marks contradict."""
    return _WANTING.search(halfwidth(reason)) is not None


def closed(text: str) -> str:
    """The text without the stops and signs at its end: 优秀。 and 4👍 are 优秀 and 4."""
    return _CLOSING.sub("", text.strip())


def plain_points(text: str) -> tuple[str, str] | None:
    """The number and the reason of a text that is plainly points, whatever the range; None for any other text.

    `3.5` and `3.5 分` have no reason, `3.5（缺记录）` has. What is nothing but a number, such as 90%, comes back even
    if it is none that `parse_points` takes: that says what is wrong with it.
    """
    text = text.strip()
    form = halfwidth(text)
    bare = closed(form) if re.match(r"[-0-9]+(?:\.[0-9]|[0-9.]*\s*分)", form) else form
    if _ONLY_NUMBER.fullmatch(bare):
        return bare, ""
    number = _NUMBER.match(form)
    if number is None:
        return None
    at, kind = number.end(), "3.5" if "." in number[1] else "3"
    unit = _UNIT.match(form, at)
    if unit and (not _COMPOUND.match(form, unit.end()) or _NO_COMPOUND.match(form, unit.end())):
        at, kind = unit.end(), "3分"
    apart = _APART.match(form, at)
    if apart is None and not (kind == "3分" and re.match(r"\w", form[at:])):
        return None
    reason = _reason(text[at:], form[at:], apart.end() - at if apart else 0)
    if reason is None:
        return None
    wrapped = apart is not None and "(" in apart[0]
    return (number[1], reason) if not reason or _is_reason(reason, kind, wrapped) else None


def agreed(text: str, edition: Edition, number: int) -> Mark | None:
    """The mark of a text that says grade and points, and they agree; or a grade with its reason. None for any other.

    优秀4分, 4分（优秀）, 3.5 合格，缺一次记录, 合格（缺一次记录）.
    """
    item, form = edition.item(number), halfwidth(text.strip())
    found, told = _AGREED.fullmatch(closed(form)), _EXPLAINED.fullmatch(form)
    if found is not None:
        grade = Grade.read(found["g1"] or found["g2"])
        rest = found["rest"].strip(" ,:;。.()")
        try:
            points = parse_points(found["n1"] or found["n2"], item)
        except Refused:
            return None
        column, needed = edition.column(number, points), edition.grade_of(number, points) is None
        if column is not grade or (not _is_reason(rest, "3分") if rest else needed):
            return None
        return Mark(column, points, rest)
    if told is not None and (grade := Grade.read(told[1])) is not None:
        reason = " ".join((told["in"] or told["rest"]).split()).strip("。.")
        if _is_reason(reason, "3.5" if told["rest"] else "3分") and len(reason) <= REASON_LENGTH:
            return Mark(grade, edition.points(number, grade), reason)
    return None


def nearly(text: str, edition: Edition, number: int) -> Mark | None:
    """The mark that a text could mean for an item, to be offered and never to be saved unasked; None where it has none.

    A number in front or the one that is called so (给3分, 扣0.5分, 三分), or a grade with words behind it.
    """
    item, form = edition.item(number), halfwidth(text).strip(" 。.")
    reason = " ".join(text.split())
    if len(reason) > REASON_LENGTH or _NUMBERED.match(form):
        return None
    grade = _GRADE.match(form)
    if grade is not None and (known := Grade.read(grade[1])) is not None:
        return None if re.search("[0-9]", form) else Mark(known, edition.points(number, known), reason)
    points = _told(form, item)
    if points is None:
        return None
    return Mark(edition.column(number, points), points, reason)


def is_score(text: str) -> bool:
    """Whether a text that should be a reason is a score instead: 四分, 改成3, 合格，缺一次, 16/18."""
    form = halfwidth(closed(text))
    whole = _TOLD.fullmatch(form) or re.fullmatch(r"[0-9.]+\s*/\s*[0-9.]+", form)
    return bool(whole or re.match(r"(?:优秀|合格|不合格)[吧了啊吗]?(?:[^\w]|$)", form))


def _told(form: str, item: Item) -> Decimal | None:
    leading, said = _NUMBER.match(form), list(_TOLD.finditer(form))
    try:
        if less := _LESS.match(form):
            whole, part = (parse_points(less[n], item) for n in (1, 2))
            return whole - part if whole == item.points else whole if whole == item.points - part else None
        if len(said) == 1 and (leading is None or said[0].start() == 0):
            named = "".join(_DIGITS.get(sign, sign) for sign in said[0]["one"] or said[0]["two"])
            points = parse_points(named, item)
            return (
                parse_points(str(item.points - points), item) if said[0]["verb"] in ("扣", "减") else points
            )
        other = leading and re.match(r"\s*(?:[/、%):;+×a-zA-Z]|[点·,]\s*[0-9])", form[leading.end() :])
        if leading is None or other or _RANGE.match(form, leading.end()):
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


def _is_reason(reason: str, kind: str, wrapped: bool = False) -> bool:
    """Whether words are plainly why points are given, behind a number of a kind: with 分, with a decimal, or whole."""
    form = halfwidth(reason)
    if not re.match(r"[\w(《“\"「『]", form) or not re.search(r"[^\W\d_]{2}", form):
        return False
    if _GRADE.match(form) or _RANGE.match(form) or _LISTED.search(form):
        return False
    if _DOUBT.search(form) or _ANOTHER.search(form) or re.match(r"[0-9]+\s*(?:[/~–—:-]|$)", form):
        return False
    if kind == "3分":
        return True
    if kind == "3.5":
        counted = _MEASURED.match(form) or starts_with_counter(form)
        return not counted and (wrapped or (bool(_WANTING.search(form)) and not _WHEN.match(form)))
    if re.match("[0-9]", form) or starts_with_counter(form) or _ABSENT.search(_stripped(form)):
        return False
    return bool(_WANTING.search(form)) and not _SHORT.fullmatch(form)


def _stripped(form: str) -> str:
    """The words without those that only look like people: 人员, 名单."""
    return re.sub(_NOT_COUNTED, "", form)
