"""打印: the official form, the table of all branches and 公示 as files, and a form that comes back filled in."""

from bot.actions.buttons import Action, Upload, pressed, said


@pressed("kp")
class Papers(Action):
    """What can I have of a term as a file (打印)? Term 0 is the current one; `page` of the branches."""

    term: int
    page: int


@pressed("kb")
class BranchPaper(Action):
    """As which kind of file do I want a branch's form (测评表)? Term 0 is the current one."""

    branch: int
    term: int


@pressed("kf")
class FormFile(Action):
    """Give me a branch's form as a file of a kind (0 Excel, 1 Word)."""

    branch: int
    term: int
    kind: int


@pressed("ks")
class SummaryFile(Action):
    """Give me the table of all branches (汇总表) as a file of a kind (0 Excel, 1 Word)."""

    term: int
    kind: int


@pressed("kr")
class RegisterFile(Action):
    """Give me the measures of all branches after a term (整改台账) as a file of a kind (0 Excel, 1 Word)."""

    term: int
    kind: int


@pressed("yz")
class ReviewFile(Action):
    """Give me what came of a round of 年度评议 as a file of a kind (0 Excel, 1 Word)."""

    review: int
    kind: int


@pressed("kw")
class NoticeFile(Action):
    """Give me the text that announces a term's results (公示) as a file of Word; term 0 is the newest published."""

    term: int


@said
class FilledForm(Action):
    """This is a form that was made here, with what I changed in it."""

    upload: Upload


Printing = Papers | BranchPaper | FormFile | SummaryFile | RegisterFile | ReviewFile | NoticeFile | FilledForm
