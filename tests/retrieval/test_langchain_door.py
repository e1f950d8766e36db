"""LangChain's retriever gives what the door gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.langchain_door import WenzhenRetriever
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Principal, Query, Role
from tests.retrieval.fakes import BigramEmbedder, ParagraphReader, write


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = write(tmp_path / "in", {"rules.txt": "培育期为一年。\n期满后评估。\n", "staff.txt": "内部培育期口径。\n"})
    library = Library.open(tmp_path / "index", embedder=BigramEmbedder(), read_file=ParagraphReader())
    library.ingest([folder])
    yield library
    library.close()


def test_the_same_passages_in_the_same_order_with_their_citation(library: Library) -> None:
    documents = WenzhenRetriever(finder=library, top_k=2).invoke("培育期多久")
    hits = library.search(Query("培育期多久", top_k=2), PUBLIC).hits
    assert [document.id for document in documents] == [hit.passage.id for hit in hits]
    assert documents[0].page_content == "培育期为一年。"
    assert documents[0].metadata["clause"] == "第1条"
    assert documents[0].metadata["quotes"] == ["培育期为一年。"]
    assert documents[0].metadata["source"] == "rules.txt"


async def test_it_can_be_awaited(library: Library) -> None:
    assert len(await WenzhenRetriever(finder=library, top_k=1).ainvoke("培育期多久")) == 1


def test_it_sees_what_its_principal_sees(library: Library) -> None:
    def sources(principal: Principal) -> set[str]:
        found = WenzhenRetriever(finder=library, principal=principal).invoke("内部培育期口径")
        return {document.metadata["source"] for document in found}

    assert sources(PUBLIC) == {"rules.txt"}
    assert sources(Principal(Role.STAFF)) == {"rules.txt", "staff.txt"}


def test_it_is_silent_where_nothing_answers(library: Library) -> None:
    assert WenzhenRetriever(finder=library, only_answers=True).invoke("量子纠缠的实验装置") == []
