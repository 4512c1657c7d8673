"""What stands beside an attendance: it agrees and is plain, or it does not and is asked, or nothing can be read."""

import pytest

from jobs.duties.answers import Answer, Unclear, read_answer
from jobs.duties.catalogue import read_duties
from scoring.refusal import Refused
from tests.jobs.refusals import refusal

DUTIES = read_duties("jinsong_2017")
TYPED_ON = ("party_day", "study")


def read(duty: str, text: str) -> str | tuple[tuple[int, int | None], ...]:
    """The numbers that are read without a question; asked, or refused."""
    try:
        return read_answer(DUTIES[duty], text).numbers
    except Unclear:
        return "asked"
    except Refused:
        return "refused"


ACCOUNTED = [  # 17 of 18, whatever it is typed on
    "应到18个人实到17个人",
    "应到 18 个人，实到 17 个人",
    "应到18名，实到17名",
    "应到18位，实到17位",
    "应到18人次，实到17人次",
    "18人到了17人",
    "18人，实到17人",
    "18名党员，17名到会",
    "18名党员中17名到会",
    "18人中有17人参加",
    "18名党员17名参加",
    "共18人，17人参加",
    "一共18人，到会17人",
    "总数18，实到17",
    "总人数18人，实到17人",
    "在册党员18人，到会17人",
    "全体党员18名，17名出席",
    "应到十八人实到十七人",
    "应到十八实到十七",
    "党员十八人，到会十七人",
    "应到十八人，实到17人",
    "应到18，请假1，实到17",
    "应到18人，请假1人，实到17人",
    "应到18人，1人请假，实到17人",
    "应到18，缺席1，实到17",
    "应到18人，病假1人，实到17人",
    "应到18实到17请假1",
    "应到18实到17，1人未到",
    "应到18实到17，一人请假",
    "应到18人实到17人，1人因病请假",
    "应到18人实到17人，1名党员请假",
    "应到18实到17 1人请假",
    "应到18实到17，张三请假",
    "应到18人（含预备党员2人），实到17人",
    "应到18人（其中预备党员2人），实到17人",
    "应到18人(包括预备党员2名)，实到17人",
    "应到18人，实到17人参观香山",
    "应到18实到17参观香山",
    "实到17人，应到18人，请假1人",
    "17/18，1人请假",
    "17/18，请假1人",
    "17/18 请假1",
    "17/18，一人请假",
    "17/18，缺席1人",
    "17/18，1人未到",
    "17/18 张三请假",
    "17/18（含预备党员2人）",
    "17/18，其中预备党员3名",
    "17/18 参观3个展馆",
    "17/18 参观 5 个展馆",
    "17/18 人人参与",
    "17/18 名师讲座",
    "17/18 人民大会堂",
    "17/18 一人一策",
    "17/18 301室",
    "17/18人参观香山",
    "应到18实到17缺1",
    "实到17/应到18",
    "17/18 第3次活动",
    "17/18 建校110周年",
    "17/18 不忘初心",
    "17/18 学习二十大精神",
    "12-25 17/18",
    "12-25 17/18 参观",
    "上午9:30 17/18",
    "9:30 17/18",
    "12月25日9:30 17/18",
    "2026-12-25 17/18",
]
ASKED = [
    "18名党员中1名请假",
    "18人中有1人未到",
    "应到18、19人实到17",
    "应到18实到17 不，实到16",
    "应到18实到17，不对，16",
    "应到18实到17 更正 16",
    "应到18实到17（应为16）",
    "应到18实到17，参观3个展馆",
    "应到18实到17，参加2次",
    "应到18实到17，3人请假",
    "应到18实到17，请假2人",
    "应到18，请假2，实到17",
    "应到18，缺席3人，实到17",
    "应到18实到17，两人请假",
    "应到18实到17，无人请假",
    "应到18实到17，请假1人病假1人",
    "应到18实到17，2人迟到",
    "应到18实到17，列席5人",
    "应到18实到17，另有3名群众",
    "应到18实到17，大概",
    "应到18实到17？",
    "预计应到18实到17",
    "17/18，3人请假",
    "17/18，请假3人",
    "17/18，三人请假",
    "17/18，两人请假",
    "17/18，无人请假",
    "17/18，0人请假",
    "17/18 全勤",
    "17/18全勤",
    "12/25全勤",
    "17/18 全员到齐",
    "17/18 全体参加",
    "18/18 请假",
    "18/18 1人请假",
    "18/18，张三未到",
    "17/18 不",
    "17/18 不对",
    "17/18，错了，16",
    "17/18 改成16",
    "17/18 改为16人",
    "17/18 应该是16",
    "17/18 写错了",
    "17/18 no",
    "17/18？",
    "17/18吗",
    "17/18 左右",
    "17/18 大概",
    "预计17/18",
    "17/18，16人到",
    "17/18，实到16",
    "17/18 列席3人",
    "17/18，2人迟到",
    "17/18 请假1人迟到1人",
    "17/18 群众5名",
    "17/18 线上5人",
    "17/18 改 16 人",
    "17/18 不 16 参观",
    "17/18人民",
    "18/18含请假1人",
    "17/18人，16人签到",
    "17/18大楼",
    "17/18单元",
    "12/25 全员到齐",
    "12/25 全体党员参观香山",
    "12/25 全勤",
    "12/25 全部到齐",
    "12/25 两人请假",
    "12/25 几人请假",
    "12/25 一人请假",
    "12/25 大家都到了",
    "12/25 十七名党员",
    "12/25 13人请假",
    "出勤12/25，5人请假",
    "12人/25人，5人请假",
    "12/25人，5人请假",
    "16/18 17/18",
    "应到18实到17/19",
    "17/18 三人行读书会",
]
UNREADABLE = [
    "应到18实到1 7",
    "应到1 8实到17",
    "实到1 7应到18",
    "党员18人到3家企业参观",
    "党员18人到3楼会议室",
    "党员18人到3号楼",
    "党员18人到三楼会议室",
    "党员18人到一线参观",
    "党员18人参加2次活动",
    "党员18人参加两次活动",
    "党员18人参加5公里健步走",
    "党员18人参加3轮学习",
    "党员18人参加3小时志愿",
    "党员18人参加第3期",
    "党员18人参加2个活动",
    "党员18人出席3场报告会",
    "党员18人到5所学校",
    "党员18人到2路车站",
    "党员18人到A3教室",
    "党员18人到3A教室",
    "共18人参加3小时",
    "18人到3桌",
    "18人到会1人迟到",
    "18人到2个社区",
    "18人出席3天培训",
    "18人中1人迟到",
    "18人中3人是预备党员",
    "18人有3人发言",
    "应到18实到17.5",
    "应到18实到17%",
    "应到18.5实到17",
    "应到一百二十人",
    "缺勤1/18",
    "缺勤：1/18",
    "缺勤率1/18",
    "缺1/18",
    "缺席 1/18",
    "未到 1/18",
    "未到会1/18",
    "没来1/18",
    "请假1/18",
    "请假人数1/18",
    "迟到1/18",
    "病假1/18",
    "9月17/18日学习",
    "9月17/18学习",
    "12月 17/18",
    "应到18人实到17人左右",
    "应到18人实到二三人",
    "应到三四十人实到17人",
    "2026年9/10",
    "17/18日",
    "17/18日学习",
    "17/18号",
    "17/18期",
    "17/18页",
    "17/18周",
    "17/18楼",
    "17/18次",
    "3/4学时",
    "3/4课时",
    "17/18 16",
    "12.1 7/40",
    "12-1 7/40",
    "9:1 7/40",
    "9:30 1 7/18",
]


