"""Ranked evidence put together without learning anything: the plain way that a learnt ranking must beat. Pure."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def scaled(scores: Scores) -> Scores:
    """Scores moved and stretched to [0, 1]; all 0 when they do not differ."""
    if not len(scores):
        return scores
    width = float(np.ptp(scores))
    return np.asarray((scores - scores.min()) / width if width else np.zeros_like(scores), np.float32)


def fused(lexical: Scores, dense: Scores, *, weight: float = 0.5) -> Scores:
    """Weighted sum of two scaled scores of the same passages; `weight` is the share of the first.

    Source: Bruch, Gai, Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023.
    """
    return np.asarray(weight * scaled(lexical) + (1 - weight) * scaled(dense), np.float32)
