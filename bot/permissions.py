"""Who may do what: the table of roles, as functions over the seats a person holds.

A button is a request, never a permission. The dialogue asks here before anything is shown or changed, with the
branch and committee that the database names, never with what a button claims.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from scoring.refusal import Refused


class Role(IntEnum):
    """What a seat lets its holder do. The numbers travel in buttons and are kept for ever."""

    SECRETARY = 1
    OFFICER = 2
    MEMBER = 3
    ADMINISTRATOR = 4

    @property
    def word(self) -> str:
        """The role's name on screen."""
        return ("", "支部书记", "支委", "总支委员", "管理员")[self]

    @property
    def of_branch(self) -> bool:
        """Whether a seat of this role stands in a branch rather than in the committee."""
        return self in (Role.SECRETARY, Role.OFFICER)


class Rater(IntEnum):
    """Whose view a sheet holds. The numbers travel in buttons and are kept for ever."""

    SELF = 0
    COMMITTEE = 1

    @property
    def word(self) -> str:
        """The rater's name on screen."""
        return ("支部自评", "总支评价")[self]


class Openness(IntEnum):
    """What branches see of one another's published results. The numbers travel in buttons and are kept for ever."""

    OWN = 0
    STARS = 1
    TOTALS = 2

    @property
    def word(self) -> str:
        """The choice on screen."""
        return ("只看本支部的结果", "看各支部的星级", "看星级、总分和名次")[self]


@dataclass(frozen=True, slots=True)
class Seat:
    """A role in a committee, or in one of its branches (branch_id and branch are then set)."""

    id: int
    role: Role
    committee_id: int
    committee: str
    branch_id: int | None = None
    branch: str = ""
    closed: bool = False
    """Whether its branch is closed: it may not be rated any more."""

    @property
    def words(self) -> str:
        """The seat on screen: 常营主校区党支部 支部书记."""
        return f"{self.branch or self.committee} {self.role.word}"


@dataclass(frozen=True, slots=True)
class Me:
    """Who is asking, through which channel, when, with which seats. Without seats: nobody yet."""

    address_id: int
    channel: str
    now: datetime
    person_id: int | None = None
    name: str = ""
    seats: tuple[Seat, ...] = ()
    in_words: bool = False  # 文字模式: words instead of cards

    def in_branch(self, branch_id: int, *roles: Role) -> bool:
        """Whether I hold one of these roles (any role, if none is named) in that branch."""
        return any(s.branch_id == branch_id and (not roles or s.role in roles) for s in self.seats)

    def in_committee(self, committee_id: int, *roles: Role) -> bool:
        """Whether I hold one of these roles (member or administrator, if none is named) in that committee."""
        wanted = roles or (Role.MEMBER, Role.ADMINISTRATOR)
        return any(
            s.committee_id == committee_id and s.branch_id is None and s.role in wanted for s in self.seats
        )

    @property
    def committees(self) -> tuple[int, ...]:
        """The committees in which I am a member or administrator, that of the oldest seat first."""
        return tuple(dict.fromkeys(s.committee_id for s in self.seats if self.in_committee(s.committee_id)))

    @property
    def own_branches(self) -> frozenset[int]:
        """The branches in which I hold a seat: nobody evaluates those."""
        return frozenset(s.branch_id for s in self.seats if s.branch_id is not None)

    @property
    def known(self) -> bool:
        """Whether I hold any seat at all."""
        return bool(self.seats)


NO_INVITATION = "没有找到这个邀请。请在「我的职务」里重新生成。"
NOT_YOURS = "您没有查看这项内容的权限。职务有变动的，请在「我的职务」里核对。"
NOT_SUBMITTED = "支部的自评还没有提交，提交后才能查看。填到哪里了，请看「排名」。"


def may_see_branch(me: Me, committee_id: int, branch_id: int) -> bool:
    """Own branch, or every branch of one's committee."""
    return me.in_branch(branch_id) or me.in_committee(committee_id)


def shown_to_branch(rater: Rater, published: bool) -> bool:
    """Whether a branch sees a sheet about itself: its own, and the committee's once that is published."""
    return rater is Rater.SELF or published


def shown_to_committee(rater: Rater, submitted: bool) -> bool:
    """Whether the committee sees what stands on a sheet: its own, and a branch's once that is submitted."""
    return rater is Rater.COMMITTEE or submitted


