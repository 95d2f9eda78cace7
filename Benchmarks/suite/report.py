"""Writes BENCHMARKS.md, the table in the README, and a TIMES.md for each type of machine, from the files in Benchmarks/results.

Results of different types of machines are never in the same table.
"""
import json

import machine
import studies
import tables
from places import results, root
from rows import precisions, rows


def load(kind, names):
    """Returns the stored results of rows or studies for a type of machine, by name."""
    paths = {name: results / kind / f"{name}.json" for name in names}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def distinct(records):
    """Returns the distinct machines, commits and package versions of the records."""
    return [json.loads(text) for text in sorted({json.dumps(record["machine"], sort_keys=True) for record in records.values()})]


def processor(facts):
    """Returns a short description of a machine."""
    return f"{facts['processor']} ({', '.join(facts['instructions'])}), {facts['cores']} cores, {facts['threads']} threads"


def origin(records):
    """Returns a line for each machine with the commits and dates of its measurements."""
    machines = {}
    for facts in distinct(records):
        commits = machines.setdefault(processor(facts), {}).setdefault(facts["date"], [])
        commits += [facts["commit"]] if facts["commit"] not in commits else []
    return [
        f"{name}: " + "; ".join(
            f"commit{'s' if len(commits) > 1 else ''} {', '.join(commits)} on {date}" for date, commits in days.items()) + "."
        for name, days in machines.items()]


def figure(kind, name):
    return f"![{name.replace('-', ' ')}](../../figures/{kind}/{name}.svg)"


def study_sections(kind, found):
    if "scaling" in found:
        peak = tables.number(found["scaling"]["peak_gflop_per_s"])
        yield from ["", "## Scaling", ""]
        yield f"The fastest matrix product in the same run reached {peak} GFLOP/s (`bert conformance --perf`)."
        yield ""
        yield from (figure(kind, f"time-by-{name}") for name in ("length", "batch", "layers"))
    if "operations" in found:
        yield from ["", "## Operations", "", figure(kind, "operations"), ""]
        yield from tables.limits(found["operations"])
    if "early-exit" in found:
        yield from ["", "## Early exit", "", figure(kind, "early-exit"), ""]
        yield "The demo's model on the 872 sentences of the SST-2 development set, in batches of 32 and one sentence at a time. A"
        yield "sentence exits at the first off-ramp whose entropy is below the threshold."
        yield ""
        study = found["early-exit"]
        yield from tables.early_exit({name: study[name] for name in precisions if name in study})
    if "callers" in found:
        yield from ["", "## Concurrent callers", ""]
        yield "Texts per second and 99th percentile of the latency for concurrent callers of one `SentenceEmbedder` with MiniLM. Each"
        yield "caller embeds one text per asynchronous call, without pauses. A single call uses all threads; concurrent calls share"
        yield "them."
        yield ""
        yield from tables.callers(found["callers"])


def section(kind, records, found):
    """Yields the overview of a type of machine, with links to the details."""
    yield from ["", f"## {machine.title(kind)}", "", *tables.overview(records), ""]
    yield from origin({**records, **found})
    links = f"Times of all runtimes, early exit, concurrent callers: [TIMES.md](Benchmarks/results/{kind}/TIMES.md)."
    if (results / kind / "notes.md").exists():
        links += f" Bottlenecks and experiments: [notes.md](Benchmarks/results/{kind}/notes.md)."
    yield from ["", links]


def times(kind, records, found):
    """Yields all results of a type of machine."""
    yield from [f"# Times: {machine.title(kind)}", ""]
    yield "The detailed results of [BENCHMARKS.md](../../../BENCHMARKS.md). The runtimes are measured alternately, in several turns; the"
    yield "table has the lowest and highest median of a turn. The cosine is the lowest cosine similarity to PyTorch in float32: of the"
    yield "hidden state of a token / of the mean of a sequence, or of an embedding."
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
        yield "The run time of a process that embeds one text with MiniLM-L6 in float32, with all files in the page cache."
        yield from ["", *tables.processes(records["process"])]
    yield from study_sections(kind, found)


def page(kinds):
    yield from [
        "# Benchmarks", "",
        "`make bench` generates this page; the raw times are in [Benchmarks/results](Benchmarks/results). Each cell has the median",
        "time of swift-bert and, in parentheses, the time of the fastest other runtime divided by it: above 1, swift-bert is faster.",
        "The other runtimes are PyTorch, ONNX Runtime, OpenVINO and CTranslate2, each in its fastest configuration. All runtimes",
        "run in separate processes that are measured alternately. Results of different machines are not comparable.",
    ]
    for kind in kinds:
        yield from section(kind, *measured(kind))
    yield from ["", "## Fine-tuning, search, serving, Python and clusters", ""]
    yield "`Benchmarks/training/run` compares fine-tuning with PyTorch, `Benchmarks/search/run` the search with FAISS and numpy,"
    yield "`Benchmarks/serving/run` `bert serve` with other servers, `Benchmarks/python/run` the Python package with fastembed and"
    yield "sentence-transformers, and `Benchmarks/cluster/run` one and two hosts of a Ray cluster:"
    yield ""
    names = {
        "TRAINING": "fine-tuning", "SST2": "training on SST-2", "SEARCH": "search", "SERVING": "serving", "PYTHON": "Python",
        "CLUSTER": "two hosts"}
    for path in sorted(path for stem in names for path in results.glob(f"*/{stem}.md")):
        name = names[path.stem]
        yield f"- [{name}, {machine.title(path.parent.name)}]({path.relative_to(root)})"


def measured(kind):
    """Returns the results of the rows and of the studies for a type of machine."""
    return load(kind, [row.name for row in rows]), load(kind, studies.all)


def newest_first(kinds):
    def date(kind):
        return max(facts["date"] for records in measured(kind) for facts in distinct(records))

    return sorted(kinds, key=date, reverse=True)


def write_summary(kind):
    """Replaces the table between the two comments in the README."""
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
    """Returns the overview table of this type of machine."""
    return tables.overview(load(machine.kind(), [row.name for row in rows]))


def write():
    kinds = newest_first(kind for kind in machine.kinds() if measured(kind)[0])
    for kind in kinds:
        text = "\n".join(times(kind, *measured(kind))) + "\n"
        (results / kind / "TIMES.md").write_text(text, encoding="utf-8")
    (root / "BENCHMARKS.md").write_text("\n".join(page(kinds)) + "\n", encoding="utf-8")
    write_summary(kinds[0])


if __name__ == "__main__":
    write()
