"""Codes and seats: each code gives what it says, as often as it says, however many use it at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import col, select

from bot.permissions import Me, Role, Seat
from bot.store import chats, codes, invitations, joining, people
from bot.store.chats import Chat
from bot.store.tables import AddressRow, HistoryRow, PersonRow, SeatRow
from bot.values import Invitation
from scoring.refusal import Refused
from tests.conftest import Clock
from tests.objects import objects
from tests.phone import World
from tests.store.at_once import at_once


def chat(world: World, address: str) -> Chat:
    with world.database.write() as session:
        return chats.chat_at(session, channel="web", external=address, now=world.clock())


def join(world: World, address: str, code: str, name: str = "新来的") -> Seat:
    with world.database.write() as session:
        me = chats.chat_at(session, channel="web", external=address, now=world.clock()).me
        return joining.join(session, me=me, text=code, name=name)


def invite(world: World, uses: int = 1, role: Role = Role.SECRETARY) -> Invitation:
    made_by = world.me("administrator").person_id
    with world.database.write() as session:
        return invitations.invite(
            session,
            me=Me(0, "", world.clock(), made_by),
            committee_id=1,
            branch_id=world.branches[3].id if role.of_branch else None,
            role=role,
            uses=uses,
        )


def hand_over(world: World, who: str) -> Invitation:
    me = world.me(who)
    with world.database.write() as session:
        return invitations.hand_over(session, me=me, seat=me.seats[0])


def leave(world: World, me: Me) -> None:
    with world.database.write() as session:
        joining.leave(session, me=me, seat=me.seats[0])


def holders(world: World, role: Role, branch_id: int | None = None) -> list[str]:
    with world.database.read() as session:
        return list(
            objects(session).exec(
                select(PersonRow.name)
                .join(SeatRow, col(SeatRow.person_id) == PersonRow.id)
                .where(
                    SeatRow.role == int(role), SeatRow.branch_id == branch_id, col(SeatRow.until).is_(None)
                )
                .order_by(col(SeatRow.id))
            )
        )


def test_a_code_gives_the_seat_it_says_to_who_types_it_in_any_way(world: World) -> None:
    code = invite(world).code
    seat = join(world, "phone", f" {code[:4].lower()}-{code[4:]} ", "书记甲")
    assert (seat.role, seat.branch_id, seat.committee_id) == (Role.SECRETARY, world.branches[3].id, 1)
    me = chat(world, "phone").me
    assert (me.name, me.seats) == ("书记甲", (seat,))
    with world.database.read() as session:
        last = objects(session).exec(select(HistoryRow).order_by(col(HistoryRow.id).desc())).first()
    assert last is not None
    assert (last.subject, last.subject_id, last.person_id) == ("seat", seat.id, me.person_id)
    assert (last.channel, last.at) == ("web", world.clock())


def test_a_wrong_used_or_expired_code_is_refused_and_changes_nothing(world: World, clock: Clock) -> None:
    used, old = invite(world).code, invite(world, role=Role.OFFICER)
    join(world, "phone", used)
    before = holders(world, Role.SECRETARY, world.branches[3].id)
    clock.now = old.expires_at
    for code, words in ((used, "用过"), (old.code, "过期"), ("22222222", "没有找到"), ("", "没有找到")):
        with pytest.raises(Refused, match=words):
            join(world, "another phone", code)
    assert holders(world, Role.SECRETARY, world.branches[3].id) == before
    assert chat(world, "another phone").me.person_id is None


def test_a_code_works_until_the_moment_it_expires(world: World, clock: Clock) -> None:
    made = invite(world)
    clock.now = made.expires_at - timedelta(seconds=1)
    assert join(world, "phone", made.code).role is Role.SECRETARY


def test_using_a_code_again_on_the_same_phone_gives_the_seat_held_already(world: World) -> None:
    code = invite(world, uses=3).code
    assert join(world, "phone", code) == join(world, "phone", code)
    assert holders(world, Role.SECRETARY, world.branches[3].id).count("新来的") == 1
    join(world, "second phone", code)
    join(world, "third phone", code)
    with pytest.raises(Refused, match="用过"):
        join(world, "fourth phone", code)


@pytest.mark.parametrize("uses", [1, 3])
def test_exactly_as_many_as_a_code_allows_get_in_when_more_use_it_at_once(world: World, uses: int) -> None:
    code = invite(world, uses=uses).code
    answers = at_once([partial(join, world, f"phone {n}", code) for n in range(uses + 3)])
    assert sum(isinstance(answer, Seat) for answer in answers) == uses
    assert holders(world, Role.SECRETARY, world.branches[3].id).count("新来的") == uses


def test_one_phone_sending_a_code_several_times_at_once_becomes_one_person(world: World) -> None:
    code = invite(world, uses=5).code
    seats = at_once([partial(join, world, "phone", code)] * 4)
    assert len({seat.id for seat in seats if isinstance(seat, Seat)}) == 1
    assert holders(world, Role.SECRETARY, world.branches[3].id).count("新来的") == 1


def test_an_unknown_phone_heard_several_times_at_once_gets_one_address(world: World) -> None:
    chats = at_once([lambda: chat(world, "new phone")] * 4)
    assert len({c.me.address_id for c in chats if isinstance(c, Chat)}) == 1
    with world.database.read() as session:
        assert (
            len(objects(session).exec(select(AddressRow).where(AddressRow.external == "new phone")).all())
            == 1
        )


def test_looking_at_an_unknown_phone_writes_nothing(world: World) -> None:
    with world.database.write() as session:
        found = chats.chat_at(session, channel="web", external="looked at", now=world.clock(), create=False)
    assert not found.me.known
    with world.database.read() as session:
        assert (
            objects(session).exec(select(AddressRow).where(AddressRow.external == "looked at")).first()
            is None
        )


def test_a_hand_over_moves_the_seat_once(world: World) -> None:
    branch = world.branches[0].id
    (name,) = holders(world, Role.SECRETARY, branch)
    code = hand_over(world, "secretary").code
    answers = at_once([partial(join, world, f"phone {n}", code, f"书记{n}") for n in "甲乙"])
    assert sum(isinstance(answer, Seat) for answer in answers) == 1
    assert len(holders(world, Role.SECRETARY, branch)) == 1
    assert name not in holders(world, Role.SECRETARY, branch)
    assert not world.me("secretary").known


def test_two_codes_for_the_same_seat_move_it_once(world: World, clock: Clock) -> None:
    first = hand_over(world, "secretary").code
    clock.now += timedelta(days=1, hours=1)
    second = hand_over(world, "secretary").code
    assert first != second
    answers = at_once([partial(join, world, *pair) for pair in (("phone 1", first), ("phone 2", second))])
    assert sum(isinstance(answer, Seat) for answer in answers) == 1
    assert holders(world, Role.SECRETARY, world.branches[0].id) == ["新来的"]


def test_leaving_a_seat_while_it_is_handed_over_ends_it_once_and_its_codes_with_it(world: World) -> None:
    """Both lock seats and codes, in one order: nobody waits for the other for ever."""
    me = world.me("administrator")
    join(world, "second administrator", invite(world, role=Role.ADMINISTRATOR).code)
    codes = [invite(world, uses=uses).code for uses in (1, 2, 3)]
    moving = hand_over(world, "administrator").code
    codes += [invite(world, uses=uses).code for uses in (4, 5)]
    tasks: list[Callable[[], Seat | None]] = [
        lambda: leave(world, me),
        partial(join, world, "follower", moving),
        *(partial(join, world, f"phone {n}", code) for n, code in enumerate(codes)),
    ]
    answers = at_once(tasks)
    left, moved, *joined = answers
    assert isinstance(left, Refused) is not isinstance(moved, Refused)
    assert len(holders(world, Role.ADMINISTRATOR)) == (2 if isinstance(moved, Seat) else 1)
    for answer, code in zip(joined, codes, strict=True):
        assert isinstance(answer, Seat) or "作废" in str(answer)
        with pytest.raises(Refused, match=r"作废|用过"):
            join(world, "too late", code)
    assert not world.me("administrator").known


def test_a_code_is_either_used_or_cancelled(world: World) -> None:
    made, me = invite(world), world.me("administrator")

    def cancel() -> None:
        with world.database.write() as session:
            invitations.cancel(session, me=me, made=made)

    tasks: list[Callable[[], Seat | None]] = [partial(join, world, "phone", made.code), cancel, cancel]
    joined, cancelled, again = at_once(tasks)
    assert sum(isinstance(answer, Refused) for answer in (joined, cancelled, again)) == 2
    assert ("新来的" in holders(world, Role.SECRETARY, world.branches[3].id)) is isinstance(joined, Seat)


def test_a_hand_over_of_a_seat_that_was_left_is_refused(world: World) -> None:
    code = hand_over(world, "secretary").code
    leave(world, world.me("secretary"))
    with pytest.raises(Refused, match="已经变动"):
        join(world, "phone", code)


def test_ones_own_hand_over_code_leaves_the_seat_where_it_is(world: World) -> None:
    before = world.me("secretary").seats
    assert (join(world, "demo-3", hand_over(world, "secretary").code),) == before
    assert world.me("secretary").seats == before


def test_the_last_administrator_may_not_leave(world: World) -> None:
    with pytest.raises(Refused, match="唯一的管理员"):
        leave(world, world.me("administrator"))
    join(world, "phone", invite(world, role=Role.ADMINISTRATOR).code)
    leave(world, world.me("administrator"))
    assert holders(world, Role.ADMINISTRATOR) == ["新来的"]


def test_of_two_last_administrators_leaving_at_once_one_stays(world: World) -> None:
    join(world, "phone", invite(world, role=Role.ADMINISTRATOR).code)
    both = [world.me("administrator"), chat(world, "phone").me]
    answers = at_once([partial(leave, world, me) for me in both])
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert len(holders(world, Role.ADMINISTRATOR)) == 1


def test_a_seat_is_left_once(world: World) -> None:
    me = world.me("officer")
    leave(world, me)
    with pytest.raises(Refused, match="已不在您名下"):
        leave(world, me)
    assert not world.me("officer").known


def test_inviting_twice_gives_one_code_and_another_number_of_uses_another(world: World) -> None:
    assert invite(world).code == invite(world).code
    several = invite(world, uses=30)
    assert several.code != invite(world).code
    assert several.code == invite(world, uses=30).code
    join(world, "phone", several.code)
    assert invite(world, uses=30).code != several.code
    assert invite(world, role=Role.OFFICER).code != invite(world).code


def test_a_code_whose_time_is_half_over_is_not_given_again(world: World, clock: Clock) -> None:
    first = invite(world)
    clock.now += invitations.INVITATION_LIFE / 2
    assert invite(world).code != first.code


def test_five_wrong_codes_an_hour_are_allowed(world: World, clock: Clock) -> None:
    me = chat(world, "guesser").me
    with world.database.write() as session:
        for _ in range(codes.TRIES):
            assert codes.blocked_until(session, me=me) is None
            codes.count_try(session, me=me)
        assert codes.blocked_until(session, me=me) == world.clock() + timedelta(hours=1)
    clock.now += timedelta(hours=1)
    me = chat(world, "guesser").me
    with world.database.write() as session:
        assert codes.blocked_until(session, me=me) is None
        codes.count_try(session, me=me)
        assert codes.blocked_until(session, me=me) is None


def test_codes_are_easy_to_type_and_hard_to_guess() -> None:
    made = {codes.new_code() for _ in range(500)}
    assert len(made) == 500
    assert all(codes.looks_like_code(code) for code in made)
    assert not set("01IOLU") & set("".join(made)) - {"U"}
    for text in ("", "你好", "1234567", "ABCDEFGH2", "ABCDEFG0"):
        assert not codes.looks_like_code(text)


def test_the_last_answered_events_are_remembered(world: World) -> None:
    there = chat(world, "phone")
    keys = [f"event {n}" for n in range(40)]
    with world.database.write() as session:
        chats.remember(session, chat=replace(there, seen=tuple(keys)), screen="h")
    found = chat(world, "phone")
    assert found.screen == "h"
    assert found.seen == tuple(keys[-chats.SEEN_KEPT :])


def test_a_person_is_called_otherwise_and_the_old_name_is_in_the_history(world: World) -> None:
    me = world.me("secretary")
    with world.database.write() as session:
        people.rename(session, me=me, name="书记乙")
    assert world.me("secretary").name == "书记乙"
    with world.database.read() as session:
        row = objects(session).exec(select(HistoryRow).where(HistoryRow.subject == "person")).one()
    assert (row.before, row.after) == (f'{{"name": "{me.name}"}}', '{"name": "书记乙"}')
