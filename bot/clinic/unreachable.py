"""A chat that nothing arrives in any more: whoever talks with its person is told at once, and offered another way."""

from datetime import datetime

from bot.clinic import sayings
from bot.db import Session
from bot.models.channels import Address
from bot.profile import Profile
from bot.services import conversations, people, reach, tickets
from retrieval.protocols import Role


def shut(session: Session, now: datetime, address: Address, profile: Profile) -> None:
    """The person has blocked the bot or is gone.

    The engineer of a firm is given its telephone. The firms of an engineer who has no other chat are given the centre's, and clerks are told.
    """
    reach.block(session, now, address, is_gone=True)
    if address.person_id is None:
        return
    person = reach.person(session, address.person_id)
    if people.caller_of(person).role is not Role.ENGINEER or reach.of_person(session, person.id):
        return
    for ticket in tickets.owned_by(session, person.id):
        conversations.tell(
            session,
            now,
            ticket.conversation_id,
            sayings.engineer_away(person.name, profile),
            buttons=[sayings.PROGRESS],
        )
        reach.alert(session, now, card="unreachable", ticket=ticket.ref)
