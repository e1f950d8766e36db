"""What is kept of a person, and that nothing is when it has been deleted."""

import json
import random
from pathlib import Path

import pytest

from bot.db import Records
from bot.models import Base
from bot.models.conversations import Conversation, Message
from bot.models.people import Person, Scope
from bot.models.tickets import Ticket
from bot.models.work import Handling, Inbound, Outbound
from bot.rules.conversations import ReplyKind, Sender
from bot.rules.outbox import Delivery
from bot.rules.people import NOBODY, Caller
from bot.rules.tickets import TicketState
from bot.services import conversations, ledger, people, personal, signing, solutions, tickets
from retrieval.protocols import Role
from tests.bot.clinic import make_ticket, moment
from tests.bot.records import sqlite_records

ADMIN = Caller(Role.ADMIN)
NOW = moment().now
NAME, FIRM, PHONE, TYPED = "欧阳震华", "震华精密五金店", "13912345678", "注塑件老缩水，客户要退货"
FORM = {"symptom": TYPED, "cause": "保压不足", "steps": "加保压", "verification": "", "limits": ""}


def settle(records: Records, padding: int = 0) -> tuple[str, str, str]:
    """A firm's whole story: registered, asked, solved, rated, shared. Gives the ids of firm, engineer and ticket."""
    with records.write() as session:
        engineer, _ = people.create_person(
            session, NOW, role=Role.ENGINEER, name="诸葛工", caller=ADMIN, phone="13700001111"
        )
        talk = conversations.begin(session, NOW, channel="web", caller=NOBODY).id
        conversations.add_message(session, NOW, talk, sender=Sender.SME, text=TYPED)
        person, token = people.register(session, moment(), FIRM, NAME, PHONE, conversation_id=talk)
        signing.sign_in(session, NOW, token)
        signing.return_link(session, moment(), person.id, talk)
        firm = people.caller_of(person)
        helper = people.caller_of(engineer)
    if padding:
        fill(records, firm, padding)
    with records.write() as session:
        case = make_ticket(session, firm)
        told = conversations.add_message(
            session,
            NOW,
            case.conversation.id,
            sender=Sender.BOT,
            kind=ReplyKind.ANSWER,
            text=f"{NAME}您好，您说的是“{TYPED}”",
            answer={"answer": TYPED},
            buttons=[{"label": NAME, "value": "1"}],
        )
        case.conversation.state = {"facts": {"contact": PHONE}}
        session.add_all(
            [
                Inbound(
                    channel="web", update_id=str(number), lane=case.conversation.id, payload={"text": TYPED},
                    state=state, received_at=NOW,
                )
                for number, state in enumerate((Handling.WAITING, Handling.DEAD))
            ]
        )  # fmt: skip
        session.add(
            Inbound(
                channel="web",
                update_id="elsewhere",
                lane="c_of_a_colleague",
                payload={"caller": {"person": person.id, "name": NAME}, "text": TYPED},
                state=Handling.DEAD,
                received_at=NOW,
            )
        )
        session.add(
            Outbound(channel="x", lane="7", payload={"text": f"{NAME}：{TYPED}"}, message_id=told.id, queued_at=NOW)
        )
        ticket = tickets.claim(session, moment(), case.ticket.ref, engineer=engineer.id, caller=helper)
        tickets.engineer_speaks(
            session, moment(), ticket, f"{NAME}您好，您说“{TYPED}”，我打 {PHONE} 找您", caller=helper
        )
        tickets.add_note(session, moment(), ticket, f"{FIRM}的{NAME}，电话 {PHONE}：{TYPED}", caller=helper)
        tickets.resolve(session, moment(), ticket, caller=helper)
        conversations.tell(session, NOW, ticket.conversation_id, f"工程师提交了解决方案：{TYPED}")
        solutions.draft(session, moment(), ticket, FORM, caller=helper)
        tickets.close(session, moment(), ticket, caller=firm)
        solutions.consent(session, moment(), ticket.ref, True, caller=firm)
        tickets.rate(session, moment(), ticket, 5, f"多谢，{NAME}", caller=firm)
        return str(firm.person), engineer.id, ticket.ref


