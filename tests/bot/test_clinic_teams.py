"""A team's group with the pool's cards, and what clerks see and press in their chats."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clinic import sayings
from bot.db import Records
from bot.models.solutions import Solution
from bot.models.tickets import Ticket
from bot.models.work import Outbound
from bot.rules import worktime
from bot.rules.outbox import Delivery
from bot.rules.people import Caller
from bot.rules.solutions import SolutionState
from bot.rules.tickets import TicketState
from bot.services import conversations, people, reach, solutions, tickets
from bot.services.moment import Moment
from bot.work.leases import leases
from bot.work.mornings import Mornings
from retrieval.protocols import Role
from tests.bot.chats import World
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket, moment

GROUP, CHAT, CLERK = -4001, 2001, 3001
FORM = {"symptom": "液压站漏油", "cause": "油封老化", "steps": "换油封", "verification": "", "limits": ""}


@pytest.fixture
def world(records: Records) -> World:
    """Chats."""
    return World(records)


def in_chat(world: World, role: Role, name: str, chat: int) -> Caller:
    """Somebody with an account and a chat."""
    with world.records.write() as session:
        caller = make_person(session, role, name)
        talk = conversations.begin(session, world.now, channel=reach.TELEGRAM, caller=caller, address=str(chat))
        reach.settle(session, world.now, str(chat), talk, person=caller.person)
        return caller


def offered(world: World, name: str = "星沙塑料厂") -> str:
    """A case in the pool."""
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation=name)
        return make_ticket(session, firm).ticket.ref


def says_in_group(world: World, user: int, text: str) -> str:
    """Words in the group; gives what became of them."""
    world.comes(world.raw(GROUP, text=text, user=str(user), is_private=False))
    world.later(2)
    return world.handled[-1].outcome


def queued(world: World) -> list[str]:
    with world.records.read() as session:
        return list(
            session.scalars(select(Outbound.lane).where(Outbound.state == Delivery.QUEUED, Outbound.lane == str(GROUP)))
        )


def test_a_clerk_alone_makes_a_group_a_team_s(world: World) -> None:
    in_chat(world, Role.ENGINEER, "张工", CHAT)
    assert says_in_group(world, CHAT, "/team") == "refused:team"
    assert says_in_group(world, 77, "/team") == "refused:team"
    in_chat(world, Role.STAFF, "李主任", CLERK)
    assert says_in_group(world, CLERK, "/team@bot") == "team:on"
    assert sayings.TEAM_ON in world.sees(CLERK)
    assert says_in_group(world, CLERK, "/team off") == "team:off"
    offered(world)
    assert queued(world) == []


def test_a_new_case_is_shown_to_the_team_and_its_card_says_who_has_it(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    in_chat(world, Role.ENGINEER, "张工", CHAT)
    says_in_group(world, CLERK, "/team")
    ref = offered(world)
    ((far_id, card),) = world.deliver(GROUP)
    assert f"新工单 {ref}：注塑件缩水" in card.text and "星沙" not in card.text
    ((_, claim),) = card.buttons
    stranger = world.presses(GROUP, claim, user=77, group=True)
    assert (stranger.outcome, stranger.answer) == ("refused:foreign", sayings.JOIN_HOW)
    taken = world.presses(GROUP, claim, user=CHAT, group=True)
    assert taken.answer == sayings.IN_PRIVATE
    ((_, changed),) = world.deliver(GROUP)
    assert changed.edits == far_id
    assert "已接单，张工" in changed.text and changed.buttons == ()
    late = world.presses(GROUP, claim, user=CHAT, group=True)
    assert late.answer == sayings.IN_PRIVATE  # his own, pressed twice
    in_chat(world, Role.ENGINEER, "赵工", 2002)
    second = world.presses(GROUP, claim, user=2002, group=True)
    assert "由张工负责" in second.answer


def test_a_case_that_is_claimed_before_its_card_goes_is_never_shown(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    in_chat(world, Role.ENGINEER, "张工", CHAT)
    says_in_group(world, CLERK, "/team")
    ref = offered(world)
    world.presses(CHAT, f"#claim:{ref}")
    assert world.deliver(GROUP) == []


def test_who_asks_the_team_s_group_is_shown_what_waits(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    says_in_group(world, CLERK, "/team")
    ref = offered(world)
    world.deliver(GROUP)
    assert says_in_group(world, 77, "@bot 有单吗") == "led:group"
    ((_, card),) = world.deliver(GROUP)
    assert ref in card.text and card.buttons[0][0] == f"接 {ref}"
    world.comes(world.raw(GROUP, "left", user=str(CLERK), is_private=False))
    world.later(0)
    offered(world, "第二厂")
    assert queued(world) == []


def test_a_group_that_gets_another_id_goes_on(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    says_in_group(world, CLERK, "/team")
    with world.records.write() as session:
        reach.moved(session, str(GROUP), "-1004001")
    offered(world)
    assert len(world.deliver(-1004001)) == 1


def solved(world: World) -> str:
    """A case that its firm has confirmed and lets others read; gives the solution."""
    ref = offered(world)
    with world.records.write() as session:
        engineer = make_person(session, Role.ENGINEER, "张工")
        ticket = tickets.claim(session, moment(), ref, engineer=str(engineer.person), caller=engineer)
        tickets.resolve(session, moment(), ticket, caller=engineer)
        solution = solutions.draft(session, moment(), ticket, FORM, caller=engineer)
        firm = people.caller_of(reach.person(session, str(ticket.person_id)))
        tickets.close(session, moment(), ticket, caller=firm)
        solutions.consent(session, moment(), ref, True, caller=firm)
        return solution.id


def state_of(world: World, id: str) -> SolutionState:
    with world.records.read() as session:
        return session.get_one(Solution, id).state


def test_a_solution_is_reviewed_by_a_tap(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    in_chat(world, Role.ENGINEER, "赵工", CHAT)
    id = solved(world)
    card = next(letter for _, letter in world.deliver(CLERK) if "待审方案" in letter.text)
    assert "换油封" in card.text
    taps = dict(card.buttons)
    world.presses(CHAT, taps["通过"])
    assert state_of(world, id) is SolutionState.REVIEW
    world.presses(CLERK, taps["看全文"])
    assert f"/console/solutions/{id}" in world.sees(CLERK)
    world.presses(CLERK, taps["通过"])
    assert state_of(world, id) is SolutionState.APPROVED
    assert world.presses(CLERK, taps["通过"]).outcome == "refused"
    world.presses(CLERK, taps["撤下"])
    assert state_of(world, id) is SolutionState.APPROVED
    world.presses(CLERK, world.button(CLERK, "确定撤下"))
    assert state_of(world, id) is SolutionState.RETRACTED


def test_the_figures_of_the_day_are_counted_from_the_records(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    solved(world)
    offered(world, "第二厂")
    world.deliver()
    world.says(CLERK, "今日数字")
    words = world.sees(CLERK)
    assert "新工单 2，接单 1，提交方案 1，办结 1" in words
    assert "待接 1，超时 0，在办 0，待企业确认 0，待审方案 1" in words
    in_chat(world, Role.ENGINEER, "赵工", CHAT)
    world.says(CHAT, "/today")
    assert "新工单 2" not in world.sees(CHAT)


def test_clerks_are_greeted_once_on_each_working_day(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    hours = worktime.parse(())
    held = leases(world.records, lambda: world.now)
    mornings = Mornings(world.records, lambda: world.now, hours, held)
    greeted = []
    for step in range(2 * 24 * 6):
        world.now = MONDAY + timedelta(minutes=30 * step)
        mornings.look()
        if step % 20 == 0:  # started anew
            mornings = Mornings(world.records, lambda: world.now, hours, held)
        greeted += [letter.text.split("\n")[0] for _, letter in world.deliver(CLERK)]
    assert greeted == [f"11 月 {day} 日" for day in (22, 23, 24, 25, 26)]


def test_a_clerk_is_told_of_a_case_that_nobody_takes(world: World) -> None:
    in_chat(world, Role.STAFF, "李主任", CLERK)
    ref = offered(world)
    world.deliver()
    with world.records.write() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
        assert ticket.state is TicketState.OFFERED and ticket.due_at is not None
        tickets.pass_deadline(session, Moment(ticket.due_at, HOURS), ref)
    assert f"超时提醒：{ref}" in world.sees(CLERK)
