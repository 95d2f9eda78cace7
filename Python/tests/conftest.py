"""Tests run on SWIFT_BERT_LIBRARY or the library of the wheel; scripts/test-python sets up the environment."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
try:
    import swift_bert  # noqa: F401
except ModuleNotFoundError:
    sys.path.insert(0, str(ROOT / "Python"))

TEXTS = ["a great film", "", "slow, but good", "they watched the movie in the end"]


@pytest.fixture(scope="session")
def model():
    return str(FIXTURES / "pipelines" / "sentence-bert")


@pytest.fixture(scope="session")
def embedder(model):
    from swift_bert import SentenceEmbedder

    return SentenceEmbedder(model, backend="simd")


@pytest.fixture
def texts():
    return list(TEXTS)
