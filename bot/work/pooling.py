"""Keeps the pool in order behind the scenes: how complete each demand is, what it means, which ones look alike.

Meanings are worked out with no transaction open and kept; what is found is written only where nobody decided otherwise meanwhile. Runs
beside the jobs, in one process at a time.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.db import Records
from bot.errors import Unavailable
from bot.rules import clusters as rules
from bot.rules.clusters import Telling
from bot.services import clusters, demands
from bot.services.clusters import Found, Told
from bot.work.leases import Leases
from retrieval.errors import EmbedderUnavailable
from retrieval.protocols import Embedder

log = logging.getLogger("wenzhen.pooling")
LANE = "pooling"
BATCH = 32  # texts embedded at once: a question waits for no more than these
REST = timedelta(seconds=5)  # between two runs; a new demand waits no longer
TROUBLE = timedelta(minutes=1)  # after a failure
EVER = datetime.min.replace(tzinfo=UTC)


class Pooling:
    """The pool's order. One thread at a time.

    Args:
        clock: When it happens.
        leases: Who among several processes does it; None where there is only this one.
    """

    def __init__(
        self, records: Records, embedder: Embedder, clock: Callable[[], datetime], leases: Leases | None = None
    ) -> None:
        self._records = records
        self._embedder = embedder
        self._clock = clock
        self._leases = leases
        self._done: tuple[Any, ...] | None = None  # the records' stamp of the last run
        self._compared: dict[str, str] = {}  # by demand the digest with which it was looked for
        self._again_at = EVER

    def catch_up(self) -> None:
        """Bring the pool in order where anything has changed since; costs one small query where nothing has. Rests in between."""
        now = self._clock()
        if now < self._again_at:
            return
        with self._records.read() as session:
            stamp = clusters.stamp(session)
        if stamp == self._done or (self._leases is not None and not self._leases.take(LANE)):
            return
        self._again_at = now + TROUBLE
        try:
            self.refresh()
        finally:
            if self._leases is not None:
                self._leases.drop(LANE)
        self._done, self._again_at = stamp, self._clock() + REST

    def refresh(self) -> int:
        """Weigh, embed and compare what is new; how many demands were put into common problems.

        Raises:
            Unavailable: the records or the embedder are not there; the same may succeed later.
        """
        self._weigh()
        with self._records.read() as session:
            told, apart, gone = clusters.told(session), clusters.apart(session), clusters.dissolved(session)
        gists = {one.ref: rules.gist_of(one.text) for one in told}
        digests = {ref: self._digest(gist) for ref, gist in gists.items()}
        vectors = self._vectors(told, gists, digests)
        tellings = [
            rules.tell(
                one.ref, one.firm, kind=one.kind, domain=one.domain, gist=gists[one.ref], vector=vectors[one.ref]
            )
            for one in told
        ]
        fresh = {ref for ref, digest in digests.items() if self._compared.get(ref) != digest}
        held = {one.ref: one.cluster for one in told if one.cluster is not None}
        groups = rules.gather(tellings, held=held, apart=apart, dissolved=gone, fresh=fresh)
        found = self._described(groups, held, {telling.ref: telling for telling in tellings})
        pairs = rules.twins(tellings, of=fresh)
        put = 0
        if found or pairs:
            with self._records.write() as session:
                put = clusters.settle(session, self._clock(), found)
                clusters.propose(session, self._clock(), pairs)
        self._compared = digests
        return put

    def _weigh(self) -> None:
        with self._records.read() as session:
            refs = clusters.unweighed(session)
        for ref in refs:
            with self._records.write() as session:
                demands.weigh(session, ref)

    def _digest(self, gist: str) -> str:
        return hashlib.sha256(f"{self._embedder.name}\0{gist}".encode()).hexdigest()

    def _vectors(
        self, told: Sequence[Told], gists: Mapping[str, str], digests: Mapping[str, str]
    ) -> dict[str, rules.Vector]:
        vectors = {one.ref: one.vector for one in told if one.vector is not None and one.digest == digests[one.ref]}
        missing = [one.ref for one in told if one.ref not in vectors]
        for start in range(0, len(missing), BATCH):
            refs = missing[start : start + BATCH]
            try:
                made = self._embedder.embed_passages([gists[ref] for ref in refs])
            except EmbedderUnavailable as error:
                raise Unavailable("向量模型暂时用不了，共性难题稍后再比对。") from error
            fresh = dict(zip(refs, made, strict=True))
            with self._records.write() as session:
                clusters.keep_vectors(session, {ref: (digests[ref], vector) for ref, vector in fresh.items()})
            vectors |= fresh
        return vectors

    def _described(
        self, groups: Sequence[tuple[str | None, list[str]]], held: Mapping[str, str], by_ref: Mapping[str, Telling]
    ) -> list[Found]:
        """The groups in which something is new, with what is said of them."""
        changed = [(cluster, refs) for cluster, refs in groups if any(ref not in held for ref in refs)]
        found = []
        for cluster, refs in changed:
            with self._records.read() as session:
                known = clusters.names_around(session, refs)
            inside = [by_ref[ref] for ref in refs]
            why = rules.reasons(inside, known=known)
            found.append(
                Found(cluster, refs, rules.name_of(inside, why, known=known), why, rules.representative(inside))
            )
        if found:
            log.info("common problems: %d found or grown", len(found))
        return found
