"""Writes BENCHMARKS.md from the files in Benchmarks/results, and from nothing else: `report.py`."""
import json

import studies
from places import results, root
from rows import precisions, rows


def load(names):
    """What was measured of these rows or studies, by name."""
    paths = {name: results / f"{name}.json" for name in names}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def number(value):
    """Three digits, for people."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio_cell(record):
    """What a row reached against the best peer, and whether that is what it is to reach."""
    if record is None:
        return "–"
    if record["ratio"] is None:
        return "no other runtime" if "swift-bert" in record["runtimes"] else "not available"
    reached = record["ratio"] >= record["target"]
    text = f"{record['ratio']:.2f} of {record['target']:g}, {record['best_peer']}"
    return f"wrong: {record['wrong']}" if record["wrong"] else f"**{text}**" if reached else text


def overview(records):
    yield "| work (batch × tokens) | " + " | ".join(precisions) + " |"
    yield "|---" * (len(precisions) + 1) + "|"
    titles = dict.fromkeys(row.title for row in rows if row.kind != "process")
    for title in titles:
        by_precision = {row.precision: records.get(row.name) for row in rows if row.title == title}
        if any(by_precision.values()):
            cells = [ratio_cell(by_precision[name]) if name in by_precision else "" for name in precisions]
            yield f"| {title} | " + " | ".join(cells) + " |"


def left_out(record):
    """Why runtimes are not in a row's table."""
    if record.get("left_out"):
        yield ""
        yield from (f"- without {name}: {reason}" for name, reason in record["left_out"].items())


def details(records):
    for row in rows:
        record = records.get(row.name)
        if record is None or row.kind == "process":
            continue
        yield from ["", f"### {row.title}, {row.precision}", "", "| runtime | median ms | lowest – highest turn | cosine |", "|---|---|---|---|"]
        for name, entry in sorted(record["runtimes"].items(), key=lambda item: item[1]["median_ms"]):
            turns = sorted(sorted(turn)[len(turn) // 2] for turn in entry["turns_ms"])
            cosine = f"{entry['cosine']:.5f}" + (f" / {entry['mean_cosine']:.5f}" if "mean_cosine" in entry else "")
            yield f"| {name} ({entry['runs']}) | {number(entry['median_ms'])} | {number(turns[0])} – {number(turns[-1])} | {cosine} |"
        yield from left_out(record)


def process_table(record):
    entries = record["runtimes"]
    mine = entries["swift-bert"]
    yield from ["| process | median s | times ours | peak MB | times ours |", "|---|---|---|---|---|"]
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["median_ms"]):
        time, memory = entry["median_ms"], entry["median_megabytes"]
        yield (f"| {name} | {time / 1e3:.3f} | {time / mine['median_ms']:.1f} | {memory:.0f} | "
               f"{memory / mine['median_megabytes']:.2f} |")
    yield from left_out(record)


def machines(records):
    """A sentence for each commit and machine that results come from."""
    for text in sorted({json.dumps(record["machine"], sort_keys=True) for record in records.values()}):
        machine = json.loads(text)
        packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
        yield (f"Commit {machine['commit']}, {machine['date']}: {machine['processor']} ({', '.join(machine['instructions'])}), "
               f"{machine['cores']} cores, {machine['threads']} threads. {packages}.")


def early_exit_table(study):
    """Accuracy by precision, and time by threshold."""
    for precision, record in study.items():
        full = record["points"][0]["accuracy"]
        yield (f"Full depth in {precision} ({record['backend']}): accuracy {100 * full:.2f} %, "
               f"{100 * (full - study['float32']['points'][0]['accuracy']):+.2f} points to float32.")
        yield ""
    record = study["float32"]
    yield f"| threshold | mean layer of {record['layers']} | accuracy | ms in batches of 32 | ms one by one |"
    yield "|---|---|---|---|---|"
    for point in record["points"]:
        name = f"{point['threshold']:g}" if point["threshold"] else "never"
        yield (f"| {name} | {point['meanLayer']:.2f} | {100 * point['accuracy']:.2f} % | {number(point['batchedMilliseconds'])} | "
               f"{number(point['singleMilliseconds'])} |")


def limits_table(study):
    """What limits each backend: how fast its products are, and what else takes long."""
    yield "| backend | batch | linear layers, GFLOP/s | their share | attention, GFLOP/s | its share | the rest |"
    yield "|---|---|---|---|---|---|---|"
    for record in study["passes"]:
        rows = {row["operation"]: row for row in record["operations"]}
        linear, attention = rows["linear"], rows["attention"]
        rest = 1 - linear["share"] - attention["share"]
        yield (f"| {record['backend']} | {record['batch']}×{record['length']} | {number(linear['gflop_per_s'])} | {linear['share']:.0%} | "
               f"{number(attention['gflop_per_s'])} | {attention['share']:.0%} | {rest:.0%} |")


def study_sections(found):
    if "scaling" in found:
        yield from ["", "## How time grows", ""]
        yield f"Against the fastest product of the same run, {number(found['scaling']['peak_gflop_per_s'])} GFLOP/s (`bert conformance --perf`)."
        yield ""
        yield from (f"![time by {name}](Benchmarks/figures/time-by-{name}.svg)" for name in ("length", "batch", "layers"))
    if "operations" in found:
        yield from ["", "## What a pass consists of", "", "![operations](Benchmarks/figures/operations.svg)", ""]
        yield from limits_table(found["operations"])
    if "early-exit" in found:
        yield from ["", "## Early exit", "", "![early exit](Benchmarks/figures/early-exit.svg)", ""]
        yield "The small model of the program over the 872 sentences of SST-2's development set, by the entropy below which a sentence"
        yield "leaves: in batches from which it leaves alone, and one sentence after the other."
        yield ""
        study = found["early-exit"]
        yield from early_exit_table({name: study[name] for name in precisions if name in study})


def text(records, found):
    yield from [
        "# Benchmarks", "",
        "`make bench` measures and writes this page, from the raw times in [Benchmarks/results](Benchmarks/results). A number is",
        "the best other runtime's median time divided by ours, of processes that were timed in turn in the same run, then what",
        "it is to reach and which runtime was the best; bold is reached.", "",
    ]
    for machine in machines(records):
        yield from [machine, ""]
    yield from overview(records)
    yield ""
    if "process" in records:
        yield from ["## Process start to first vector", ""]
        yield "MiniLM-L6 in float32: a whole process, text in, vector out, files in the page cache. To reach: 4 times as fast as"
        yield "the fastest other one, 60 times sentence-transformers; half of CTranslate2's memory."
        yield ""
        yield from process_table(records["process"])
        yield ""
    yield from ["## Times", ""]
    yield "Turns are the medians of the parts that a runtime's time was measured in. Cosines are the least to PyTorch in float32: of a"
    yield "token's hidden state / of a sequence's mean, or of a vector."
    yield from details(records)
    yield from study_sections(found)


def write():
    (root / "BENCHMARKS.md").write_text("\n".join(text(load(row.name for row in rows), load(studies.all))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
