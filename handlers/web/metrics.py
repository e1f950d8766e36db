"""What the operator's monitoring reads at /metrics. Counts and times only: no question, no address, no name."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.web.desk import Desk

BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self, desk: Desk) -> None:
        self.registry = CollectorRegistry()
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
        self.answers = Counter(
            "wenzhen_answers", "Answers by outcome and intent", ["outcome", "intent"], registry=self.registry
        )
        self.passages = Gauge("wenzhen_passages", "Passages in the index", registry=self.registry)
        self.documents = Gauge("wenzhen_documents", "Documents in the index", registry=self.registry)
        self.pending = Gauge("wenzhen_pending_passages", "Passages that are not yet embedded", registry=self.registry)
        asking = Gauge("wenzhen_questions_inside", "Questions being answered or waiting", registry=self.registry)
        asking.set_function(lambda: desk.inside)
        ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)


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
