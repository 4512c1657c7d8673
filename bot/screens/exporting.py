"""导出: what the archive of a term holds, and its parts."""

from collections.abc import Sequence
from typing import Protocol

from bot.actions import Standings, TermArchive, TermFiles
from bot.message import Attachment, Button, Line, Message, Streamed
from bot.screens.layout import back, column
from bot.values import Term

MIME = "application/zip"
NAMED = 5  # missing files that are named


class Kept(Protocol):
    """An evidence file of a term."""

    @property
    def branch(self) -> str:
        """Whose."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def size(self) -> int:
        """In bytes."""


def offer(term: Term, kept: Sequence[Kept], parts: Sequence[int], missing: Sequence[Kept]) -> Message:
    """What is in the archive, and a button to each of its parts, of which the sizes are given."""
    lines: list[Line] = [
        "排名、得分、差距、台账、退回、异议、更正、整改和修改记录（表格），可以打印的汇总表、整改台账和测评表，排名图和雷达图，还有全部依据材料。",
        ("依据材料", f"{len(kept)} 个文件，共 {_size(sum(one.size for one in kept))}" if kept else "还没有"),
        "支部没有提交的自评不在里面。",
    ]
    if missing:
        names = "、".join(f"{one.branch} {one.name}" for one in missing[:NAMED])
        others = f"等 {len(missing)} 个" if len(missing) > NAMED else ""
        lines.append(("找不到的文件", f"{names}{others}。请维护人员从备份里恢复。"))
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


def archive(term: Term, part: int, parts: int, made: Streamed) -> Message:
    """The archive, or a part of it."""
    which = f"（第{part}份，共{parts}份）" if part else ""
    rows = [(Button("下一份", TermArchive(term.id, part + 1), main=True),)] if 0 < part < parts else []
    return Message(
        title=f"打包下载 · {term.name}{which}",
        lines=("文件里有各支部的得分和材料，请只发给该看的人。",),
        rows=(*rows, back(TermFiles(term.id), "看有什么")),
        here=TermArchive(term.id, part),
        attachment=Attachment(f"{term.name}档案{which}.zip", MIME, made),
    )


def _size(size: int) -> str:
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{max(1, size // 1024)} KB"