@pytest.mark.parametrize("text", ACCOUNTED)
def test_what_agrees_with_an_attendance_is_plain(text: str) -> None:
    assert read("party_day", text) == ((17, 18), (0, None))
    assert read("study", text) == ((17, 18),)


@pytest.mark.parametrize("text", ASKED)
def test_what_does_not_agree_with_an_attendance_is_asked(text: str) -> None:
    assert [read(duty, text) for duty in TYPED_ON] == ["asked", "asked"]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_counts_something_else_is_no_attendance(text: str) -> None:
    assert [read(duty, text) for duty in TYPED_ON] == ["refused", "refused"]


@pytest.mark.parametrize(
    "text", ["18/18 全勤", "18/18全勤", "18/18，全员到齐", "应到18实到18，无缺席", "18/18 请假0人"]
)
def test_everybody_there_is_plain_where_nobody_is_missing(text: str) -> None:
    assert read("study", text) == ((18, 18),)


def test_what_is_asked_keeps_every_word() -> None:
    assert read_answer(DUTIES["study"], "17/18 人人参与").words == "人人参与"
    with pytest.raises(Unclear) as asked:
        read_answer(DUTIES["party_day"], "应到18实到17 不，实到16")
    assert asked.value.readings == (Answer(((17, 18), (0, None)), "不，实到16"),)
    understood = read_answer(DUTIES["study"], "应到18人（含预备党员2人），请假1，实到17人")
    assert understood == Answer(((17, 18),), "（含预备党员2人），请假1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("缺勤1/18", "「缺勤1/18」说的不是到了几人，请填「党员活动出勤」，例如 17/18。"),
        ("9月17/18日", "没有看清「9月17/18日」，请把「党员活动出勤」单独写，例如 17/18。"),
        ("12.1 7/40", "没有看清「12.1 7/40」，请把「党员活动出勤」单独写，例如 17/18。"),
    ],
)
def test_what_is_refused_is_quoted_whole(text: str, sentence: str) -> None:
    assert refusal(lambda: read_answer(DUTIES["study"], text)) == sentence


