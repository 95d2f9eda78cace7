"""Measures the run time and peak memory of processes."""
import json
import os
import subprocess
import sys

import numpy

from measuring import cosines
from places import minilm, plain, root, suite, work
from workers import Unavailable, ending

text = "How do I reset my password on this machine?"


def run(command, environment):
    """Runs a process. Returns its seconds, its peak resident memory in MB, and the vector. Raises an error if it fails."""
    figures = work / "process.json"
    with (work / "workers.log").open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-I", "-S", suite / "launch.py", figures, *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=suite, env={**os.environ, **environment}, check=True)
        log.write(done.stderr)
    taken = json.loads(figures.read_text(encoding="utf-8"))
    if taken["code"] != 0:
        last = done.stderr.decode(errors="replace").splitlines()[-1:]
        raise Unavailable(plain(": ".join([ending(taken["code"]), *last])))
    return taken["seconds"], taken["megabytes"], numpy.array(json.loads(done.stdout)["embedding"])


def measure(rounds):
    """Measures all processes alternately, after a round that warms the page cache. Returns the results by name, and the
    reasons of processes that can't run."""
    bert = root / ".build/release/bert"
    commands = {"swift-bert": [bert, "embed", "--backend", "auto", "--model", minilm, text]}
    for runtime in ("ONNX Runtime", "CTranslate2", "OpenVINO", "PyTorch", "sentence-transformers"):
        commands[runtime] = [sys.executable, suite / "process.py", runtime, text]
    results = {name: {"turns_ms": [], "megabytes": []} for name in commands}
    vectors, left_out = {}, {}
    for turn in range(rounds + 1):
        for name in list(results):
            try:
                seconds, megabytes, vectors[name] = run(commands[name], {"BERT_QUIET": "1"})
            except Unavailable as error:
                # The vector of PyTorch is the reference.
                if name in ("swift-bert", "PyTorch"):
                    sys.exit(f"{name} {error}; see {work / 'workers.log'}")
                left_out[name] = str(error)
                del results[name]
                continue
            if turn > 0:
                results[name]["turns_ms"].append([round(seconds * 1e3, 2)])
                results[name]["megabytes"].append(round(megabytes, 1))
    for name, result in results.items():
        result["median_ms"] = float(numpy.median(result["turns_ms"]))
        result["median_megabytes"] = float(numpy.median(result["megabytes"]))
        result["cosine"] = float(cosines(vectors[name], vectors["PyTorch"]))
    return results, left_out