def may_see_sheet(
    me: Me, committee_id: int, branch_id: int, rater: Rater, *, submitted: bool, published: bool
) -> bool:
    """Whether I see the marks, reasons, notes and evidence of a sheet.

    A branch sees its own sheet, and the committee's once it is published; the committee sees its own, and a branch's
    once it is submitted. How far a sheet is, the committee sees always.
    """
    if me.in_branch(branch_id) and shown_to_branch(rater, published):
        return True
    return me.in_committee(committee_id) and shown_to_committee(rater, submitted)


def see_sheet(
    me: Me, committee_id: int, branch_id: int, rater: Rater, *, submitted: bool, published: bool
) -> None:
    """As may_see_sheet(). Raises Refused."""
    if may_see_sheet(me, committee_id, branch_id, rater, submitted=submitted, published=published):
        return
    if me.in_committee(committee_id):
        raise Refused(NOT_SUBMITTED)
    if me.in_branch(branch_id):
        raise Refused("总支评价公布后才能查看。")
    raise Refused(NOT_YOURS)


def fill_sheet(me: Me, committee_id: int, branch_id: int, rater: Rater) -> None:
    """The branch fills its own sheet; the committee fills its own, but nobody evaluates a branch they sit in."""
    if rater is Rater.SELF:
        if not me.in_branch(branch_id):
            raise Refused(
                "自评由支部书记和支委填写，提交后您可以查看。" if me.in_committee(committee_id) else NOT_YOURS
            )
        return
    if not me.in_committee(committee_id):
        raise Refused(NOT_YOURS)
    if me.in_branch(branch_id):
        raise Refused("您在这个支部任职，按规定由其他总支委员评价。")


def submit_sheet(me: Me, committee_id: int, branch_id: int, rater: Rater) -> None:
    """As filling, but the self sheet is submitted by the secretary alone. Raises Refused."""
    fill_sheet(me, committee_id, branch_id, rater)
    if rater is Rater.SELF and not me.in_branch(branch_id, Role.SECRETARY):
        raise Refused("请支部书记提交。您填写的内容已经保存。")


def may_return_sheet(me: Me, committee_id: int, branch_id: int) -> bool:
    """The committee returns the sheets of its branches, but nobody that of a branch they sit in."""
    return me.in_committee(committee_id) and not me.in_branch(branch_id)


def return_sheet(me: Me, committee_id: int, branch_id: int) -> None:
    """As may_return_sheet(). Raises Refused."""
    if may_return_sheet(me, committee_id, branch_id):
        return
    if me.in_committee(committee_id):
        raise Refused("您在这个支部任职，请其他总支委员退回。")
    if me.in_branch(branch_id):
        raise Refused("自评由总支委员和管理员退回。要改哪一项、为什么，请告诉党总支。")
    raise Refused(NOT_YOURS)


def keep_facts(me: Me, committee_id: int, branch_id: int) -> None:
    """The branch keeps its own facts. Raises Refused."""
    if not me.in_branch(branch_id):
        raise Refused(
            "台账由支部书记和支委填写，您可以查看。" if me.in_committee(committee_id) else NOT_YOURS
        )


def see_branch(me: Me, committee_id: int, branch_id: int) -> None:
    """Own branch, or every branch of one's committee. Raises Refused."""
    if not may_see_branch(me, committee_id, branch_id):
        raise Refused(NOT_YOURS)


def see_standings(me: Me, committee_id: int) -> None:
    """Standings are the committee's. Raises Refused."""
    if not me.in_committee(committee_id):
        raise Refused("排名由党总支查看。" + _to_branch(me, "您可以在「结果」里看本支部的星级。"))


def publish(me: Me, committee_id: int) -> None:
    """The administrator publishes a term and says what branches see of one another. Raises Refused."""
    if not me.in_committee(committee_id, Role.ADMINISTRATOR):
        raise Refused("结果由管理员公布。" + _to_branch(me, "公布后，您会收到本支部的结果。"))


def see_published(me: Me, committee_id: int, openness: Openness) -> None:
    """Other branches' results, once published, as far as their committee opened them. Raises Refused."""
    if not any(s.committee_id == committee_id and s.branch_id for s in me.seats):
        see_standings(me, committee_id)
    elif not openness:
        raise Refused("其他支部由党总支查看，结果没有对各支部公开。您可以在「结果」里看本支部的。")


def object_to(me: Me, branch_id: int) -> None:
    """The secretary objects to the published result of the own branch. Raises Refused."""
    if not me.in_branch(branch_id, Role.SECRETARY):
        raise Refused("异议由支部书记提出。" if me.in_branch(branch_id) else NOT_YOURS)


