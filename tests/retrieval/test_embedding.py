"""The built-in embedder against the usual tokenizer, and the endpoint against a stand-in."""

import json
import math
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from retrieval.embedding import BuiltinEmbedder, EndpointEmbedder, _batches, _weights_path
from retrieval.errors import EmbedderUnavailable
from retrieval.weights import Weights, dequantise, open_weights

TEXTS = [
    "培育期为一年，期满后组织评估。",
    "GB/T 1804-m 的线性尺寸公差，S7-1200 报警 AL.50",
    "The quick brown fox  jumps over the lazy dog.",
    "面积 20㎡，①②③，全角ＡＢＣ１２３，ﬁne",
    "русский текст и العربية",
    "生僻字𠮷𠮷𠮷与符号😀",
    " 前后有空格 ",
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return open_weights(_weights_path())


@pytest.fixture(scope="module")
def embedder() -> BuiltinEmbedder:
    return BuiltinEmbedder(threads=1)


def test_the_cut_is_that_of_the_usual_unigram_tokenizer(weights: Weights) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces, scores, normal = _vocabulary()
    usual = Tokenizer(models.Unigram([*zip(pieces, scores, strict=True)], unk_id=3, byte_fallback=False))
    usual.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    for text in TEXTS:
        tidy = " ".join(text.translate(normal).split())
        assert weights.pieces.cut(text) == usual.encode(tidy, add_special_tokens=False).ids, text


def test_every_row_equals_the_text_embedded_alone(embedder: BuiltinEmbedder) -> None:
    together = embedder.embed_passages(TEXTS)
    alone = np.stack([embedder.embed_passages([text])[0] for text in TEXTS])
    assert together.shape == (len(TEXTS), embedder.dimensions)
    assert (together * alone).sum(1).min() > 0.9999
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_the_vectors_equal_a_plain_forward_pass_in_floats(embedder: BuiltinEmbedder, weights: Weights) -> None:
    expected = np.stack([_forward(weights, "passage: " + text) for text in TEXTS])
    assert (embedder.embed_passages(TEXTS) * expected).sum(1).min() > 0.999


def test_a_question_finds_its_passage(embedder: BuiltinEmbedder) -> None:
    vectors = embedder.embed_passages(["注塑件缩水多因保压不足", "年度会议的时间和地点", "设备采购补贴标准"])
    assert int((vectors @ embedder.embed_query("塑料零件表面凹陷怎么办")).argmax()) == 0


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a\0b", " ", "长" * 5000])
def test_odd_text_has_a_vector(embedder: BuiltinEmbedder, text: str) -> None:
    assert np.isfinite(embedder.embed_query(text)).all()
    assert embedder.embed_passages([text]).shape == (1, embedder.dimensions)


def test_nul_does_not_cut_a_text_off(embedder: BuiltinEmbedder) -> None:
    assert np.array_equal(embedder.embed_query("培育期\0多久"), embedder.embed_query("培育期多久"))


def test_nothing_in_gives_nothing_out(embedder: BuiltinEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)


def test_threads_get_what_one_gets(embedder: BuiltinEmbedder) -> None:
    alone = {text: embedder.embed_query(text) for text in TEXTS}
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(text for text in TEXTS if not np.array_equal(embedder.embed_query(text), alone[text]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.embedding._PACKAGE", "no_such_package")
    with pytest.raises(EmbedderUnavailable, match="install"):
        BuiltinEmbedder().load()


def test_batches_hold_each_text_once_and_keep_to_the_budget() -> None:
    lengths = [5, 400, 30, 512, 7, 300, 300, 2]
    batches = list(_batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[place] for place in batch) <= 1024 for batch in batches)


Reply = Callable[[dict[str, Any]], tuple[int, Any]]


class Standin(HTTPServer):
    """An embeddings endpoint on loopback that answers as it is told."""

    reply: Reply
    seen: list[tuple[str, dict[str, Any], str | None]]


class _Handler(BaseHTTPRequestHandler):
    server: Standin

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body, self.headers.get("Authorization")))
        status, answer = self.server.reply(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def standin() -> Iterator[Standin]:
    server = Standin(("127.0.0.1", 0), _Handler)
    server.seen = []
    server.reply = lambda body: (200, {"data": _rows(body["input"])[::-1]})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _rows(texts: list[str]) -> list[dict[str, Any]]:
    return [{"index": place, "embedding": [float(len(text)), 0.0, 3.0]} for place, text in enumerate(texts)]


def _endpoint(standin: Standin, **given: Any) -> EndpointEmbedder:
    return EndpointEmbedder(f"http://127.0.0.1:{standin.server_port}/v1/", model="m", **given)


def test_the_endpoint_gives_unit_rows_in_order(standin: Standin) -> None:
    embedder = _endpoint(standin, api_key="k")
    vectors = embedder.embed_passages(["四个字呀", "x" * 70] + ["一"] * 68)
    assert np.allclose(vectors[0], [0.8, 0, 0.6])
    assert vectors.shape == (70, 3)
    assert [len(body["input"]) for _, body, _ in standin.seen] == [64, 6]
    assert standin.seen[0][0] == "/v1/embeddings"
    assert standin.seen[0][2] == "Bearer k"
    assert embedder.dimensions == 3


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ((500, {}), "500"),
        ((200, {"nonsense": 1}), "OpenAI"),
        ((200, {"data": []}), "0 个向量"),
    ],
)
def test_a_bad_answer_of_the_endpoint_is_one_sentence(standin: Standin, reply: tuple[int, Any], says: str) -> None:
    standin.reply = lambda body: reply
    with pytest.raises(EmbedderUnavailable, match=says):
        _endpoint(standin).embed_query("问")


