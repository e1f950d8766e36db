"""What may be written into an account, and who may manage whom."""

import pytest

from bot.errors import Invalid, NotAllowed, Unauthenticated
from bot.rules import people
from bot.rules.people import NOBODY, Caller
from retrieval.protocols import Role


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("13800000001", "13800000001"),
        ("１３８ ００００ ０００１", "138 0000 0001"),
        ("0731-88880000 转 12", "0731-88880000 转 12"),
        ("（0731）88880000", "(0731)88880000"),
        ("+86 138-0000-0001", "+86 138-0000-0001"),
        ("400-800-1234", "400-800-1234"),
        (" 8888\n0000 ", "8888 0000"),
    ],
)
def test_a_number_that_can_be_dialled_is_kept_tidied(given: str, kept: str) -> None:
    assert people.checked_phone(given) == kept


@pytest.mark.parametrize(
    "given", ["", "没有", "123456", "1" * 21, "138-0000-0001;", "12+3456789", "转12345678", "٣" * 11]
)
def test_what_cannot_be_dialled_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        people.checked_phone(given)


def test_names_are_tidied_and_bounded() -> None:
    assert people.checked_name(" 欧阳 \u3000 震华\n") == "欧阳 震华"
    assert people.checked_organisation("甲" * 80) == "甲" * 80
    for refuse in ("", "\u200b", "王\u202e工", "王\x00", "\ud800", "\ue000", "王" * 41):
        with pytest.raises(Invalid):
            people.checked_name(refuse)


def test_skills_are_each_kept_once_and_blank_ones_dropped() -> None:
    assert people.checked_skills(["注塑", " 注塑 ", "", "moulding"]) == ["注塑", "moulding"]
    for refuse in (["x" * 31], [str(number) for number in range(21)]):
        with pytest.raises(Invalid):
            people.checked_skills(refuse)


@pytest.mark.parametrize(
    ("role", "managed"),
    [
        (Role.PUBLIC, set()),
        (Role.SME, set()),
        (Role.ENGINEER, set()),
        (Role.STAFF, {Role.SME, Role.ENGINEER}),
        (Role.ADMIN, {Role.SME, Role.ENGINEER, Role.STAFF, Role.ADMIN}),
    ],
)
def test_clerks_manage_firms_and_engineers_and_the_administrator_clerks_too(role: Role, managed: set[Role]) -> None:
    def may(of: Role) -> bool:
        try:
            people.check_manages(Caller(role, "p_1"), of)
        except NotAllowed:
            return False
        return True

    assert {of for of in Role if may(of)} == managed


def test_who_did_not_sign_in_is_asked_to() -> None:
    for check in (people.check_person, people.check_clerk):
        with pytest.raises(Unauthenticated):
            check(NOBODY)
