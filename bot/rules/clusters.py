"""Common problems of several firms. Pure."""

from enum import StrEnum


class ClusterState(StrEnum):
    """Where a cluster stands."""

    OPEN = "open"
    MERGED = "merged"
    DISSOLVED = "dissolved"
