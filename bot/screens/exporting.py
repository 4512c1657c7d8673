"""导出: what the archive of a term holds, and its parts."""

from collections.abc import Sequence

from bot.actions import Arrange, Everything, EverythingArchive, Standings, TermArchive, TermFiles
from bot.message import Attachment, Button, Line, Message
from bot.screens.layout import back, column
from bot.values import Term

LISTED = 20  # terms


def offer(term: Term, sizes: Sequence[int], parts: Sequence[int]) -> Message:
    """What is in the archive with evidence files of these sizes, and a button to each part, of which the sizes are
    given, too."""
    lines: list[Line] = [
        "表格（排名、得分、差距、台账、整改和修改记录等），可以打印的测评表和汇总表，图，还有全部依据材料。",
        ("依据材料", f"{len(sizes)} 个文件，共 {_size(sum(sizes))}" if sizes else "还没有"),
        "支部没有提交的自评不在里面。",
    ]
    if len(parts) == 1:
        rows = column([Button("下载", TermArchive(term.id, 0), main=True)])
    else:
        lines.append(f"文件较大，分成 {len(parts)} 份，请逐份下载。")
        rows = column(
            Button(f"第 {n} 份（{_size(size)}）", TermArchive(term.id, n), main=n == 1)
            for n, size in enumerate(parts, start=1)
        )
    return Message(
        title=f"打包下载 · {term.name}",
        lines=tuple(lines),
        rows=(*rows, back(Standings(term.id), "看排名")),
        here=TermFiles(term.id),
    )


def archive(term: Term, part: int, parts: int, file: Attachment) -> Message:
    """The archive, or a part of it."""
    rows = [(Button("下一份", TermArchive(term.id, part + 1), main=True),)] if 0 < part < parts else []
    return Message(
        title=f"打包下载 · {term.name}{which(part, parts)}",
        lines=("文件里有各支部的得分和材料，请只发给该看的人。",),
        rows=(*rows, back(TermFiles(term.id), "看有什么")),
        here=TermArchive(term.id, part),
        attachment=file,
    )


def everything(committee_id: int, committee: str, terms: Sequence[Term], *, whole: bool) -> Message:
    """What is on record of a committee, term by term; `whole`: a file of any size may be sent here."""
    lines: list[Line] = ["每个学期的表格、测评表、图和依据材料，可以逐个学期下载。"]
    rows = column(Button(term.name, TermFiles(term.id)) for term in terms[:LISTED])
    if whole:
        lines.append("也可以一次下载全部学期，另附支部、学期、人员、放假调休、任务设置和意见。")
        rows.append((Button("全部下载", EverythingArchive(committee_id), main=True),))
    else:
        lines.append("这里一次发不了太大的文件；要一次下载全部，请在网页聊天里点。")
    return Message(
        title=f"导出全部 · {committee}",
        lines=tuple(lines),
        rows=(*rows, back(Arrange(committee_id))),
        here=Everything(committee_id),
    )


def everything_archive(committee_id: int, file: Attachment) -> Message:
    """All of it in one file."""
    return Message(
        title="导出全部",
        lines=("文件里有全部学期的得分、材料和人员，请妥善保管。",),
        rows=(back(Everything(committee_id), "看有什么", main=True),),
        here=EverythingArchive(committee_id),
        attachment=file,
    )


def which(part: int, parts: int) -> str:
    """（第2份，共3份）; empty for all in one."""
    return f"（第{part}份，共{parts}份）" if part else ""


def _size(size: int) -> str:
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{max(1, size // 1024)} KB"
