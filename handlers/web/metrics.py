"""What the operator's monitoring reads at /metrics. Counts and times only: no question, no address, no name."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.bootstrap import Services
from bot.errors import Unavailable
from bot.work.engine import Engine
from bot.work.tally import Tally
from handlers.web.desk import Desk
from handlers.web.live import Streams

BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self, desk: Desk, streams: Streams, services: Services) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Kept(services.tally))
        self.registry.register(_Standing(services.engine))
        self.requests = Counter(
            "wenzhen_requests",
            "Requests by route, method and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "wenzhen_request_seconds",
            "Time to the last byte by route",
            ["route"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.passages = Gauge("wenzhen_passages", "Passages in the index", registry=self.registry)
        self.documents = Gauge("wenzhen_documents", "Documents in the index", registry=self.registry)
        self.pending = Gauge("wenzhen_pending_passages", "Passages that are not yet embedded", registry=self.registry)
        asking = Gauge("wenzhen_questions_inside", "Questions being answered or waiting", registry=self.registry)
        asking.set_function(lambda: desk.inside)
        watching = Gauge("wenzhen_streams_open", "Event streams that are open", registry=self.registry)
        watching.set_function(lambda: streams.open)
        ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)


class _Kept(Collector):
    """What this process has kept since it began. The labels are codes of the house."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """The counters."""
        answers = CounterMetricFamily(
            "wenzhen_answers", "Answers by outcome and intent, in talks and beside them", labels=["outcome", "intent"]
        )
        for labels, count in sorted(self._tally.answers().items()):
            answers.add_metric(labels, count)
        turns = CounterMetricFamily("wenzhen_turns", "Turns of talks by how they ended", labels=["outcome"])
        for outcome, count in sorted(self._tally.turns().items()):
            turns.add_metric((outcome,), count)
        moves = CounterMetricFamily(
            "wenzhen_moves", "Moves of tickets, demands and solutions by the state moved to", labels=["machine", "to"]
        )
        for labels, count in sorted(self._tally.moves().items()):
            moves.add_metric(labels, count)
        return iter((answers, turns, moves))


class _Standing(Collector):
    """What stands in the records now, the same in every process that shares them; nothing while they cannot be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        yield GaugeMetricFamily("wenzhen_turns_under_way", "Turns this process works on", self._engine.under_way)
        try:
            now, depths = self._engine.condition(), self._engine.depths()
        except Unavailable:
            return
        for name, help_, value in (
            ("messages_waiting", "Messages taken in and not yet handled", now.waiting),
            ("messages_dead", "Messages that could not be handled", now.dead_messages),
            ("jobs_waiting", "Work behind the scenes that waits", now.waiting_jobs),
            ("jobs_dead", "Work behind the scenes that was given up", now.dead_jobs),
            ("tickets_overdue", "Tickets whose deadline has passed", now.overdue_tickets),
        ):
            yield GaugeMetricFamily(f"wenzhen_{name}", help_, value)
        for name, help_, by_state in (
            ("outbox", "Outgoing messages that have not gone, by state", depths.outbox),
            ("tickets", "Open tickets by state", depths.tickets),
        ):
            family = GaugeMetricFamily(f"wenzhen_{name}", help_, labels=["state"])
            for state, count in by_state.items():
                family.add_metric((state,), count)
            yield family


class Measured:
    """Counts and times every request. The label is the route's pattern, never the path, which a stranger chooses."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", None) or "other"
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
            self._metrics.requests.labels(route, method, str(status or "closed")).inc()
            self._metrics.latency.labels(route).observe(time.perf_counter() - began)
