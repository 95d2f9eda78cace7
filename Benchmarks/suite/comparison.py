"""Runs rows, keeps their results, prints how each did."""
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
    """Builds this package, and makes what other runtimes take; gives the program that is timed."""
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run([root / "scripts/fetch-minilm"], check=True)
    subprocess.run(["swift", "build", "-c", "release", "--product", "bert"], cwd=root, check=True)
    build = ["swift", "build", "-c", "release", "--package-path", root / "Benchmarks"]
    for product in ("SpeedWorker", "EarlyExit"):
        subprocess.run([*build, "--product", product], check=True)
    with (work / "preparation.log").open("wb") as log:
        made = subprocess.run([sys.executable, suite / "preparation.py"], stdout=log, stderr=log)
    if made.returncode != 0:
        sys.exit(f"the models could not be made for the other runtimes; see {work / 'preparation.log'}")
    return root / "Benchmarks/.build/release/SpeedWorker"


def started(binary, row):
    """The workers of a row, ours first and what can't run left out, and why ours can't if it can't."""
    running, reason = [], None
    try:
        running.append(workers.ours(binary, row.kind, row.model, row.precision, row.backend))
    except workers.Unavailable as error:
        reason = str(error)
    names = [name for name, runtime in runtimes.all.items() if row.precision in runtime.precisions]
    if row.kind == "texts" and row.precision != "int8":
        names.append("sentence-transformers")
    running += [workers.peer(name, row.kind, row.model, row.precision) for name in row.peers or names]
    return running, reason


class References:
    """What PyTorch gives in float32, computed when it is first needed."""

    def __init__(self):
        self.values = {}

    def of(self, rows):
        """For each of these rows, which are of one kind and one model."""
        keys = [(row.kind, row.model, row.batch, row.length) for row in rows]
        missing = {key: row for key, row in zip(keys, rows) if key not in self.values}
        if missing:
            worker = workers.peer("PyTorch", rows[0].kind, rows[0].model, "float32")
            for key, row in missing.items():
                self.values[key], _ = measuring.bind(worker, row)
            worker.close()
        return [self.values[key] for key in keys]


def verdict(row, entries):
    """The best peer, how many times as fast ours is, and what is wrong with our result, if anything."""
    peers = {name: entry["median_ms"] for name, entry in entries.items() if name != "swift-bert"}
    best = min(peers, key=peers.get)
    if "swift-bert" not in entries:
        return best, None, None
    mine = entries["swift-bert"]
    cosine = mine["cosine"] if row.precision == "float32" else mine.get("mean_cosine", mine["cosine"])
    least = least_cosine[row.precision]
    wrong = None if cosine >= least else f"cosine to PyTorch in float32 {cosine:.5f}, at least {least} is asked for"
    return best, peers[best] / mine["median_ms"], wrong


def write(name, record):
    """Writes a result's file."""
    results.mkdir(exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def keep(row, entries, reason):
    """Writes a row's file and prints its line; gives whether our result was right."""
    best, ratio, wrong = verdict(row, entries)
    record = {"row": row.name, "machine": machine.facts(), "best_peer": best, "ratio": ratio, "target": row.target,
              "not_available": reason, "wrong": wrong, "runtimes": entries}
    write(row.name, record)
    mine = f"{entries['swift-bert']['median_ms']:9.2f} ms" if ratio else "not available"
    line = f"{row.name:32} {mine}   {best} {entries[best]['median_ms']:.2f} ms"
    if ratio:
        line += f"   ratio {ratio:.2f} of {row.target}" + ("" if ratio >= row.target else ", short")
    print(line + (f"   WRONG: {wrong}" if wrong else ""), flush=True)
    return wrong is None


def run(rows, names, quick):
    """Measures rows, one set of workers for each model and precision, and studies by their names; gives the exit code."""
    binary = prepare()
    references, right = References(), True
    seconds = 0.5 if quick else 2
    groups = itertools.groupby(rows, key=lambda row: (row.kind, row.model, row.precision, row.backend))
    for (kind, *_), group in groups:
        group = list(group)
        if kind == "process":
            right &= keep(group[0], processes.measure(2 if quick else 5), None)
            continue
        wanted = references.of(group)
        running, reason = started(binary, group[0])
        try:
            for row, reference in zip(group, wanted):
                right &= keep(row, measuring.measure(row, running, reference, seconds), reason)
        finally:
            for worker in running:
                worker.close()
    for name in names:
        write(name, {"machine": machine.facts(), **studies.all[name](binary, seconds)})
        print(name, flush=True)
    figures.write()
    report.write()
    return 0 if right else 1