# Volunteer service ------------------------------------------------------------------------------------------------

SERVED = [
    "志愿",
    "志 愿",
    "志愿 服务",
    "志愿服务 活动",
    "志愿 ✓",
    "志愿 √",
    "志愿 1次",
    "志愿 2次",
    "志愿 是",
    "志愿=是",
    "志愿 参观香山",
    "参观香山 志愿",
    "参观、志愿",
    "志愿 参观3个展馆",
    "志愿 第3次植树",
    "志愿 建校110周年",
    "志愿 学习二十大精神",
    "志愿 不忘初心",
    "志愿 无障碍参观",
    "志愿 无私奉献",
    "志愿 非遗参观",
    "志愿 下沉社区",
    "志愿 关爱未成年人",
    "志愿 1人请假",
    "志愿，1人未到",
    "志愿 9月25日",
]
NOT_SERVED = [
    "非志愿",
    "不是志愿",
    "没有志愿",
    "没做志愿",
    "没有做志愿",
    "未安排志愿",
    "无志愿活动",
    "志愿 否",
    "志愿 服务 否",
    "志 愿 否",
    "志愿 无",
    "志愿：没有",
    "志愿 ×",
    "志愿 0次",
    "没有志愿 参观",
    "志愿 不算",
    "没有 志愿 没有",
    "志愿服务：否；主题：志愿精神讲座",
    "参观香山",
    "不忘初心",
    "1人未到",
    "下周计划",
]
ASKED_WHETHER = [
    *("志愿 不", "志愿 没做", "志愿 没有开展", "志愿 待定", "志愿 暂无", "志愿 取消", "志愿 未安排"),
    *("志愿 无人", "志愿 下次", "志愿 NO", "志愿 no", "志愿 No", "志愿 x", "志愿 X", "志愿 0人", "志愿 零次"),
    *("志愿：未安排", "志愿（暂无）", "志愿 不志愿", "参观香山 不 志愿", "参观、没有、志愿", "下周 志愿"),
    *(
        "志愿：不",
        "志愿，不",
        "志愿（不）",
        "志愿-不",
        "志愿（没做）",
        "志愿 没有做",
        "志愿 没搞",
        "志愿没做",
    ),
    *("志愿 还没做", "志愿 尚未开展", "志愿 未完成", "志愿 不开展", "志愿 不用", "志愿 无需"),
    *(
        "志愿 暂缓",
        "志愿 暂停",
        "志愿 待安排",
        "志愿 待补",
        "志愿 推迟",
        "志愿 延期",
        "志愿 改期",
        "志愿 改天",
    ),
    *(
        "志愿 下周",
        "志愿 下月",
        "志愿 下个月",
        "志愿 下学期",
        "志愿 下回",
        "志愿 明天",
        "志愿 明年",
        "志愿 后天",
    ),
    *("明天 志愿", "下次 志愿", "将 志愿", "志愿 拟开展", "志愿 打算做", "志愿 准备开展", "志愿 预计2次"),
    *("志愿？", "志愿?", "志愿吗", "志愿 吗", "志愿呢", "志愿 可能", "志愿 也许", "是否志愿", "志愿？？"),
    *("志愿 3人", "志愿 3小时", "志愿3小时", "志愿 2名", "志愿 两人", "志愿 几人", "志愿 0小时", "志愿 零人"),
    *(
        "志愿 ×参观",
        "志愿，没有志愿",
        "志愿 非志愿",
        "不志愿",
        "不做志愿",
        "不算志愿活动啊",
    ),
    *("志愿精神讲座", "社区志愿服务活动", "志愿者培训", "这次不是志愿", "志愿 是 取消", "志愿：是，改天"),
    *(
        "志愿 勿记",
        "志愿 莫算",
        "志愿 缓",
        "无 志愿 参观 没有",
        "参观香山 是",
        "参观香山 否",
        "参观 有",
        "是",
        "无",
    ),
    *("参观香山 √", "参观香山，没有", "是 参观"),
]


