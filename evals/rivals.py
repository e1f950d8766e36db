"""The plain pipeline that we are measured against: langchain with Chroma, as its tutorials write it.

It gets the same passages, vectors, embedder and threads in the same run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.protocols import Embedder, Vectors

_AT_ONCE = 5000  # chromadb takes at most 5461


class LangChainChroma:
    """A vector store of langchain over chromadb, persistent, cosine."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        from langchain_chroma import Chroma
        from langchain_core.embeddings import Embeddings

        class Adapter(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                raise NotImplementedError("passages come with their vectors")

            def embed_query(self, text: str) -> list[float]:
                return [float(value) for value in embedder.embed_query(text)]

        self._store = Chroma(
            collection_name="rival",
            embedding_function=Adapter(),
            persist_directory=str(folder),
            collection_metadata={"hnsw:space": "cosine"},
        )

    def add(self, texts: Sequence[str], vectors: Vectors, metadatas: Sequence[dict[str, Any]]) -> None:
        """Store passages with vectors that were computed elsewhere."""
        for start in range(0, len(texts), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._store._collection.add(
                ids=[str(number) for number in range(start, start + len(texts[part]))],
                documents=list(texts[part]),
                embeddings=vectors[part],
                metadatas=[dict(each) for each in metadatas[part]],
            )

    def ask(self, question: str, *, count: int = 10) -> list[str]:
        """Embed the question and give the nearest passages, best first."""
        return [document.page_content for document, _ in self._store.similarity_search_with_score(question, k=count)]
