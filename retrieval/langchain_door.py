"""LangChain's retriever interface over the same door, for those who build on it. The only importer of langchain_core.

retriever = WenzhenRetriever(finder=library, principal=PUBLIC, top_k=5)
documents = retriever.invoke("培育期多久")
"""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, SkipValidation

from corpora.document import Kind
from retrieval.protocols import PUBLIC, Finder, Hit, Principal, Query


class WenzhenRetriever(BaseRetriever):
    """Passages as LangChain documents, best first: the words as text, what a citation needs as metadata.

    The principal is fixed when the retriever is made: what it may not see is never a candidate, whatever a chain asks.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    finder: SkipValidation[Finder] = Field(exclude=True)  # a protocol: there is nothing to check at run time
    principal: Principal = PUBLIC
    kinds: frozenset[Kind] = frozenset({Kind.POLICY})
    top_k: int = Field(10, ge=1)
    only_answers: bool = False  # nothing at all where the passages do not answer the question

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        found = self.finder.search(Query(query, kinds=self.kinds, top_k=self.top_k), self.principal)
        if self.only_answers and not found.answered:
            return []
        return [_document(hit, confidence=found.confidence) for hit in found.hits]


def _document(hit: Hit, *, confidence: float) -> LangChainDocument:
    passage, document = hit.passage, hit.document
    metadata: dict[str, Any] = {
        "document": document.title,
        "document_id": document.id,
        "number": document.number,
        "clause": passage.clause,
        "quotes": [document.text[start:end] for start, end in passage.spans],
        "source": document.source,
        "page": passage.page,
        "region": document.region,
        "issuer": document.issuer,
        "issued": document.issued.isoformat() if document.issued else None,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "kind": document.kind.value,
        "digest": document.digest,
        "example": document.example,
        "score": hit.score,
        "confidence": confidence,  # that the passages of this search answer the question
    }
    return LangChainDocument(page_content=passage.text, metadata=metadata, id=passage.id)