@pytest.mark.parametrize("text", SERVED)
def test_volunteering_that_stands_alone_is_plain(text: str) -> None:
    assert read("party_day", f"17/18 {text}") == ((17, 18), (1, None))
    assert read("party_day", f"{text} 17/18") == ((17, 18), (1, None))


@pytest.mark.parametrize("text", NOT_SERVED)
def test_volunteering_that_is_denied_or_not_named_did_not_happen(text: str) -> None:
    assert read("party_day", f"17/18 {text}") == ((17, 18), (0, None))
    assert read("party_day", f"{text} 17/18") == ((17, 18), (0, None))


@pytest.mark.parametrize("text", ASKED_WHETHER)
def test_volunteering_that_is_denied_put_off_asked_or_counted_beside_is_asked(text: str) -> None:
    for typed in (f"17/18 {text}", f"17/18，{text}", f"应到18实到17 {text}"):
        with pytest.raises(Unclear) as asked:
            read_answer(DUTIES["party_day"], typed)
        found = [reading.numbers for reading in asked.value.readings]
        assert found == [((17, 18), (1, None)), ((17, 18), (0, None))]


# Ticks, counts, the handbook --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("10/12", [(1, 1), (10, 12)]),
        ("12/25", [(1, 1), (12, 25)]),
        ("1/2", [(1, 1), (1, 2)]),
        ("4/4", [(1, 1), (4, 4)]),
        ("1/1", [(1, 1)]),
        ("12/10", [(1, 1)]),
        ("2/1", [(1, 1)]),
        ("１２／１０", [(1, 1)]),
    ],
)
def test_the_day_of_a_meeting_is_no_ratio_unasked(text: str, readings: list[tuple[int, int]]) -> None:
    with pytest.raises(Unclear) as asked:
        read_answer(DUTIES["committee_meeting"], text)
    assert [reading.numbers for reading in asked.value.readings] == [(reading,) for reading in readings]


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("是是是", (1, 1, 1)),
        ("是是否", (1, 1, 0)),
        ("有有无", (1, 1, 0)),
        ("✓ ✗ ✓", (1, 0, 1)),
        ("✓✗✓", (1, 0, 1)),
        ("✅ ✅ ❌", (1, 1, 0)),
        ("√ × √", (1, 0, 1)),
        ("都有", (1, 1, 1)),
        ("全有", (1, 1, 1)),
        ("均有", (1, 1, 1)),
        ("都是", (1, 1, 1)),
        ("三项都有", (1, 1, 1)),
        ("全部完成", (1, 1, 1)),
        ("1 1 0", (1, 1, 0)),
        ("否 否 是", (0, 0, 1)),
        *(
            (text, (0, 0, 0))
            for text in (
                "都没有",
                "全无",
                "三样都没有",
                "否 否 否",
                "0 0 0",
                "否否否",
                "无 无 无",
                "✗ ✗ ✗",
                "×，×，×",
                "没有 没有 没有",
            )
        ),
    ],
)
def test_ticks_are_read_glued_as_marks_and_at_once(text: str, ticks: tuple[int, ...]) -> None:
    assert read("life_meeting", text) == tuple((tick, None) for tick in ticks)


