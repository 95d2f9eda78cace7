import json
import pathlib
import sys

import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = str(ROOT / "Tests" / "Fixtures" / "pipelines" / "sentence-bert")
WORDS = "a great film that is slow but good and they watched the movie in the end".split()


def rows(count):
    """Texts of many lengths with an id each, some of them missing."""
    made = []
    for index in range(count):
        words = [WORDS[(index * 7 + place * place) % len(WORDS)] for place in range(index % 23)]
        made.append({"id": index, "text": None if index % 41 == 3 else " ".join(words)})
    return made


@pytest.fixture(scope="session")
def expected():
    """The bytes of each text's vector, by the text."""
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
    """Checks rows with id, text and embedding against what one process gave."""

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


def note(engine, **facts):
    """A line of results for the documentation's table."""
    print(json.dumps({"engine": engine, **facts}), file=sys.stderr)
