"""The machine of one outgoing message. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Delivery(StrEnum):
    """How far a message has got. `unknown`: the far side may have it; shown, never retried blindly."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[Delivery, frozenset[Delivery]] = MappingProxyType(
    {
        Delivery.QUEUED: frozenset({Delivery.SENDING, Delivery.CANCELLED}),
        Delivery.SENDING: frozenset(
            {Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN, Delivery.QUEUED, Delivery.CANCELLED}
        ),
        Delivery.SENT: frozenset(),
        Delivery.FAILED: frozenset({Delivery.QUEUED, Delivery.CANCELLED}),
        Delivery.UNKNOWN: frozenset({Delivery.QUEUED, Delivery.CANCELLED, Delivery.SENT}),
        Delivery.CANCELLED: frozenset(),
    }
)