def answer_objection(
    me: Me, committee_id: int, branch_id: int, evaluated: frozenset[int], others: frozenset[int]
) -> None:
    """A member of the committee answers who does not sit in the branch and, where there is one, did not evaluate it.

    `evaluated` are the persons who did, `others` those of the committee who sit elsewhere. Raises Refused.
    """
    if not me.in_committee(committee_id):
        raise Refused(NOT_YOURS)
    if me.in_branch(branch_id):
        raise Refused("您在这个支部任职，按规定由其他总支委员答复。")
    if me.person_id in evaluated and others - evaluated:
        raise Refused("这个支部的总支评价是您填的，请由没有参加评价的同志答复。")


def plan_rectification(me: Me, committee_id: int, branch_id: int) -> None:
    """The branch makes its plan (整改), and says how its measures went. Raises Refused."""
    if not me.in_branch(branch_id):
        raise Refused(
            "整改措施由支部书记和支委填写，您可以查看。" if me.in_committee(committee_id) else NOT_YOURS
        )


def submit_rectification(me: Me, committee_id: int, branch_id: int) -> None:
    """The plan is submitted by the secretary alone. Raises Refused."""
    plan_rectification(me, committee_id, branch_id)
    if not me.in_branch(branch_id, Role.SECRETARY):
        raise Refused("请支部书记提交整改。您写的措施已经保存。")


def review_rectification(me: Me, committee_id: int, branch_id: int, done_by: int | None = None) -> None:
    """The committee answers a plan and its measures, but nobody those of a branch they sit in.

    Nor does anybody answer what they submitted or closed themselves (`done_by`), in a seat that they held then. Raises
    Refused.
    """
    if not me.in_committee(committee_id):
        raise Refused("答复整改、销号，是总支委员的事。" if me.in_branch(branch_id) else NOT_YOURS)
    if me.in_branch(branch_id):
        raise Refused("您在这个支部任职，按规定由其他总支委员审核。")
    if done_by is not None and done_by == me.person_id:
        raise Refused("这是您在支部时报的，请由其他总支委员审核。")


def may_review_rectification(me: Me, committee_id: int, branch_id: int, done_by: int | None = None) -> bool:
    """As review_rectification()."""
    try:
        review_rectification(me, committee_id, branch_id, done_by)
    except Refused:
        return False
    return True


def assign(me: Me, committee_id: int) -> None:
    """The committee gives tasks to its branches and sees who has done them. Raises Refused."""
    if not me.in_committee(committee_id):
        raise Refused(
            "任务由总支委员和管理员交办。" + _to_branch(me, "交给本支部的任务，请在「待办」里查看。")
        )


def hold_exchange(me: Me, committee_id: int) -> None:
    """The committee sets the day and the order of 交流汇报, and asks for materials. Raises Refused."""
    if not me.in_committee(committee_id):
        advice = _to_branch(me, "本支部的顺序和材料，请输入「交流汇报」查看。")
        raise Refused("交流汇报由总支委员和管理员安排。" + advice)


def _to_branch(me: Me, advice: str) -> str:
    """What only the people of a branch can do; nothing for others."""
    return advice if any(seat.role.of_branch for seat in me.seats) else ""


def may_invite(me: Me, committee_id: int, branch_id: int | None, role: Role) -> bool:
    """The administrator invites everybody; a secretary invites 支委 to the own branch."""
    if me.in_committee(committee_id, Role.ADMINISTRATOR) and role.of_branch == (branch_id is not None):
        return True
    return branch_id is not None and role is Role.OFFICER and me.in_branch(branch_id, Role.SECRETARY)


def invite(me: Me, committee_id: int, branch_id: int | None, role: Role) -> None:
    """As may_invite(). Raises Refused."""
    if not may_invite(me, committee_id, branch_id, role):
        raise Refused("邀请由管理员发出；支部书记可以邀请本支部的支委。")


def own_invitation(me: Me, made_by: int | None) -> None:
    """Its code, links and QR code are shown to who made an invitation. Raises Refused."""
    if made_by is None or made_by != me.person_id:
        raise Refused(NO_INVITATION)


def may_see_invitations(me: Me, committee_id: int, branch_id: int | None) -> bool:
    """The administrator sees all that are open in the committee, a secretary those for the own branch."""
    if me.in_committee(committee_id, Role.ADMINISTRATOR):
        return True
    return branch_id is not None and me.in_branch(branch_id, Role.SECRETARY)


def see_invitations(me: Me, committee_id: int, branch_id: int | None) -> None:
    """As may_see_invitations(). Raises Refused."""
    if not may_see_invitations(me, committee_id, branch_id):
        raise Refused("未用的邀请码由管理员查看；支部书记可以查看本支部的。")


