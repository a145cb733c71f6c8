from rag import documents, tables


def test_the_database_knows_the_same_types_and_chunkers_as_the_code() -> None:
    assert tables.DOCUMENT_TYPES == documents.DOCUMENT_TYPES
    assert tables.CHUNKER_NAMES == documents.CHUNKER_NAMES
