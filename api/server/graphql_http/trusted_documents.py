"""Trusted documents: operations that a client names by id, and which operations are answered at all.

A document is known by its id or by its exact text. What it may cost, who may run it and what its answer is are decided
as for any other document.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from api.server.errors import PersistedQueryNotSupported, UntrustedDocument
from api.server.graphql_http.body import GraphQLRequest

# The draft of the specification for persisted documents puts this in front of ids that are hashes.
_HASH_PREFIX = "sha256:"


@dataclass(frozen=True)
class TrustedDocuments:
    """`by_id` holds the texts of all manifests. With `only`, nothing but these and `more_texts` is answered."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    more_texts: Collection[str] = ()
    only: bool = False
    _texts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_texts", frozenset(self.by_id.values()) | frozenset(self.more_texts))

    def resolve(self, asked: GraphQLRequest) -> GraphQLRequest:
        """The request with the text of its document.

        Raises `UntrustedDocument`, or `PersistedQueryNotSupported` for an unknown hash in Apollo's form.
        """
        if asked.query:
            if self.only and asked.query not in self._texts:
                raise UntrustedDocument("Only trusted documents are answered here. Send the documentId of one.")
            return asked
        if asked.document_id is not None:
            text = self._text(asked.document_id)
            if text is None:
                raise UntrustedDocument("No trusted document has this documentId. Give its manifest to the API.")
            return replace(asked, query=text)
        text = self._text(asked.persisted_hash or "")
        if text is None:
            raise PersistedQueryNotSupported
        return replace(asked, query=text)

    def _text(self, document_id: str) -> str | None:
        return self.by_id.get(document_id) or self.by_id.get(document_id.removeprefix(_HASH_PREFIX))
