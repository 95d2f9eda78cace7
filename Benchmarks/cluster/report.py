"""Stores the JSON lines of jobs on standard input as cluster.json, CLUSTER.md and cluster.svg. Called by `run`."""

import importlib.metadata
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "suite"))
import drawing  # noqa: E402
import machine  # noqa: E402
from places import figures, results  # noqa: E402

jobs = [json.loads(line) for line in sys.stdin]
packages = {name: importlib.metadata.version(name) for name in ("ray", "sentence-transformers", "torch")
            if any(job["engine"] == "sentence-transformers" for job in jobs) or name == "ray"}
kind = machine.kind()
folder, pictures = results / kind, figures / kind
folder.mkdir(parents=True, exist_ok=True)
pictures.mkdir(parents=True, exist_ok=True)
(folder / "cluster.json").write_text(json.dumps({"commit": machine.commit(), "packages": packages, "jobs": jobs}, indent=1) + "\n")

names = list(dict.fromkeys(job["engine"] for job in jobs))
versions = ", ".join(f"{name} {version}" for name, version in packages.items())
lines = [
    "# Two hosts", "",
    f"`sudo Benchmarks/cluster/run` generates this page from [cluster.json](cluster.json): a Ray cluster with two hosts in network",
    f"namespaces of one machine with two processors, MiniLM-L6 in float32, {jobs[0]['texts']:,} texts of 1 to 12 words, one thread",
    "per worker. The time of a job includes the start of the workers, which the throughput doesn't, and the time until Ray gives up",
    "a host that is killed.", "", f"Versions: {versions}.", "",
    "| engine | workers | texts/s | job | equal to one process |", "|---|---|---|---|---|"]
for job in jobs:
    workers = "1, its host killed during the job" if job["killed"] else job["hosts"]
    # The vectors that a killed host has computed are lost, and the time until it is given up isn't computation.
    rate = "" if job["killed"] else f"{job['texts_per_second']:,.0f}"
    lines.append(
        f"| {job['engine']} | {workers} | {rate} | {job['seconds']:.1f} s | "
        + (f"{job['equal']:,} of {job['texts']:,} bitwise |" if job["engine"] == "swift-bert" else "cosine above 0.9999 |"))
lines += ["", f"![Throughput](../../figures/{kind}/cluster.svg)"]
(folder / "CLUSTER.md").write_text("\n".join(lines) + "\n")

plot = drawing.Plot("Ray on two hosts", "workers", "texts per second")
for name, colour in zip(names, ("#0b66c3", "#b45309")):
    found = {job["hosts"]: job["texts_per_second"] for job in jobs if job["engine"] == name and not job["killed"]}
    hosts = sorted(found)
    plot.line(name, [0, *hosts], [0, *(found[count] for count in hosts)], colour)
(pictures / "cluster.svg").write_text(plot.svg())
