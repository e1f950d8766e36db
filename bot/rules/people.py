"""Who calls, and what a role may do at all. Which object one may see is asked where the object is read. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Invalid, NotAllowed, Unauthenticated
from retrieval.protocols import Principal, Role

CLERKS = frozenset({Role.STAFF, Role.ADMIN})
TOKEN_PREFIX = "wz_"  # tells people, doors and log filters what it is
SIGN_IN = "请先登录：用口令或邀请链接登录后再办理。"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request. Without an account: role public, everything else empty."""

    role: Role = Role.PUBLIC
    person: str | None = None
    name: str = ""
    organisation: str | None = None

    @property
    def principal(self) -> Principal:
        """What retrieval is told."""
        return Principal(self.role, self.organisation)

    @property
    def is_clerk(self) -> bool:
        """Staff or admin."""
        return self.role in CLERKS


NOBODY = Caller()


# --- what may be written into an account -------------------------------------------------------------------------------------------------

MAX_NAME, MAX_ORGANISATION, MAX_PHONE, MAX_SKILLS, MAX_SKILL, MAX_CAPACITY = 40, 80, 40, 20, 30, 1000
_DIGITS = (7, 20)  # a local number without its area code; an international one with an extension
_PHONE = re.compile(r"\+?[0-9()\-/ ]*[0-9](?: ?(?:转|ext\.?|x|#) ?[0-9]{1,6})?", re.IGNORECASE)


def checked_name(text: str) -> str:
    """A person's name, tidied.

    Raises:
        Invalid: empty, too long, or with characters that no name has.
    """
    return _words(text, "姓名", MAX_NAME)


def checked_organisation(text: str) -> str:
    """A firm's name, tidied.

    Raises:
        Invalid: empty, too long, or with characters that no name has.
    """
    return _words(text, "企业名称", MAX_ORGANISATION)


def checked_phone(text: str) -> str:
    """A telephone number as it may be dialled: any country's, mobile or not, with an extension.

    Raises:
        Invalid: it is none.
    """
    tidy = " ".join(unicodedata.normalize("NFKC", text).replace("—", "-").split())
    digits = sum(char.isdigit() for char in tidy)
    if not _DIGITS[0] <= digits <= _DIGITS[1] or len(tidy) > MAX_PHONE or not _PHONE.fullmatch(tidy):
        raise Invalid("电话号码看不懂，请写手机号，或带区号的座机号码。")
    return tidy


def checked_skills(skills: Sequence[str]) -> list[str]:
    """Free words or domain codes, each once, in the order given.

    Raises:
        Invalid: too many, or one too long.
    """
    tidy = list(dict.fromkeys(_words(skill, "专长", MAX_SKILL) for skill in skills if skill.strip()))
    if len(tidy) > MAX_SKILLS:
        raise Invalid(f"专长最多写 {MAX_SKILLS} 项。")
    return tidy


def checked_capacity(capacity: int | None) -> int | None:
    """How many open tickets an engineer takes at once; None: no limit.

    Raises:
        Invalid: negative or absurd.
    """
    if capacity is not None and not 0 <= capacity <= MAX_CAPACITY:
        raise Invalid(f"同时接单数请写 0 到 {MAX_CAPACITY}。")
    return capacity


def _words(text: str, field: str, max_chars: int) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise Invalid(f"请写{field}。")
    if len(tidy) > max_chars:
        raise Invalid(f"{field}请写在 {max_chars} 个字以内。")
    # Control, format and private characters would hide what is shown; a lone surrogate cannot be stored.
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn"} for char in tidy):
        raise Invalid(f"{field}里有无法显示的字符，请重新填写。")
    return tidy


# --- who may manage whom -----------------------------------------------------------------------------------------------------------------

_MANAGED = {
    Role.STAFF: frozenset({Role.SME, Role.ENGINEER}),
    Role.ADMIN: frozenset({Role.SME, Role.ENGINEER, Role.STAFF, Role.ADMIN}),
}


def check_manages(caller: Caller, role: Role) -> None:
    """Refuse whoever may not make, disable or re-issue an account of this role.

    Raises:
        Unauthenticated: nobody signed in.
        NotAllowed: not a clerk, or a clerk meddling with clerks: those are the administrator's.
    """
    check_clerk(caller)
    if role not in _MANAGED[caller.role]:
        raise NotAllowed("工作人员和管理员的账号只有管理员能办理。")


def check_clerk(caller: Caller) -> None:
    """Refuse everyone but staff and admin.

    Raises:
        Unauthenticated: nobody signed in.
        NotAllowed: someone else did.
    """
    if caller.role is Role.PUBLIC:
        raise Unauthenticated(SIGN_IN)
    if not caller.is_clerk:
        raise NotAllowed("这项操作只有中心工作人员能办理。")


def check_person(caller: Caller) -> str:
    """The id of the person who calls.

    Raises:
        Unauthenticated: nobody signed in, or it is the operator, who is no person.
    """
    if caller.person is None:
        raise Unauthenticated(SIGN_IN)
    return caller.person
