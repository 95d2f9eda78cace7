"""Draws Benchmarks/figures from Benchmarks/results, with a folder for each type of machine."""
import json

import machine
from drawing import Bars, Plot
from places import figures, results


def growth(study):
    """Plots time and roofline by length, batch and layers."""
    peak = study["peak_gflop_per_s"]
    titles = {"length": "tokens of one sequence", "batch": "sequences of 128 tokens", "layers": "layers, 8×128"}
    for name, title in titles.items():
        points = study[name]
        axis = [point[name] for point in points]
        plot = Plot(f"MiniLM, {study['backend']}: time by {title}", title, "ms", logarithmic=name != "layers")
        plot.line("measured", axis, [point["median_ms"] for point in points], "#1f6feb")
        plot.line(f"products alone at {peak:.0f} GFLOP/s", axis, [point["gflop"] / peak * 1e3 for point in points], "#999", dashed=True)
        yield f"time-by-{name}", plot


def shares(study):
    """Draws the share of operations for each backend and shape."""
    names = []
    for record in study["passes"]:
        names += [row["operation"] for row in record["operations"] if row["share"] >= 0.01 and row["operation"] not in names]
    bars = Bars("MiniLM: share of each operation in a pass", names)
    for record in study["passes"]:
        share = {row["operation"]: row["share"] for row in record["operations"]}
        bars.bar(f"{record['backend']} {record['batch']}×{record['length']}", [share.get(name, 0) for name in names])
    yield "operations", bars


def exits(study):
    """Plots accuracy over time by threshold."""
    record = study["float32"]
    title = f"Early exit on SST-2's development set, {record['backend']}"
    plot = Plot(title, f"ms for {record['sentences']} sentences", "accuracy, %")
    accuracy = [100 * point["accuracy"] for point in record["points"]]
    labels = ["never" if point["threshold"] == 0 else f"{point['threshold']:g}" for point in record["points"]]
    for key, name, colour in (("batchedMilliseconds", "batches of 32", "#1f6feb"), ("singleMilliseconds", "one by one", "#d1242f")):
        plot.line(name, [point[key] for point in record["points"]], accuracy, colour, labels)
    yield "early-exit", plot


def write():
    """Draws all figures that have results."""
    for kind in machine.kinds():
        for name, draw in {"scaling": growth, "operations": shares, "early-exit": exits}.items():
            path = results / kind / f"{name}.json"
            if path.exists():
                folder = figures / kind
                folder.mkdir(parents=True, exist_ok=True)
                for figure, drawing in draw(json.loads(path.read_text(encoding="utf-8"))):
                    (folder / f"{figure}.svg").write_text(drawing.svg(), encoding="utf-8")


if __name__ == "__main__":
    write()
