"""Accounts, tokens, links and logins, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from bot.db import Records
from bot.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from bot.models.conversations import Conversation
from bot.models.ledger import Entry
from bot.models.people import Consent, LinkKind, Organisation, Person, Scope
from bot.models.tickets import Offer, Ticket
from bot.rules.conversations import Sender
from bot.rules.people import NOBODY, Caller
from bot.rules.tickets import TicketState
from bot.services import conversations, ledger, people, signing, tickets
from retrieval.protocols import Role
from tests.bot.clinic import make_person, make_ticket, moment

ADMIN = Caller(Role.ADMIN)
STAFF = Caller(Role.STAFF, None)
NOW = moment().now


def make(records: Records, role: Role, name: str = "李工") -> tuple[str, str]:
    with records.write() as session:
        person, token = people.create_person(session, NOW, role=role, name=name, caller=ADMIN)
        return person.id, token


def test_a_token_says_who_calls_and_is_not_kept(records: Records) -> None:
    person_id, token = make(records, Role.ENGINEER)
    assert token.startswith("wz_")
    with records.read() as session:
        assert people.caller_of_token(session, token) == Caller(Role.ENGINEER, person_id, "李工", None)
        kept = session.get_one(Person, person_id)
        assert kept.token_hash == people.hash_of(token) != token


@pytest.mark.parametrize("token", ["", "wz_", "wz_x", "口令", "\udcff", "' OR 1=1 --", "x" * 100_000])
def test_a_foreign_token_is_nobodys(records: Records, token: str) -> None:
    make(records, Role.ENGINEER)
    with records.read() as session, pytest.raises(Unauthenticated):
        people.caller_of_token(session, token)


def test_a_reissued_token_ends_the_old_one_and_all_that_it_opened(records: Records) -> None:
    person_id, old = make(records, Role.SME)
    with records.write() as session:
        opened = signing.sign_in(session, NOW, old)
        key = signing.return_link(session, moment(), person_id, "c_1")
    with records.write() as session:
        new = people.reissue(session, moment(), person_id, caller=STAFF)
    with records.write() as session:
        with pytest.raises(Unauthenticated):
            people.caller_of_token(session, old)
        with pytest.raises(NotFound):
            signing.come_back(session, moment(), key)
        assert signing.caller_of_login(session, NOW, opened.cookie) is None
        assert people.caller_of_token(session, new).person == person_id


def test_a_disabled_engineers_cases_go_back_to_the_pool(records: Records) -> None:
    engineer_id, token = make(records, Role.ENGINEER)
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = people.caller_of_token(session, token)
        refs = [make_ticket(session, firm).ticket.ref for _ in range(3)]
        for ref in refs[:2]:
            tickets.claim(session, moment(), ref, engineer=engineer_id, caller=engineer)
        tickets.engineer_speaks(session, moment(), tickets.visible(session, refs[1], engineer), "您好", caller=engineer)
        opened = signing.sign_in(session, NOW, token)
    with records.write() as session:
        assert not people.disable(session, moment(), engineer_id, caller=STAFF).active
    with records.write() as session:
        assert {(ticket.state, ticket.owner_id) for ticket in session.query(Ticket)} == {(TicketState.OFFERED, None)}
        assert signing.caller_of_login(session, NOW, opened.cookie) is None
        with pytest.raises(Unauthenticated):
            people.caller_of_token(session, token)
        with pytest.raises(NotAllowed):
            tickets.claim(session, moment(), refs[0], engineer=engineer_id, caller=engineer)
        before = session.query(Entry).count()
        people.disable(session, moment(), engineer_id, caller=STAFF)
        assert session.query(Entry).count() == before
        people.enable(session, moment(), engineer_id, caller=STAFF)
        assert people.caller_of_token(session, token).person == engineer_id
        assert ledger.verify(session).broken_at is None


def test_a_new_engineer_is_invited_to_what_is_on_offer(records: Records) -> None:
    with records.write() as session:
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
    engineer_id, _ = make(records, Role.ENGINEER)
    with records.read() as session:
        assert [(offer.ticket_ref, offer.person_id) for offer in session.query(Offer)] == [(ref, engineer_id)]


def test_a_firm_that_registers_gets_an_organisation_of_its_own_whatever_its_name(records: Records) -> None:
    with records.write() as session:
        real = people.organisation_named(session, NOW, "甲厂", caller=STAFF)
        conversation = conversations.begin(session, NOW, channel="web", caller=NOBODY)
        conversations.add_message(session, NOW, conversation.id, sender=Sender.SME, text="老缩水")
        real_id, conversation_id = real.id, conversation.id
    with records.write() as session:
        person, token = people.register(
            session, moment(), " 甲厂 ", "王 厂长", "１３８ 0000 0001", conversation_id=conversation_id
        )
    with records.read() as session:
        assert (person.name, person.phone) == ("王 厂长", "138 0000 0001")
        firm = session.get_one(Organisation, person.organisation_id)
        assert (firm.id != real_id, firm.name, firm.verified) == (True, "甲厂", False)
        held = session.get_one(Conversation, conversation_id)
        assert (held.person_id, held.organisation_id) == (person.id, firm.id)
        caller = people.caller_of_token(session, token)
        assert [message.text for message in conversations.history(session, conversation_id)] == ["老缩水"]
        assert conversations.visible(session, conversation_id, caller).id == conversation_id
        assert people.agrees(session, person.id, Scope.PERSONAL_DATA)


def test_consent_is_on_record_before_the_first_personal_datum(records: Records) -> None:
    with records.write() as session:
        people.register(session, moment(), "甲厂", "王工", "0731-88880000 转 12")
    with records.read() as session:
        events = [entry.event for entry in session.query(Entry).order_by(Entry.seq)]
        assert events == ["organisation.created", "consent.given", "person.created"]


def test_a_talk_is_bound_once(records: Records) -> None:
    with records.write() as session:
        talk = conversations.begin(session, NOW, channel="web", caller=NOBODY).id
        people.register(session, moment(), "甲厂", "王工", "13800000001", conversation_id=talk)
    with pytest.raises(Conflict), records.write() as session:
        people.register(session, moment(), "乙厂", "赵工", "13800000002", conversation_id=talk)
    with records.read() as session:
        assert [person.name for person in people.people(session)] == ["王工"]


def test_a_clerk_joins_a_person_to_a_firm_and_the_cases_come_along(records: Records) -> None:
    with records.write() as session:
        firm = people.organisation_named(session, NOW, "甲厂", caller=STAFF)
        person, _ = people.register(session, moment(), "甲厂", "王工", "13800000001")
        caller = people.caller_of(person)
        case = make_ticket(session, caller)
        ref, old, firm_id = case.ticket.ref, caller.organisation, firm.id
    with records.write() as session:
        with pytest.raises(NotAllowed):
            people.join(session, NOW, person.id, firm_id, caller=caller)
        joined = people.join(session, NOW, person.id, firm_id, caller=STAFF)
        colleague = Caller(Role.SME, "p_other", "", firm_id)
        assert people.caller_of(joined).organisation == firm_id != old
        assert tickets.visible(session, ref, colleague).organisation_id == firm_id
        assert conversations.visible(session, case.conversation.id, people.caller_of(joined))
        with pytest.raises(NotFound):
            tickets.visible(session, ref, caller)


def test_a_clerk_never_finds_an_unverified_firm_by_its_name(records: Records) -> None:
    with records.write() as session:
        impostor, _ = people.register(session, moment(), "甲厂", "假", "13800000001")
        made = people.organisation_named(session, NOW, "甲厂", caller=STAFF)
        assert made.id != impostor.organisation_id
        assert people.organisation_named(session, NOW, "甲厂", caller=STAFF).id == made.id


@pytest.mark.parametrize(
    ("name", "phone"),
    [("", "13800000001"), ("王" * 41, "13800000001"), ("王\u202e工", "13800000001"), ("王\x00工", "13800000001"),
     ("王工", ""), ("王工", "电话"), ("王工", "123"), ("王工", "1" * 21), ("王工", "138-0000-0001<script>"), ("\udc80", "13800000001")],
)  # fmt: skip
def test_what_does_not_fit_an_account_is_refused(records: Records, name: str, phone: str) -> None:
    with pytest.raises(Invalid), records.write() as session:
        people.register(session, moment(), "甲厂", name, phone)
    with records.read() as session:
        assert session.query(Person).count() == session.query(Organisation).count() == 0


def test_staff_manage_firms_and_engineers_and_the_administrator_everyone(records: Records) -> None:
    for role in (Role.SME, Role.ENGINEER, Role.STAFF, Role.ADMIN):
        person_id, _ = make(records, role)
        with records.write() as session:
            for caller, error in ((NOBODY, Unauthenticated), (Caller(Role.ENGINEER, "p_1"), NotAllowed)):
                with pytest.raises(error):
                    people.reissue(session, moment(), person_id, caller=caller)
            if role in (Role.STAFF, Role.ADMIN):
                with pytest.raises(NotAllowed):
                    people.reissue(session, moment(), person_id, caller=STAFF)
            people.reissue(session, moment(), person_id, caller=ADMIN)


def test_nobody_disables_himself(records: Records) -> None:
    person_id, token = make(records, Role.ADMIN)
    with records.write() as session, pytest.raises(Conflict):
        people.disable(session, moment(), person_id, caller=people.caller_of_token(session, token))


def test_an_invitation_makes_one_account_within_seven_days(records: Records) -> None:
    with records.write() as session:
        firm = people.organisation_named(session, NOW, "甲厂", caller=STAFF)
        key = signing.invite(session, moment(), Role.SME, caller=STAFF, organisation=firm)
        late = signing.invite(session, moment(), Role.ENGINEER, caller=STAFF)
    with records.read() as session:
        assert signing.look(session, NOW, key) == signing.Opens(LinkKind.INVITATION, Role.SME, "甲厂")
        assert signing.look(session, NOW, key).kind is LinkKind.INVITATION
    with pytest.raises(Invalid), records.write() as session:
        signing.accept(session, moment(), key, "", phone=None)
    with records.write() as session:
        person, token = signing.accept(session, moment(days=6), key, "王工", phone="13800000001")
        assert (person.role, person.organisation_id) == (Role.SME, firm.id)
        assert people.caller_of_token(session, token).person == person.id
    with records.write() as session:
        with pytest.raises(NotFound):
            signing.accept(session, moment(days=6), key, "赵工")
        with pytest.raises(NotFound):
            signing.accept(session, moment(days=8), late, "赵工")
        with pytest.raises(NotFound):
            signing.come_back(session, moment(), late)


def test_staff_invite_no_clerks_and_no_firm_without_its_name(records: Records) -> None:
    with records.write() as session:
        with pytest.raises(NotAllowed):
            signing.invite(session, moment(), Role.STAFF, caller=STAFF)
        with pytest.raises(NotAllowed):
            signing.invite(session, moment(), Role.ENGINEER, caller=Caller(Role.ENGINEER, "p_1"))
        with pytest.raises(Invalid):
            signing.invite(session, moment(), Role.SME, caller=STAFF)


def test_a_return_link_leads_back_as_often_as_needed_until_it_is_revoked(records: Records) -> None:
    with records.write() as session:
        talk = conversations.begin(session, NOW, channel="web", caller=NOBODY).id
        person, _ = people.register(session, moment(), "甲厂", "王工", "13800000001", conversation_id=talk)
        key = signing.return_link(session, moment(), person.id, talk)
    for days in (1, 100):
        with records.write() as session:
            opened = signing.come_back(session, moment(days=days), key)
            assert (opened.caller.person, opened.conversation) == (person.id, talk)
            found = signing.caller_of_login(session, moment(days=days).now, opened.cookie)
            assert found == (opened.caller, opened.csrf)
    with records.write() as session:
        with pytest.raises(NotFound):
            signing.come_back(session, moment(days=181), key)
        assert signing.revoke_links(session, person.id) == 1
        with pytest.raises(NotFound):
            signing.come_back(session, moment(days=1), key)


def test_a_login_ends_by_signing_out_and_after_thirty_days(records: Records) -> None:
    _, token = make(records, Role.STAFF)
    with records.write() as session:
        first, second = signing.sign_in(session, NOW, token), signing.sign_in(session, NOW, f" {token}\n")
        assert first.cookie != second.cookie
        signing.sign_out(session, NOW, first.cookie)
        signing.sign_out(session, NOW, "nobody's")
        assert signing.caller_of_login(session, NOW, first.cookie) is None
        assert signing.caller_of_login(session, NOW + timedelta(days=29), second.cookie) is not None
        assert signing.caller_of_login(session, NOW + timedelta(days=30), second.cookie) is None


def test_the_latest_word_on_a_consent_counts(records: Records) -> None:
    person_id, _ = make(records, Role.SME)
    with records.write() as session:
        for given, expected in ((people.agree, True), (people.agree, True), (people.take_back, False)):
            given(session, NOW, person_id, Scope.SHARE_CASE, caller=ADMIN, subject="T-000001")
            assert people.agrees(session, person_id, Scope.SHARE_CASE, subject="T-000001") is expected
        assert not people.agrees(session, person_id, Scope.SHARE_CASE, subject="T-000002")
        assert session.query(Consent).filter_by(scope=Scope.SHARE_CASE).count() == 2


def test_an_invitation_that_eight_open_at_once_makes_one_account(records: Records) -> None:
    with records.write() as session:
        key = signing.invite(session, moment(), Role.ENGINEER, caller=STAFF)
    refused: list[NotFound] = []

    def accept(number: int) -> None:
        try:
            with records.write() as session:
                signing.accept(session, moment(), key, f"工{number}")
        except NotFound as error:
            refused.append(error)

    at_once(*[lambda number=number: accept(number) for number in range(8)])  # type: ignore[misc]
    with records.read() as session:
        assert (session.query(Person).count(), len(refused)) == (1, 7)
        assert ledger.verify(session).broken_at is None


def test_two_firms_that_register_in_one_talk_at_once_do_not_both_get_it(records: Records) -> None:
    with records.write() as session:
        talk = conversations.begin(session, NOW, channel="web", caller=NOBODY).id
    refused: list[Conflict] = []

    def register(name: str) -> None:
        try:
            with records.write() as session:
                people.register(session, moment(), name, "王工", "13800000001", conversation_id=talk)
        except Conflict as error:
            refused.append(error)

    at_once(*[lambda name=name: register(name) for name in ("甲厂", "乙厂", "丙厂")])  # type: ignore[misc]
    with records.read() as session:
        owner = session.query(Person).one()
        assert (session.get_one(Conversation, talk).person_id, len(refused)) == (owner.id, 2)


def test_an_engineer_who_is_disabled_while_he_claims_owns_nothing(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        refs = [make_ticket(session, firm).ticket.ref for _ in range(6)]
    engineer_id, token = make(records, Role.ENGINEER)

    def claim(ref: str) -> None:
        try:
            with records.write() as session:
                caller = Caller(Role.ENGINEER, engineer_id, "李工")
                tickets.claim(session, moment(), ref, engineer=engineer_id, caller=caller)
        except NotAllowed:
            pass

    def leave() -> None:
        with records.write() as session:
            people.disable(session, moment(), engineer_id, caller=STAFF)

    at_once(
        *[lambda ref=ref: claim(ref) for ref in refs[:3]],  # type: ignore[misc]
        leave,
        *[lambda ref=ref: claim(ref) for ref in refs[3:]],  # type: ignore[misc]
    )
    with records.read() as session:
        assert {(ticket.state, ticket.owner_id) for ticket in session.query(Ticket)} == {(TicketState.OFFERED, None)}
        assert ledger.verify(session).broken_at is None


def at_once(*work: Callable[[], None]) -> None:
    barrier = Barrier(len(work))

    def run(one: Callable[[], None]) -> None:
        barrier.wait()
        one()

    threads = [Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