def fill(records: Records, firm: Caller, rows: int) -> None:
    """Two firms' messages among each other, rewritten now and then, so that the database splits pages and leaves copies in their gaps."""
    chance = random.Random(2)  # with this one copies do stay where the file is not written afresh
    with records.write() as session:
        other, _ = people.register(session, moment(), "乙厂", "赵工", "13800000002")
        sides = [
            (caller.person, conversations.begin(session, NOW, channel="web", caller=caller).id, words)
            for caller, words in ((firm, TYPED), (people.caller_of(other), "另一家企业说的话"))
        ]
    kept: list[tuple[str, str]] = []
    for _ in range(rows // 50):
        with records.write() as session:
            for _ in range(50):
                person, talk, words = chance.choice(sides)
                text = words * chance.randint(1, 30)
                said = conversations.add_message(session, NOW, talk, sender=Sender.SME, person=person, text=text)
                kept.append((said.id, words))
                if chance.random() < 0.3:
                    rewritten, words = chance.choice(kept)
                    session.get_one(Message, rewritten).text = words * chance.randint(1, 60)


def every_word(records: Records) -> str:
    """All that the tables hold."""
    with records.read() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(table.select())] for table in Base.metadata.sorted_tables
        }
    return json.dumps(rows, ensure_ascii=False, default=str)


def erase(records: Records, person_id: str) -> None:
    with records.write() as session:
        personal.delete(session, moment(hours=1), people.person(session, person_id), caller=ADMIN)
    assert records.forget()


def test_a_deleted_firm_leaves_no_word(records: Records) -> None:
    person_id, _, ref = settle(records)
    before = every_word(records)
    assert all(word in before for word in (NAME, FIRM, PHONE, TYPED))
    erase(records, person_id)
    after = every_word(records)
    assert [word for word in (NAME, FIRM, PHONE, TYPED) if word in after] == []
    with records.read() as session:
        kept = session.get_one(Person, person_id)
        assert (kept.name, kept.phone, kept.token_hash, kept.active) == ("", None, None, False)
        assert not people.agrees(session, person_id, Scope.PERSONAL_DATA)
        assert {row.state for row in session.query(Inbound)} == {Handling.DEAD}
        assert {row.state for row in session.query(Outbound)} == {Delivery.CANCELLED}
        assert session.query(Ticket).filter_by(ref=ref).one().state is TicketState.CLOSED
        assert ledger.verify(session).broken_at is None


@pytest.mark.parametrize("padding", [0, 200])
def test_a_deleted_firm_leaves_no_byte_in_the_files(tmp_path: Path, padding: int) -> None:
    with sqlite_records(tmp_path) as records:
        person_id, _, _ = settle(records, padding)

        def found() -> list[tuple[str, str]]:
            return [
                (path.name, word)
                for path in sorted(tmp_path.iterdir())
                for word in (NAME, FIRM, PHONE, TYPED)
                # JSON columns may hold the words escaped
                for shape in (word.encode(), json.dumps(word)[1:-1].encode())
                if shape in path.read_bytes()
            ]

        assert {word for _, word in found()} == {NAME, FIRM, PHONE, TYPED}
        erase(records, person_id)
        assert found() == []


def test_who_still_reads_an_older_state_holds_the_old_pages_until_he_is_done(tmp_path: Path) -> None:
    with sqlite_records(tmp_path) as records:
        person_id, _, _ = settle(records)
        connection = records.engine.raw_connection()
        connection.cursor().execute("PRAGMA busy_timeout=0")  # the same answer, without the wait
        connection.close()
        with records.read() as reading:
            assert reading.get_one(Person, person_id).name == NAME
            with records.write() as session:
                personal.delete(session, moment(hours=1), people.person(session, person_id), caller=ADMIN)
            assert not records.forget()
        assert records.forget()


