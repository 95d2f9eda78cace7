"""Where things are, and how many threads compute."""
import os
import pathlib
import sys

threads = int(os.environ.get("BERT_NUM_THREADS", "2"))
root = pathlib.Path(__file__).resolve().parents[2]
suite = root / "Benchmarks/suite"
work = root / ".build/benchmarks"
results = root / "Benchmarks/results"
figures = root / "Benchmarks/figures"
minilm = root / ".models/all-MiniLM-L6-v2"
models = {"MiniLM-L6": minilm, "BERT-base": work / "models/bert-base"}


def prepared(model):
    """The folder of what was made of a model for other runtimes."""
    return work / "models" / f"{models[model].name}-prepared"


def plain(text):
    """A message on one line that says nothing of where this repository and its environment are."""
    return " ".join(text.replace(f"{root}/", "").replace(f"{sys.prefix}/", "").split())[:300]
