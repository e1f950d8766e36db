"""Complaints: anybody makes one, staff read and close them."""

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.models.answers import Complaint
from bot.rules.people import Caller, check_clerk
from bot.rules.wording import clean_words
from bot.services import complaints

MAX_TEXT_CHARS = 4000
MAX_CONTACT_CHARS = 200


def make(clinic: Clinic, caller: Caller, *, text: str, contact: str | None = None) -> Json:
    """Take a complaint down; `message` says what becomes of it.

    Raises:
        TooLong, Invalid: the words cannot be taken.
    """
    words = clean_words(text, what="投诉内容", max_chars=MAX_TEXT_CHARS)
    reach = clean_words(contact or "", what="联系方式", max_chars=MAX_CONTACT_CHARS, required=False)
    with clinic.writing(caller) as session:
        row = complaints.make(session, clinic.clock(), text=words, contact=reach, caller=caller)
        return {"id": row.id, "at": shapes.iso(row.at), "message": _promise(clinic, can_answer=bool(reach))}


def _promise(clinic: Clinic, *, can_answer: bool) -> str:
    """What is true: it is stored and staff see it. Whether and when they answer is theirs to say."""
    answer = "中心需要时会按您留的方式联系您" if can_answer else "您没有留联系方式，中心没法回复您"
    telephone = clinic.profile.telephone
    urgent = f"急事请直接打中心电话 {telephone}。" if telephone else "急事请直接到中心当面说。"
    return f"已记下，中心工作人员在控制台能看到原话；{answer}。这里不会自动处理，{urgent}"


def listed(clinic: Clinic, caller: Caller) -> Json:
    """All complaints, those that wait first.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        return shapes.listing([_shown(row) for row in complaints.listed(session)])


def close(clinic: Clinic, caller: Caller, complaint: str) -> Json:
    """It has been dealt with.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such complaint.
        Conflict: it is closed already.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return _shown(complaints.close(session, clinic.clock(), complaint, caller=caller))


def _shown(row: Complaint) -> Json:
    return {
        "id": row.id,
        "at": shapes.iso(row.at),
        "text": row.text,
        "contact": row.contact,
        "person": row.person_id,
        "handled": shapes.iso_or_none(row.handled_at),
    }