def test_an_open_case_ends_with_its_firm(records: Records) -> None:
    with records.write() as session:
        person, _ = people.register(session, moment(), FIRM, NAME, PHONE)
        engineer, _ = people.create_person(session, NOW, role=Role.ENGINEER, name="诸葛工", caller=ADMIN)
        case = make_ticket(session, people.caller_of(person))
        tickets.claim(session, moment(), case.ticket.ref, engineer=engineer.id, caller=people.caller_of(engineer))
    erase(records, person.id)
    with records.read() as session:
        ticket = session.query(Ticket).one()
        assert (ticket.state, ticket.owner_id) == (TicketState.CANCELLED, None)
        assert session.query(Conversation).one().owner == "bot"


def test_a_deleted_engineer_is_not_named_any_more_and_his_cases_go_on(records: Records) -> None:
    with records.write() as session:
        engineer, _ = people.create_person(
            session, NOW, role=Role.ENGINEER, name="诸葛孔工", caller=ADMIN, phone=PHONE, skills=["独门绝活"]
        )
        person, _ = people.register(session, moment(), "甲厂", "王厂长", "13800000000")
        case = make_ticket(session, people.caller_of(person))
        ticket = tickets.claim(
            session, moment(), case.ticket.ref, engineer=engineer.id, caller=people.caller_of(engineer)
        )
        tickets.engineer_speaks(session, moment(), ticket, "我是独行侠", caller=people.caller_of(engineer))
        conversations.add_message(
            session, NOW, case.conversation.id, sender=Sender.SME, person=person.id, text="诸葛孔工您好"
        )
    erase(records, engineer.id)
    after = every_word(records)
    assert [word for word in ("诸葛孔工", PHONE, "独门绝活", "独行侠") if word in after] == []
    assert "王厂长" in after
    with records.read() as session:
        assert session.query(Ticket).one().state is TicketState.OFFERED


def test_a_name_of_one_character_is_not_torn_out_of_others_words(records: Records) -> None:
    with records.write() as session:
        engineer, _ = people.create_person(session, NOW, role=Role.ENGINEER, name="张", caller=ADMIN)
        person, _ = people.register(session, moment(), "甲厂", "王厂长", "13800000000")
        case = make_ticket(session, people.caller_of(person))
        tickets.claim(session, moment(), case.ticket.ref, engineer=engineer.id, caller=people.caller_of(engineer))
        conversations.add_message(session, NOW, case.conversation.id, sender=Sender.SME, text="发一张图")
    erase(records, engineer.id)
    assert "发一张图" in every_word(records)


def test_a_colleagues_own_words_stay(records: Records) -> None:
    with records.write() as session:
        person, _ = people.register(session, moment(), FIRM, NAME, PHONE)
        colleague, _ = people.create_person(
            session, NOW, role=Role.SME, name="同事甲", caller=ADMIN, organisation=person.organisation
        )
        talk = make_ticket(session, people.caller_of(person)).conversation.id
        conversations.add_message(
            session, NOW, talk, sender=Sender.SME, person=colleague.id, text=f"{NAME}不在，我来说"
        )
    erase(records, person.id)
    after = every_word(records)
    assert f"{personal.FORGOTTEN}不在，我来说" in after
    assert FIRM in after


def test_an_export_holds_everything_about_the_person_and_no_secret(records: Records) -> None:
    person_id, _, ref = settle(records)
    with records.write() as session:
        found = personal.export(session, NOW, people.person(session, person_id), caller=ADMIN)
        secret = people.person(session, person_id).token_hash
    words = json.dumps(found, ensure_ascii=False)
    assert all(word in words for word in (NAME, FIRM, PHONE, TYPED))
    assert str(secret) not in words
    assert [ticket["ref"] for ticket in found["tickets"]] == [ref]
    assert [rating["rating"] for rating in found["ratings"]] == [5]
    assert {consent["scope"] for consent in found["consents"]} == {"personal_data", "share_case"}
    assert [demand["text"] for demand in found["demands"]] == ["注塑件老缩水"]
    assert TYPED in [message["text"] for message in found["messages"]]
    with records.read() as session:
        events = [entry["event"] for entry in ledger_of(session)]
    assert events[-1] == "person.exported"


def ledger_of(session: object) -> list[dict[str, str]]:
    from bot.models.ledger import Entry

    return [{"event": entry.event} for entry in session.query(Entry).order_by(Entry.seq)]  # type: ignore[attr-defined]
