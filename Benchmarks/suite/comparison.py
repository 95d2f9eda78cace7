"""Runs rows, stores their results and prints a summary."""
import itertools
import json
import subprocess
import sys

import figures
import machine
import measuring
import processes
import report
import runtimes
import studies
import workers
from places import results, root, suite, work
from rows import least_cosine


def prepare():
    """Builds this package, converts models for the other runtimes, and returns the program to measure."""
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run([root / "scripts/fetch-minilm"], check=True)
    subprocess.run(["swift", "build", "-c", "release", "--product", "bert"], cwd=root, check=True)
    build = ["swift", "build", "-c", "release", "--package-path", root / "Benchmarks"]
    for product in ("SpeedWorker", "EarlyExit", "Callers"):
        subprocess.run([*build, "--product", product], check=True)
    with (work / "preparation.log").open("wb") as log:
        made = subprocess.run([sys.executable, suite / "preparation.py"], stdout=log, stderr=log)
    if made.returncode != 0:
        sys.exit(f"the models could not be made for the other runtimes; see {work / 'preparation.log'}")
    return root / "Benchmarks/.build/release/SpeedWorker"


def started(binary, row):
    """Returns the workers of a row, swift-bert first, and the reasons for omitted ones."""
    running, left_out = [], {}
    names = [
        name for name, runtime in runtimes.all.items() if row.kind in runtime.kinds and row.precision in runtime.precisions]
    if row.kind == "texts" and row.precision != "int8":
        names.append("sentence-transformers")
    for name in ("swift-bert", *(row.peers or names)):
        try:
            if name == "swift-bert":
                running.append(workers.ours(binary, row.kind, row.model, row.precision, row.backend))
            else:
                running.append(workers.peer(name, row.kind, row.model, row.precision))
        except workers.Unavailable as error:
            left_out[name] = str(error)
    return running, left_out


class References:
    """The results of PyTorch in float32, computed on first use."""

    def __init__(self):
        self.values = {}

    def of(self, rows):
        """Returns the reference for each of these rows, which must have the same kind and model."""
        keys = [(row.kind, row.model, row.batch, row.length) for row in rows]
        missing = {key: row for key, row in zip(keys, rows) if key not in self.values}
        if missing:
            worker = workers.peer("PyTorch", rows[0].kind, rows[0].model, "float32")
            for key, row in missing.items():
                self.values[key], _ = measuring.bind(worker, row)
            worker.close()
        return [self.values[key] for key in keys]


def verdict(row, entries):
    """Returns the fastest other runtime, the speedup, and the error of the result; None where there is none."""
    peers = {name: entry["median_ms"] for name, entry in entries.items() if name != "swift-bert"}
    best = min(peers, key=peers.get, default=None)
    if "swift-bert" not in entries:
        return best, None, None
    mine = entries["swift-bert"]
    cosine = mine["cosine"] if row.precision == "float32" else mine.get("mean_cosine", mine["cosine"])
    least = least_cosine[row.precision]
    wrong = None if cosine >= least else f"cosine to PyTorch in float32 {cosine:.5f}, at least {least} is asked for"
    return best, peers[best] / mine["median_ms"] if best else None, wrong


def write(name, record):
    """Writes a result to the folder for this type of machine."""
    folder = results / machine.kind()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def told(entries, name):
    """Formats the time of a runtime."""
    return f"{name} {entries[name]['median_ms']:.2f} ms" if name in entries else f"{name} not available"


def keep(row, entries, left_out):
    """Stores a row, prints a line, and returns whether the result of swift-bert is correct."""
    best, ratio, wrong = verdict(row, entries)
    record = {"row": row.name, "machine": machine.facts(), "best_peer": best, "ratio": ratio, "target": row.target,
              "left_out": left_out, "wrong": wrong, "runtimes": entries}
    write(row.name, record)
    line = f"{row.name:32} {told(entries, 'swift-bert')}   {told(entries, best) if best else 'no other one'}"
    if ratio:
        line += f"   ratio {ratio:.2f} of {row.target}" + ("" if ratio >= row.target else ", short")
    print(line + (f"   WRONG: {wrong}" if wrong else ""), flush=True)
    for name, reason in left_out.items():
        print(f"{'':32} without {name}: {reason}", flush=True)
    return wrong is None


# Seconds of measurement for each runtime in a row.
full = 2
quarter = full / 4


def measure(rows, binary, seconds):
    """Measures rows, with one set of workers per model and precision. Returns whether all results are correct."""
    references, right = References(), True
    groups = itertools.groupby(rows, key=lambda row: (row.kind, row.model, row.precision, row.backend))
    for (kind, *_), group in groups:
        group = list(group)
        if kind == "process":
            right &= keep(group[0], *processes.measure(5 if seconds == full else 2))
            continue
        wanted = references.of(group)
        running, left_out = started(binary, group[0])
        try:
            for row, reference in zip(group, wanted):
                entries, failed = measuring.measure(row, running, reference, seconds)
                right &= keep(row, entries, left_out | failed)
        finally:
            for worker in running:
                worker.close()
    return right


def run(rows, names, quick):
    """Measures rows and studies, prints the table of this type of machine, and returns the exit code.

    The pages are also updated if the run is interrupted.
    """
    binary, seconds = prepare(), quarter if quick else full
    try:
        right = measure(rows, binary, seconds)
        for name in names:
            write(name, {"machine": machine.facts(), **studies.all[name](binary, seconds)})
            print(name, flush=True)
    finally:
        figures.write()
        report.write()
    print("", *report.overview(), sep="\n")
    return 0 if right else 1
