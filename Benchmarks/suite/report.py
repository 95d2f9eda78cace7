"""Writes BENCHMARKS.md, the README's table, and TIMES.md for each kind of machine, from the files in Benchmarks/results and from
nothing else: `report.py`. Results of different kinds of machines are never in one table.
"""
import json

import machine
import studies
import tables
from places import results, root
from rows import precisions, rows


def load(kind, names):
    """What was measured of these rows or studies on this kind of machine, by name."""
    paths = {name: results / kind / f"{name}.json" for name in names}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def distinct(records):
    """The machines, commits and packages that results come from, without repetition."""
    return [json.loads(text) for text in sorted({json.dumps(record["machine"], sort_keys=True) for record in records.values()})]


def processor(facts):
    """A machine in short."""
    return f"{facts['processor']} ({', '.join(facts['instructions'])}), {facts['cores']} cores, {facts['threads']} threads"


def origin(records):
    """A line for each machine: what was measured there, and when."""
    commits = {}
    for facts in distinct(records):
        known = commits.setdefault(processor(facts), [])
        known += [text for text in [f"commit {facts['commit']} on {facts['date']}"] if text not in known]
    return [f"{name}: {', '.join(known)}." for name, known in commits.items()]


def figure(kind, name):
    return f"![{name.replace('-', ' ')}](../../figures/{kind}/{name}.svg)"


def study_sections(kind, found):
    if "scaling" in found:
        peak = tables.number(found["scaling"]["peak_gflop_per_s"])
        yield from ["", "## How time grows", ""]
        yield f"The fastest matrix product of the same run reached {peak} GFLOP/s (`bert conformance --perf`)."
        yield ""
        yield from (figure(kind, f"time-by-{name}") for name in ("length", "batch", "layers"))
    if "operations" in found:
        yield from ["", "## What a pass consists of", "", figure(kind, "operations"), ""]
        yield from tables.limits(found["operations"])
    if "early-exit" in found:
        yield from ["", "## Early exit", "", figure(kind, "early-exit"), ""]
        yield "The demo's model over the 872 sentences of SST-2's development set. A sentence leaves once the entropy of an"
        yield "off-ramp falls below the threshold, in batches of 32 or one sentence at a time."
        yield ""
        study = found["early-exit"]
        yield from tables.early_exit({name: study[name] for name in precisions if name in study})
    if "callers" in found:
        yield from ["", "## Concurrent callers", ""]
        yield "One `SentenceEmbedder` with MiniLM and one text per asynchronous call; each caller sends its next text as soon as it has"
        yield "an answer. A single call uses all threads, concurrent calls share them. Texts per second, and the 99th percentile of the"
        yield "latency."
        yield ""
        yield from tables.callers(found["callers"])


def section(kind, records, found):
    """The table of a kind of machine, and where the rest is."""
    yield from ["", f"## {machine.title(kind)}", "", *tables.overview(records), ""]
    yield from origin({**records, **found})
    links = f"Every runtime's times, early exit, concurrent callers: [TIMES.md](Benchmarks/results/{kind}/TIMES.md)."
    if (results / kind / "notes.md").exists():
        links += f" What limits us, and what we tried: [notes.md](Benchmarks/results/{kind}/notes.md)."
    yield from ["", links]


def times(kind, records, found):
    """Everything that was measured on a kind of machine."""
    yield from [f"# Times: {machine.title(kind)}", ""]
    yield "The rows of [BENCHMARKS.md](../../../BENCHMARKS.md) in full. A turn is one part of the time that a runtime was measured for;"
    yield "turns are given by their medians. Cosines are the lowest to PyTorch in float32: of a token's hidden state / of a"
    yield "sequence's mean, or of a vector."
    for facts in distinct(records):
        packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
        yield from ["", f"Commit {facts['commit']}, {facts['date']}: {processor(facts)}. {packages}."]
    for row in rows:
        if row.name in records and row.kind != "process":
            yield from ["", f"## {row.title}, {row.precision}", "", *tables.times(records[row.name])]
            without = list(tables.left_out([records[row.name]]))
            yield from ["", *without] if without else []
    if "process" in records:
        yield from ["", "## Process start to first vector", ""]
        yield "MiniLM-L6 in float32: a whole process, from text to vector, with its files in the page cache."
        yield from ["", *tables.processes(records["process"])]
    yield from study_sections(kind, found)


def page(kinds):
    yield from [
        "# Benchmarks", "",
        "`make bench` measures and writes this page, from the raw times in [Benchmarks/results](Benchmarks/results). A cell has our",
        "median time and, in brackets, how many times as long the fastest other runtime takes: above 1 we are faster. The others",
        "are PyTorch, ONNX Runtime, OpenVINO and CTranslate2, each in its fastest configuration, in processes timed in turn with",
        "ours. Numbers of different machines don't compare.",
    ]
    for kind in kinds:
        yield from section(kind, *measured(kind))


def measured(kind):
    """The rows and the studies of a kind of machine."""
    return load(kind, [row.name for row in rows]), load(kind, studies.all)


def newest_first(kinds):
    def date(kind):
        return max(facts["date"] for records in measured(kind) for facts in distinct(records))

    return sorted(kinds, key=date, reverse=True)


def write_summary(kind):
    """Puts the table between the README's two comments."""
    records, _ = measured(kind)
    facts = distinct({"row": next(iter(records.values()))})[0]
    text = (root / "README.md").read_text(encoding="utf-8")
    begin, end = "<!-- speed: written by Benchmarks/run -->", "<!-- /speed -->"
    head, tail = text.split(begin)[0], text.split(end)[1]
    lines = [
        begin, f"In float32 on {facts['cores']} cores of an {facts['processor']} ({machine.title(kind).split(' with ')[1]}):",
        "", *tables.summary(records), end]
    (root / "README.md").write_text(head + "\n".join(lines) + tail, encoding="utf-8")


def overview():
    """The table of this kind of machine."""
    return tables.overview(load(machine.kind(), [row.name for row in rows]))


def write():
    kinds = newest_first(machine.kinds())
    for kind in kinds:
        text = "\n".join(times(kind, *measured(kind))) + "\n"
        (results / kind / "TIMES.md").write_text(text, encoding="utf-8")
    (root / "BENCHMARKS.md").write_text("\n".join(page(kinds)) + "\n", encoding="utf-8")
    write_summary(kinds[0])


if __name__ == "__main__":
    write()