def may_cancel_invitation(
    me: Me, committee_id: int, branch_id: int | None, role: Role, made_by: int | None
) -> bool:
    """One's own, and what one might have made."""
    own = made_by is not None and made_by == me.person_id
    return own or may_invite(me, committee_id, branch_id, role)


def cancel_invitation(
    me: Me, committee_id: int, branch_id: int | None, role: Role, made_by: int | None
) -> None:
    """As may_cancel_invitation(). Raises Refused."""
    if not may_cancel_invitation(me, committee_id, branch_id, role, made_by):
        raise Refused("这个邀请码由管理员或发出它的同志取消。")


def hand_over(me: Me, seat_id: int) -> Seat:
    """One's own seat, unless it is an officer's. Raises Refused."""
    seat = own_seat(me, seat_id)
    if seat.role is Role.OFFICER:
        raise Refused("支委职务不能移交，请支部书记邀请新的支委。")
    return seat


def staff(me: Me, committee_id: int) -> None:
    """The administrator sees who holds which seat, and takes it away. Raises Refused."""
    if not me.in_committee(committee_id, Role.ADMINISTRATOR):
        raise Refused("人员由管理员查看和调整。需要调整的，请用「提意见」说明。")


def remove_seat(me: Me, seat: Seat) -> None:
    """The administrator takes any seat of the committee away, but an own one is left. Raises Refused."""
    staff(me, seat.committee_id)
    if any(own.id == seat.id for own in me.seats):
        raise Refused("这是您自己的职务，请在「我的职务」里退出或移交。")


def forget(me: Me, committee_id: int, person_id: int) -> None:
    """The administrator has somebody else's data deleted; an own one goes from one's own screen. Raises Refused."""
    staff(me, committee_id)
    if person_id == me.person_id:
        raise Refused("这是您自己。请先在「我的职务」里退出全部职务，再在「隐私说明」里删除。")


def own_seat(me: Me, seat_id: int) -> Seat:
    """One of my seats by its number. Raises Refused when it is not mine."""
    for seat in me.seats:
        if seat.id == seat_id:
            return seat
    raise Refused("这个职务已不在您名下。")


def arrange(me: Me, committee_id: int) -> None:
    """Duties, working days and terms are arranged by the administrator alone. Raises Refused."""
    if me.in_committee(committee_id, Role.ADMINISTRATOR):
        return
    if any(seat.role is Role.ADMINISTRATOR for seat in me.seats):  # of another committee
        raise Refused(NOT_YOURS)
    raise Refused("工作安排由管理员设置。需要调整的，请用「提意见」告诉管理员。")


def see_review(me: Me, committee_id: int) -> None:
    """The year's end is the committee's: the round, its results, the year's table. Raises Refused."""
    if not me.in_committee(committee_id):
        raise Refused("年度评议和评选由党总支查看。" + _to_branch(me, "评出优秀党支部以后，您会收到通知。"))


def hold_review(me: Me, committee_id: int) -> None:
    """The administrator opens and closes a round, and enters what is on paper. Raises Refused."""
    see_review(me, committee_id)
    if not me.in_committee(committee_id, Role.ADMINISTRATOR):
        raise Refused("年度评议由管理员准备、打开和结束，您可以查看。")


def may_give_award(me: Me, committee_id: int, branch_id: int) -> bool:
    """The committee chooses 优秀党支部, but nobody the branch they sit in."""
    return me.in_committee(committee_id) and not me.in_branch(branch_id)


def give_award(me: Me, committee_id: int, branch_id: int) -> None:
    """As may_give_award(). Raises Refused."""
    see_review(me, committee_id)
    if not may_give_award(me, committee_id, branch_id):
        raise Refused("您在这个支部任职，请其他总支委员评选。")


def see_award(me: Me, committee_id: int) -> None:
    """Everybody in a committee and its branches hears who is 优秀党支部. Raises Refused."""
    if not any(seat.committee_id == committee_id for seat in me.seats):
        raise Refused(NOT_YOURS)


def see_opinion(me: Me, committee_id: int, person_id: int) -> None:
    """One's own, or as the administrator. Raises Refused."""
    if person_id != me.person_id:
        read_inbox(me, committee_id)


def read_inbox(me: Me, committee_id: int) -> None:
    """Feedback reaches the administrator alone. Raises Refused."""
    if not me.in_committee(committee_id, Role.ADMINISTRATOR):
        raise Refused("意见由管理员查看。")
