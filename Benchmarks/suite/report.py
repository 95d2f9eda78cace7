"""Writes BENCHMARKS.md, and TIMES.md for each kind of machine, from the files in Benchmarks/results and from nothing else:
`report.py`. Results of different kinds of machines are never in one table.
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
    return f"![{name.replace('-', ' ')}](Benchmarks/figures/{kind}/{name}.svg)"


def study_sections(kind, found):
    if "scaling" in found:
        peak = tables.number(found["scaling"]["peak_gflop_per_s"])
        yield from ["", "### How time grows", ""]
        yield f"Against the fastest product of the same run, {peak} GFLOP/s (`bert conformance --perf`)."
        yield ""
        yield from (figure(kind, f"time-by-{name}") for name in ("length", "batch", "layers"))
    if "operations" in found:
        yield from ["", "### What a pass consists of", "", figure(kind, "operations"), ""]
        yield from tables.limits(found["operations"])
    if "early-exit" in found:
        yield from ["", "### Early exit", "", figure(kind, "early-exit"), ""]
        yield "The small model of the program over the 872 sentences of SST-2's development set, by the entropy below which a"
        yield "sentence leaves: in batches from which it leaves alone, and one sentence after the other."
        yield ""
        study = found["early-exit"]
        yield from tables.early_exit({name: study[name] for name in precisions if name in study})
    if "callers" in found:
        yield from ["", "### Callers at a time", ""]
        yield "One `SentenceEmbedder` with MiniLM, one text in each asynchronous call; a caller asks again as soon as it is answered."
        yield "One call at a time has all threads, several share them. Texts a second, and the milliseconds that one call of a hundred"
        yield "takes longer than."
        yield ""
        yield from tables.callers(found["callers"])


def section(kind, records, found):
    """What a kind of machine showed, the most telling first."""
    yield from ["", f"## {machine.title(kind)}", ""]
    yield from tables.overview(records)
    yield ""
    yield from origin({**records, **found})
    yield f"Every runtime's times and versions: [TIMES.md](Benchmarks/results/{kind}/TIMES.md)."
    without = list(tables.left_out(records.values()))
    if without:
        yield from ["", "Runtimes that were left out of rows:", "", *without]
    notes = results / kind / "notes.md"
    if notes.exists():
        yield from ["", notes.read_text(encoding="utf-8").strip()]
    if "process" in records:
        yield from ["", "### Process start to first vector", ""]
        yield "MiniLM-L6 in float32: a whole process, text in, vector out, files in the page cache. To reach: 4 times as fast as"
        yield "the fastest other one, 60 times sentence-transformers; half of CTranslate2's memory."
        yield ""
        yield from tables.processes(records["process"])
    yield from study_sections(kind, found)


def times(kind, records):
    """A row after the other, with what the page of all machines has no room for."""
    yield from [f"# Times: {machine.title(kind)}", ""]
    yield "The rows of [BENCHMARKS.md](../../../BENCHMARKS.md) in full. Turns are the medians of the parts that a runtime's time was"
    yield "measured in. Cosines are the least to PyTorch in float32: of a token's hidden state / of a sequence's mean, or of a vector."
    for facts in distinct(records):
        packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
        yield from ["", f"Commit {facts['commit']}, {facts['date']}: {processor(facts)}. {packages}."]
    for row in rows:
        if row.name in records and row.kind != "process":
            yield from ["", f"## {row.title}, {row.precision}", "", *tables.times(records[row.name])]
            without = list(tables.left_out([records[row.name]]))
            yield from ["", *without] if without else []


def page(kinds):
    yield from [
        "# Benchmarks", "",
        "`make bench` measures and writes this page, from the raw times in [Benchmarks/results](Benchmarks/results). Numbers of",
        "different machines don't compare: each kind has a section. A number is the best other runtime's median time divided by",
        "ours, of processes that were timed in turn in the same run, then what it is to reach and which runtime was the best; bold",
        "is reached.",
    ]
    for kind in kinds:
        yield from section(kind, load(kind, [row.name for row in rows]), load(kind, studies.all))


def overview():
    """The table of this kind of machine."""
    return tables.overview(load(machine.kind(), [row.name for row in rows]))


def write():
    kinds = machine.kinds()
    for kind in kinds:
        text = "\n".join(times(kind, load(kind, [row.name for row in rows]))) + "\n"
        (results / kind / "TIMES.md").write_text(text, encoding="utf-8")
    (root / "BENCHMARKS.md").write_text("\n".join(page(kinds)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