def test_an_endpoint_that_is_not_there_is_one_sentence(standin: Standin) -> None:
    address = f"http://127.0.0.1:{standin.server_port}/v1"
    standin.socket.close()
    with pytest.raises(EmbedderUnavailable, match="连不上"):
        EndpointEmbedder(address, timeout_s=2).embed_query("问")


def test_a_slow_endpoint_is_one_sentence() -> None:
    import httpx

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(EmbedderUnavailable, match="没有应答"):
        EndpointEmbedder("http://127.0.0.1:1/v1", transport=httpx.MockTransport(slow)).embed_query("问")


def _vocabulary() -> tuple[list[str], list[float], dict[int, str]]:
    """The pieces, scores and normal forms, read in the plainest way."""
    raw = _weights_path().read_bytes()
    place = 8 + 28 + 8
    (count,) = struct.unpack_from("<i", raw, place)
    place += 20
    (size,) = struct.unpack_from("<Q", raw, place)
    place += 8
    offsets = struct.unpack_from(f"<{count + 1}I", raw, place)
    place += 4 * (count + 1)
    scores = list(struct.unpack_from(f"<{count}f", raw, place))
    place += 4 * count
    pieces = [raw[place + offsets[i] : place + offsets[i + 1]].decode() for i in range(count)]
    place += size
    (replaced,) = struct.unpack_from("<i", raw, place)
    place += 8
    normal = {}
    for _ in range(replaced):
        code, length = struct.unpack_from("<IB", raw, place)
        normal[code] = "".join(map(chr, struct.unpack_from(f"<{length}I", raw, place + 5)))
        place += 5 + 4 * length
    return pieces, scores, normal


def _forward(weights: Weights, text: str) -> Any:
    """The whole network in float64 and nothing but numpy."""
    shape = weights.shape
    ids = [weights.begin, *weights.pieces.cut(text), weights.end]
    x = dequantise(weights.blocks("emb.word", inputs=shape.hidden)[ids]).astype(np.float64)
    x = x + weights.vector("emb.pos").reshape(-1, shape.hidden)[: len(ids)] + weights.vector("emb.type")[: shape.hidden]
    x = _norm(x, weights, "emb.ln")
    for layer in range(shape.layers):
        own = f"l{layer}"
        q, k, v = (
            _linear(x, weights, f"{own}.{part}", shape.hidden).reshape(len(ids), shape.heads, -1).swapaxes(0, 1)
            for part in "qkv"
        )
        weight = np.exp(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))
        seen = ((weight / weight.sum(-1, keepdims=True)) @ v).swapaxes(0, 1).reshape(len(ids), -1)
        x = _norm(x + _linear(seen, weights, f"{own}.ao", shape.hidden), weights, f"{own}.aln")
        inner = _linear(x, weights, f"{own}.fi", shape.hidden)
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / np.sqrt(2)))
        x = _norm(x + _linear(inner, weights, f"{own}.fo", shape.inner), weights, f"{own}.oln")
    total = x.sum(0)
    return total / np.linalg.norm(total)


def _linear(x: Any, weights: Weights, name: str, inputs: int) -> Any:
    return x @ dequantise(weights.blocks(f"{name}.w", inputs=inputs)).T + weights.vector(f"{name}.b")


def _norm(x: Any, weights: Weights, name: str) -> Any:
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + weights.shape.epsilon) * weights.vector(
        f"{name}.w"
    ) + weights.vector(f"{name}.b")