@pytest.mark.parametrize("text", ["不都有", "是是", "是是是是", "都有吗", "没都有", "是否"])
def test_what_is_no_row_of_ticks_is_refused(text: str) -> None:
    assert read("life_meeting", text) == "refused"


@pytest.mark.parametrize(
    ("duty", "text", "count"),
    [
        *(
            ("reports", text, 3)
            for text in ("三篇", "上报3篇", "共3篇", "3条", "3份", "已上报3篇", "报了3篇")
        ),
        *(
            ("reports", text, 3)
            for text in ("共计三条", "报送 3 篇", "上报了三篇", "3则", "合计3份", "总共3篇")
        ),
        ("reports", "两篇", 2),
        ("reports", "十二篇", 12),
        *(
            ("talks", text, 5)
            for text in ("5人", "五人", "谈话5人", "谈了5人", "共5人", "5人次", "5名", "谈心谈话5人")
        ),
        ("dues", "0人次", 0),
        ("awards", "共2项", 2),
    ],
)
def test_a_count_is_read_as_it_is_told(duty: str, text: str, count: int) -> None:
    assert read(duty, text) == ((count, None),)


@pytest.mark.parametrize(
    ("duty", "text"),
    [
        *(
            ("reports", text)
            for text in ("3篇请假", "第三篇", "缺3篇", "差3篇", "3篇左右", "大概3篇", "3篇？", "三")
        ),
        *(
            ("reports", text)
            for text in ("3篇2条", "共3篇4", "不止3篇", "3篇以上", "计划3篇", "上报3人", "三四篇")
        ),
        *(
            ("talks", text)
            for text in ("五人请假", "谈话5次会", "5人未谈", "第5人", "五六人", "谈了5人还差2人")
        ),
    ],
)
def test_a_count_with_more_words_is_refused(duty: str, text: str) -> None:
    assert read(duty, text) == "refused"


@pytest.mark.parametrize(
    "text",
    [
        "应交18份实交17份",
        "应交18 上交17",
        "应交18，实交17",
        "应交18篇，上交17篇",
        "应交18本，已交17本",
        "17篇/18篇",
        "17/18篇",
        "应交十八篇，实交十七篇",
    ],
)
def test_essays_are_told_in_words(text: str) -> None:
    assert read("notes", text) == ((17, 18),)


@pytest.mark.parametrize(
    "text",
    [
        "应交18 实交18 合格17 优秀6",
        "应交18实交18合格17优秀6",
        "实交18本，应交18本，优秀6本，合格17本",
        "上交18/18 合格17/18 优秀6/18",
        "上交18/18，合格17/18，优秀6/18",
        "应交18 上交18/18 合格17 优秀6",
    ],
)
def test_the_handbook_is_told_in_words_and_ratios(text: str) -> None:
    assert read("handbook", text) == ((18, 18), (17, 18), (6, 18))


@pytest.mark.parametrize(
    "text",
    [
        "上交18/18 合格17/18",
        "上交18/18 合格17/19 优秀6/18",
        "应交17 上交18/18 合格17/18 优秀6/18",
        "实交18 上交18 合格17 优秀6",
        "实交18 合格17 优秀6",
    ],
)
def test_a_handbook_that_lacks_or_contradicts_a_number_is_refused(text: str) -> None:
    assert read("handbook", text) == "refused"
