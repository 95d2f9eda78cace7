"""Paths and the number of threads."""
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
models = {"MiniLM-L6": minilm} | {
    name: work / "models" / name.lower()
    for name in ("BERT-base", "MPNet-base", "ModernBERT-base", "NomicBERT", "DeBERTa-v3-base")}


def prepared(model):
    """Returns the folder for conversions of a model."""
    return work / "models" / f"{models[model].name}-prepared"


def plain(text):
    """Returns a message on one line, without paths of this machine."""
    return " ".join(text.replace(f"{root}/", "").replace(f"{sys.prefix}/", "").split())[:300]
