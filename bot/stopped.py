"""Why a command cannot go on, in one sentence for the person at the terminal."""

import errno

REASONS = {
    errno.EADDRINUSE: "已被占用",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件太大，这里放不下",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "这里只能读，不能写",
    errno.ENOENT: "没有这个文件夹或文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是一个文件夹",
    errno.EEXIST: "这里已经有同名的文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: "链接绕成了圈",
}
"""What an operating system complains of when files are written."""


class Stopped(Exception):  # noqa: N818  a sentence for the person at the terminal
    """The command cannot go on: says why and what to do."""


def reason(wrong: BaseException) -> str:
    """What a system or a database says is wrong, in its first line; what it was asked stays out."""
    if isinstance(wrong, OSError):
        said = REASONS.get(wrong.errno or 0, wrong.strerror or type(wrong).__name__)
        return f"{wrong.filename}：{said}" if wrong.filename else said
    return (str(getattr(wrong, "orig", None) or wrong).strip().splitlines() or [type(wrong).__name__])[0][
        :200
    ]
