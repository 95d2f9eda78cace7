"""Studies for the figures and additional tables: scaling, operations, early exit, concurrent callers.
"""
import json
import os
import subprocess

import numpy

import measuring
import rows
import workers
from places import minilm, root, work

bert = root / ".build/release/bert"
width, inner, depth = 384, 1536, 6


def output(*command, **environment):
    """Returns the standard output of a program."""
    settings = {**os.environ, "BERT_QUIET": "1", **environment}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=settings).stdout


def operations_of(batch, length, layers):
    """Returns the floating-point operations of MiniLM's matrix products in a pass, in 10⁹."""
    tokens = batch * length
    return layers * (2 * tokens * (4 * width**2 + 2 * width * inner) + 4 * tokens * length * width) / 1e9


def shortened(layers):
    """Returns a folder with the first layers of MiniLM."""
    folder = work / f"models/minilm-{layers}-layers"
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((minilm / "config.json").read_text()) | {"num_hidden_layers": layers}
    (folder / "config.json").write_text(json.dumps(config))
    weights = folder / "model.safetensors"
    weights.unlink(missing_ok=True)
    weights.symlink_to(minilm / "model.safetensors")
    return folder


def scaling(binary, seconds):
    """Measures MiniLM by length, batch and layers, and the fastest matrix product of the same run."""
    shapes = {
        "length": [(1, length, depth) for length in (16, 32, 64, 128, 256, 512)],
        "batch": [(batch, 128, depth) for batch in (1, 2, 4, 8, 16, 32)],
        "layers": [(8, 128, layers) for layers in range(1, depth + 1)],
    }
    environment = {"BERT_BACKEND": "auto", "BERT_QUIET": "1"}
    result = {}
    for name, points in shapes.items():
        result[name] = []
        for batch, length, layers in points:
            worker = workers.Worker("swift-bert", "encoder", [binary, "encoder", str(shortened(layers))], environment)
            measuring.bind(worker, rows.Row("", "encoder", "MiniLM-L6", "float32", 0, batch, length))
            worker.ask("time", 0, 1)
            times = worker.ask("time", seconds / 2, 200)
            result["backend"] = worker.description
            worker.close()
            result[name].append({
                "batch": batch, "length": length, "layers": layers, "median_ms": float(numpy.median(times)),
                "gflop": operations_of(batch, length, layers)})
    backend = result["backend"].split()[0]
    table = output(bert, "conformance", "--backend", backend, "--perf", "--only", "linear")
    result["peak_gflop_per_s"] = max(float(line.split()[-1]) for line in table.splitlines()[1:])
    return result


def operations(binary, seconds):
    """Measures the share of operations on each backend."""
    result = []
    for batch, length in ((1, 16), (1, 128), (8, 128)):
        text = output(
            bert, "bench", "--model", minilm, "--batches", str(batch), "--lengths", str(length), "--seconds", str(4 * seconds),
            "--json")
        result += [{"backend": backend["name"], "batch": batch, "length": length, "operations": backend["operations"]}
                   for backend in json.loads(text)["backends"]]
    return {"passes": result}


def early_exit(binary, seconds):
    """Measures accuracy and time by threshold, in all precisions."""
    program = root / "Benchmarks/.build/release/EarlyExit"
    variables = {variable["name"] for variable in json.loads(output(bert, "doctor", "--json"))["environment"]}
    result = {"float32": json.loads(output(program, "auto", "--json"))}
    if "BERT_PRECISION" in variables:
        for precision in rows.precisions[1:]:
            result[precision] = json.loads(output(program, "auto", "--json", BERT_PRECISION=precision))
    return result


def callers(binary, seconds):
    """Measures concurrent callers of one embedder on each backend."""
    program = root / "Benchmarks/.build/release/Callers"
    backends = json.loads(output(bert, "backends", "--json"))["backends"]
    return {"backends": [
        json.loads(output(program, minilm, str(8 * seconds), BERT_BACKEND=backend["name"]))
        for backend in backends if backend["available"]]}


all = {"scaling": scaling, "operations": operations, "early-exit": early_exit, "callers": callers}
