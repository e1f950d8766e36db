"""The API's contract: answers, streams, lists, principals, errors."""

import asyncio
import json
import threading
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import compile_path

from bot import errors
from bot.rules.tickets import IllegalMove, TicketState
from handlers.web.api.ask import pieces
from handlers.web.app import create_app
from handlers.web.errors import KINDS, problem_of
from handlers.web.guards import MAX_BODY_BYTES
from retrieval.errors import EmbedderUnavailable, IndexBroken, IndexMissing
from retrieval.protocols import PUBLIC, Role
from tests.handlers.web.house import HIDDEN, LINES, SECRET, House, build

STATUSES = {
    "invalid": {400, 413, 422},
    "unauthenticated": {401},
    "not_allowed": {403},
    "not_found": {404},
    "conflict": {409},
    "busy": {429},
    "unavailable": {503},
}
OPERATOR = {"Authorization": f"Bearer {SECRET}"}


def problem(response: httpx2.Response) -> tuple[int, str]:
    """Status and kind, once the shape is right."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) <= {"kind", "message", "state", "owner"}
    assert body["error"]["message"]
    assert response.status_code in STATUSES[body["error"]["kind"]]
    return response.status_code, body["error"]["kind"]


def read_events(text: str) -> list[tuple[str, dict[str, object]]]:
    """The events of a stream."""
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [(one["event"], json.loads(one["data"])) for one in fields]


def test_an_answer_is_the_json_of_the_contract(client: TestClient) -> None:
    response = client.post("/api/v1/ask", json={"text": "培育期多久"})
    assert response.status_code == 200
    assert response.json() == LINES["培育期"].as_json()


def test_a_stream_gives_pieces_and_last_the_whole_answer(client: TestClient) -> None:
    response = client.post("/api/v1/ask", json={"text": "培育期多久"}, headers={"Accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = read_events(response.text)
    names = [name for name, _ in events]
    assert names == ["delta"] * (len(names) - 1) + ["answer"]
    assert "".join(str(data["text"]) for _, data in events[:-1]) == LINES["培育期"].answer
    assert events[-1][1] == LINES["培育期"].as_json()


@pytest.mark.parametrize("text", ["", "一", "一二三。四五\n六" * 30, "没有标点" * 50, "\n\n。"])
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_a_refusal_is_never_a_stream(client: TestClient) -> None:
    response = client.post("/api/v1/ask", json={"text": " "}, headers={"Accept": "text/event-stream"})
    assert problem(response) == (422, "invalid")


def test_earlier_turns_reach_the_assistant_oldest_first_and_only_the_latest(client: TestClient, house: House) -> None:
    client.post("/api/v1/ask", json={"text": "那申报呢", "prev": ["", *(f"第{n}句" for n in range(25))]})
    question, principal, prev = house.assistant.heard[0]
    assert (question, principal) == ("那申报呢", PUBLIC)
    assert prev == tuple(f"第{n}句" for n in range(5, 25))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"text": ""}', 422),
        (b'{"text": "   "}', 422),
        (b'{"text": "a\\u0000b"}', 422),
        (b'{"text": "\\ud800"}', 422),
        (b'{"text": "\\udc00\\ud800 \\u597d"}', 422),
        (b'{"text": 7}', 422),
        (b'{"text": null}', 422),
        (b'{"text": ["a"]}', 422),
        (b"{}", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"", 422),
        (b'{"text": "\xe5\xa5\xbd", "prev": "x"}', 422),
        (b'{"text": "\xe5\xa5\xbd", "prev": [1]}', 422),
        (b'{"text": "\xe5\xa5\xbd", "prev": ["\\ud800"]}', 422),
        (b'{"text": "\xe5\xa5\xbd", "prev": ["\\u0000"]}', 422),
        (b'{"text": ', 400),
        (b"\xff\xfe", 400),
        (b'{"text": "\xff"}', 400),
        (b"[" * 50_000, 400),
    ],
)
def test_what_is_not_a_question_is_refused(client: TestClient, house: House, body: bytes, status: int) -> None:
    response = client.post("/api/v1/ask", content=body, headers={"Content-Type": "application/json"})
    assert problem(response) == (status, "invalid")
    assert house.assistant.heard == []


def test_four_thousand_characters_pass_and_one_more_is_too_long(client: TestClient) -> None:
    assert client.post("/api/v1/ask", json={"text": "问" * 4000}).status_code == 200
    assert problem(client.post("/api/v1/ask", json={"text": "问" * 4001})) == (413, "invalid")
    assert problem(client.post("/api/v1/ask", json={"text": "好", "prev": ["问" * 4001]})) == (413, "invalid")


def test_a_body_over_the_limit_is_refused_whole(client: TestClient, house: House) -> None:
    response = client.post("/api/v1/ask", json={"text": "好", "pad": "x" * MAX_BODY_BYTES})
    assert problem(response) == (413, "invalid")
    assert house.assistant.heard == []


def test_a_body_without_a_length_is_counted_as_it_comes(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * (MAX_BODY_BYTES // 20)

    assert problem(client.post("/api/v1/ask", content=endless())) == (413, "invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("GET", "/api/v1/nowhere"), ("POST", "/api/v1/tickets"), ("GET", "/api/v1/ask"), ("DELETE", "/api/v1/documents"),
     ("PUT", "/healthz"), ("GET", "/api/v1/ask/"), ("GET", "/static/../app.py"), ("GET", "/static/nothing.js"), ("POST", "/static/app.css"), ("TRACE", "/")],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(client: TestClient, method: str, path: str) -> None:
    assert problem(client.request(method, path)) == (404, "not_found")


def test_a_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    assert client.get("/api/v1/ask").headers["allow"] == "POST"


def leaves(root: type[Exception]) -> list[type[Exception]]:
    """All errors below a root."""
    return [root, *(leaf for child in root.__subclasses__() for leaf in leaves(child))]


@pytest.mark.parametrize("error", [error for error in leaves(errors.BotError) if error is not errors.BotError])
def test_every_error_of_the_house_has_a_kind_and_its_status(
    client: TestClient, house: House, error: type[Exception]
) -> None:
    told = "这里发生了一件事。"
    moved = IllegalMove(told, state=TicketState.CLAIMED, owner="张工")
    house.assistant.failure = moved if error is IllegalMove else error(told)
    response = client.post("/api/v1/ask", json={"text": "好"})
    status, kind = problem(response)
    assert response.json()["error"]["message"] == told
    assert (kind, status) in KINDS.values()


@pytest.mark.parametrize("error", [IndexMissing, IndexBroken, EmbedderUnavailable])
def test_what_is_wrong_with_the_index_is_unavailable_and_names_no_folder(error: type[Exception]) -> None:
    told = problem_of(error("/var/lib/secret-place is broken"))
    assert (told.status, told.kind) == (503, "unavailable")
    assert "/" not in told.message


def test_an_unexpected_error_is_one_honest_sentence_and_its_words_stay_inside(
    client: TestClient, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.assistant.failure = RuntimeError("客户的原话")
    response = client.post("/api/v1/ask", json={"text": "好"})
    assert problem(response) == (503, "unavailable")
    assert "客户的原话" not in response.text + caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("header", ["Bearer nobody", "Bearer ", "Bearer", "Basic YTpi", "nonsense", "Bearer 密", ""])
@pytest.mark.parametrize("path", ["/api/v1/documents", "/api/v1/courses", "/documents/rules"])
def test_a_token_that_nobody_holds_is_unauthenticated(client: TestClient, header: str, path: str) -> None:
    response = client.get(path, headers={"Authorization": header.encode()})
    assert problem(response) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_empty_secret_opens_nothing(house: House) -> None:
    open_house = build()
    object.__setattr__(open_house.services, "secret", "")
    with TestClient(create_app(open_house.services)) as client:
        assert client.get("/api/v1/documents", headers={"Authorization": "Bearer  "}).status_code == 401


def test_the_operator_speaks_in_any_role(client: TestClient, house: House) -> None:
    for role in Role:
        client.post("/api/v1/ask", json={"text": "好"}, headers={**OPERATOR, "X-Wenzhen-As": role.value})
    assert [principal.role for _, principal, _ in house.assistant.heard] == list(Role)
    refused = client.post("/api/v1/ask", json={"text": "好"}, headers={**OPERATOR, "X-Wenzhen-As": "king"})
    assert problem(refused) == (422, "invalid")


def test_the_public_cannot_choose_a_role(client: TestClient, house: House) -> None:
    client.post("/api/v1/ask", json={"text": "好"}, headers={"X-Wenzhen-As": "admin"})
    assert house.assistant.heard[0][1] == PUBLIC


def test_why_an_answer_is_so_is_told_to_staff_alone(client: TestClient, house: House) -> None:
    asked = {"text": "培育期多久", "explain": True}
    for role in ("public", "sme", "engineer"):
        assert problem(client.post("/api/v1/ask", json=asked, headers={**OPERATOR, "X-Wenzhen-As": role})) == (
            403,
            "not_allowed",
        )
    assert not house.assistant.heard
    for role in ("staff", "admin"):
        assert client.post("/api/v1/ask", json=asked, headers={**OPERATOR, "X-Wenzhen-As": role}).status_code == 200
        assert house.assistant.explained
    assert (
        client.post(
            "/api/v1/ask", json={"text": "培育期多久"}, headers={**OPERATOR, "X-Wenzhen-As": "staff"}
        ).status_code
        == 200
    )
    assert not house.assistant.explained


def test_documents_are_listed_as_far_as_they_may_be_seen(client: TestClient) -> None:
    public = client.get("/api/v1/documents").json()
    staff = client.get("/api/v1/documents", headers=OPERATOR).json()
    assert public["next"] is None
    assert [item["id"] for item in public["items"]] == ["rules", "catalogue", "case"]
    assert [item["id"] for item in staff["items"]] == ["rules", "catalogue", "case", "inside"]
    assert public["items"][0]["status"] == "in_force"
    assert public["items"][0]["valid_until"] == "2028-05-14"


def test_a_document_that_may_not_be_seen_does_not_exist(client: TestClient) -> None:
    hidden = client.get("/api/v1/documents/inside")
    assert problem(hidden) == (404, "not_found")
    assert hidden.json() == client.get("/api/v1/documents/never").json()
    assert client.get("/api/v1/documents/inside", headers=OPERATOR).json()["tree"]["children"][0]["text"] == HIDDEN


def test_personal_numbers_are_masked_for_everyone_but_staff(client: TestClient) -> None:
    shown = client.get("/api/v1/documents/rules").text
    assert "13800138000" not in shown and "电话███████████。" in shown
    for role, seen in (("sme", False), ("engineer", False), ("staff", True), ("admin", True)):
        response = client.get("/api/v1/documents/rules", headers={**OPERATOR, "X-Wenzhen-As": role})
        assert ("13800138000" in response.text) is seen


def test_a_tree_holds_the_clauses_in_order(client: TestClient) -> None:
    tree = client.get("/api/v1/documents/rules").json()["tree"]
    second = tree["children"][2]
    assert [child["clause"] for child in second["children"]] == ["第二条", "第三条", "附表", ""]
    assert second["children"][0]["children"][1]["text"] == "（二）共享工程师不少于二十名。"
    assert second["children"][1]["responsible"] == "市工信局"


def test_courses_are_listed(client: TestClient) -> None:
    body = client.get("/api/v1/courses").json()
    assert body["next"] is None
    assert {
        "id": "c1",
        "price": 1800,
        "seats": 6,
        "level": "入门",
        "example": True,
        "document": "catalogue",
    }.items() <= body["items"][0].items()


def test_a_full_queue_is_busy_and_empties_again() -> None:
    house = build(max_waiting=1)
    house.assistant.gate.clear()
    app = create_app(house.services)

    async def scene() -> list[int]:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            asking = [asyncio.create_task(client.post("/api/v1/ask", json={"text": "好"})) for _ in range(5)]
            while app.state.desk.inside < 5:
                await asyncio.sleep(0)
            refused = await client.post("/api/v1/ask", json={"text": "好"})
            assert problem(refused) == (429, "busy")
            assert refused.headers["retry-after"].isdigit()
            alive = await client.get("/healthz")
            house.assistant.gate.set()
            done = await asyncio.gather(*asking)
            again = await client.post("/api/v1/ask", json={"text": "好"})
            return [alive.status_code, *(response.status_code for response in done), again.status_code]

    assert asyncio.run(scene()) == [200] * 7
    app.state.desk.close()


def test_a_question_that_takes_too_long_ends_with_a_sentence_and_keeps_its_place() -> None:
    house = build()
    house.assistant.gate.clear()
    app = create_app(house.services, patience_s=0.01)
    with TestClient(app) as client:
        assert problem(client.post("/api/v1/ask", json={"text": "好"})) == (503, "unavailable")
        assert app.state.desk.inside == 1
        house.assistant.gate.set()


def test_alive_ready_and_measured(client: TestClient, house: House) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    storing = {"ready": True, "records": "ready", "clock_set_back_s": 0.0}
    assert client.get("/readyz").json() == {**storing, "index": "ready", "pending": 0}
    house.library.pending = 12
    assert client.get("/readyz").json() == {**storing, "index": "indexing", "pending": 12}
    client.post("/api/v1/ask", json={"text": "培育期"})
    client.get("/no-such-place-named-by-a-stranger")
    figures = client.get("/metrics").text
    assert 'wenzhen_answers_total{intent="policy",outcome="answered"} 1.0' in figures
    assert 'wenzhen_requests_total{method="POST",route="/api/v1/ask",status="200"} 1.0' in figures
    assert "wenzhen_pending_passages 12.0" in figures
    assert "wenzhen_passages 12.0" in figures
    assert "stranger" not in figures


def test_the_description_names_every_call_and_no_outside_address(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    calls = {route.path for route in iter_route_contexts(create_app(build().services).routes)}
    assert set(described["paths"]) == {path for path in calls if path.startswith("/api/v1/")} | {
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert "http" not in json.dumps(described)
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_internal_verbs_need_the_secret(house: House) -> None:
    client = TestClient(create_app(house.services, internal=lambda services, verb, values, progress: {"done": verb}))
    assert problem(client.post("/internal/status", json={})) == (401, "unauthenticated")
    assert problem(client.post("/internal/status", json={}, headers={"Authorization": "Bearer guess"})) == (
        401,
        "unauthenticated",
    )
    as_sme = client.post("/internal/status", json={}, headers={**OPERATOR, "X-Wenzhen-As": "sme"})
    assert problem(as_sme) == (403, "not_allowed")
    assert client.post("/internal/status", json={}, headers=OPERATOR).json() == {"result": {"done": "status"}}


def test_internal_verbs_report_progress_and_errors_as_lines(house: House) -> None:
    def run(services, verb, values, progress):  # type: ignore[no-untyped-def]
        progress("读", 1, 2)
        if verb == "bad":
            raise errors.Invalid("路径不对。")
        if verb == "worse":
            raise ValueError("inside")
        return {"verb": verb, "values": dict(values), "same": services is house.services}

    with TestClient(create_app(house.services, internal=run)) as client:
        good, bad, worse = (
            client.post(f"/internal/{verb}", json={"a": 1}, headers=OPERATOR).text.splitlines()
            for verb in ("good", "bad", "worse")
        )
    assert [json.loads(line) for line in good] == [
        {"progress": ["读", 1, 2]},
        {"result": {"verb": "good", "values": {"a": 1}, "same": True}},
    ]
    assert json.loads(bad[-1]) == {"error": {"kind": "invalid", "message": "路径不对。"}}
    assert json.loads(worse[-1])["error"]["kind"] == "unavailable"


def test_every_route_carries_the_safe_headers_and_the_error_shape(client: TestClient) -> None:
    methods: dict[str, set[str]] = {}
    for route in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        methods.setdefault(
            (route.path or "").replace("/static", "/static/app.css").replace("{", "").replace("}", ""), set()
        ).update(route.methods or {"GET"})
    assert {
        "/",
        "/talk/talk/messages",
        "/api/v1/ask",
        "/documents/document_id",
        "/internal/verb",
        "/metrics",
        "/static/app.css",
    } <= set(methods)
    patterns = [
        (compile_path(route.path)[0], route.methods or set())
        for route in iter_route_contexts(client.app.routes)  # type: ignore[attr-defined]
        if route.path
    ]
    for path, own in methods.items():
        # A fixed path may be one that another route's pattern takes too: /people/invite is also a /people/{person_id}.
        known = own.union(*(taken for pattern, taken in patterns if pattern.fullmatch(path)))
        for method in ("GET", "POST", "PATCH", "DELETE"):
            response = client.request(method, path, follow_redirects=False)
            policy = response.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["referrer-policy"] == "no-referrer"
            if method not in known:
                assert problem(response) == (404, "not_found")
            elif response.status_code >= 400 and "json" in response.headers["content-type"]:
                problem(response)


def test_the_desk_takes_nothing_after_closing(house: House) -> None:
    app = create_app(house.services)
    with TestClient(app) as client:
        app.state.desk.close()
        assert problem(client.post("/api/v1/ask", json={"text": "好"})) == (503, "unavailable")
    assert not any(thread.name.startswith("verb-") for thread in threading.enumerate())
