import pathlib

import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = str(ROOT / "Tests" / "Fixtures" / "pipelines" / "sentence-bert")
WORDS = "a great film that is slow but good and they watched the movie in the end".split()


def rows(count):
    """Returns texts of various lengths with ids, including nulls."""
    made = []
    for index in range(count):
        words = [WORDS[(index * 7 + place * place) % len(WORDS)] for place in range(index % 23)]
        made.append({"id": index, "text": None if index % 41 == 3 else " ".join(words)})
    return made


@pytest.fixture(scope="session")
def expected():
    """Returns the bytes of the vector of each text."""
    from swift_bert import SentenceEmbedder

    embedder = SentenceEmbedder(MODEL, backend="simd")
    texts = sorted({row["text"] for row in rows(2000)} - {None})
    return {text: vector.tobytes() for text, vector in zip(texts, embedder.encode(texts))}


@pytest.fixture(scope="session")
def fingerprint():
    from swift_bert import SentenceEmbedder

    return SentenceEmbedder(MODEL, backend="simd").fingerprint


@pytest.fixture(scope="session")
def check(expected):
    """Compares rows with id, text and embedding with the results of a single process."""

    def check(found, count):
        found = sorted(found, key=lambda row: row["id"])
        assert [row["id"] for row in found] == list(range(count))
        for row, source in zip(found, rows(count)):
            vector = row["embedding"]
            if source["text"] is None:
                assert vector is None
            else:
                data = vector if isinstance(vector, (bytes, bytearray)) else numpy.float32(vector).tobytes()
                assert bytes(data) == expected[source["text"]], row["id"]

    return check
