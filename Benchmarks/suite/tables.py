"""Tables and lists of the results, as lines of Markdown."""
from rows import precisions, rows


def number(value):
    """Formats a number with three significant digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def duration(milliseconds):
    return f"{number(milliseconds / 1e3)} s" if milliseconds >= 1e3 else f"{number(milliseconds)} ms"


def cell(record):
    """Returns the time of swift-bert, and the time of the fastest other runtime divided by it."""
    if record is None:
        return "–"
    if record["wrong"]:
        return f"wrong: {record['wrong']}"
    if "swift-bert" not in record["runtimes"]:
        return "not available"
    time = duration(record["runtimes"]["swift-bert"]["median_ms"])
    return f"{time} ({record['ratio']:.2f}×)" if record["ratio"] else time


def overview(records):
    """Yields a table with a row for each workload and a column for each precision."""
    yield "| workload (batch × tokens) | " + " | ".join(precisions) + " |"
    yield "|---" * (len(precisions) + 1) + "|"
    for title in dict.fromkeys(row.title for row in rows):
        by_precision = {row.precision: records.get(row.name) for row in rows if row.title == title}
        if any(by_precision.values()):
            cells = [cell(by_precision[name]) if name in by_precision else "" for name in precisions]
            yield f"| {title} | " + " | ".join(cells) + " |"


def summary(records):
    """Yields the table for the README, with the times of the fastest other runtime."""
    yield from ["| workload (batch × tokens) | swift-bert | fastest other runtime | ratio |", "|---|---|---|---|"]
    for row in rows:
        record = records.get(row.name)
        if row.in_summary and record and record["ratio"]:
            mine, other = (record["runtimes"][name]["median_ms"] for name in ("swift-bert", record["best_peer"]))
            yield (f"| {row.title} | {duration(mine)} | {duration(other)} ({record['best_peer']}) | "
                   f"{record['ratio']:.2f}× |")


def left_out(records):
    """Yields a line for each runtime that is missing from the records, with the reason."""
    counts = {}
    for record in records:
        for pair in record.get("left_out", {}).items():
            counts[pair] = counts.get(pair, 0) + 1
    for (name, reason), count in counts.items():
        yield f"- without {name}" + (f", {count} rows" if count > 1 else "") + f": {reason}"


def times(record):
    """Yields the times of all runtimes, fastest first."""
    yield from ["| runtime | median ms | lowest – highest turn | cosine |", "|---|---|---|---|"]
    for name, entry in sorted(record["runtimes"].items(), key=lambda item: item[1]["median_ms"]):
        turns = sorted(sorted(turn)[len(turn) // 2] for turn in entry["turns_ms"])
        span = f"{number(turns[0])} – {number(turns[-1])}"
        cosine = f"{entry['cosine']:.5f}" + (f" / {entry['mean_cosine']:.5f}" if "mean_cosine" in entry else "")
        yield f"| {name} ({entry['runs']}) | {number(entry['median_ms'])} | {span} | {cosine} |"


def processes(record):
    entries = record["runtimes"]
    mine = entries["swift-bert"]
    yield from ["| process | median s | relative time | peak MB | relative memory |", "|---|---|---|---|---|"]
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["median_ms"]):
        time, memory = entry["median_ms"], entry["median_megabytes"]
        yield (f"| {name} | {time / 1e3:.3f} | {time / mine['median_ms']:.1f} | {memory:.0f} | "
               f"{memory / mine['median_megabytes']:.2f} |")


def early_exit(study):
    """Yields the accuracy by precision and the time by threshold."""
    for precision, record in study.items():
        full = record["points"][0]["accuracy"]
        yield (f"Full depth in {precision} ({record['backend']}): accuracy {100 * full:.2f} %, "
               f"{100 * (full - study['float32']['points'][0]['accuracy']):+.2f} points to float32.")
        yield ""
    record = study["float32"]
    yield f"| threshold | mean exit layer of {record['layers']} | accuracy | ms, batches of 32 | ms, single sentences |"
    yield "|---|---|---|---|---|"
    for point in record["points"]:
        name = f"{point['threshold']:g}" if point["threshold"] else "never"
        batched, single = number(point["batchedMilliseconds"]), number(point["singleMilliseconds"])
        yield f"| {name} | {point['meanLayer']:.2f} | {100 * point['accuracy']:.2f} % | {batched} | {single} |"


def limits(study):
    """Yields the throughput and share of linear layers and attention for each backend."""
    yield "| backend | batch | linear layers, GFLOP/s | share | attention, GFLOP/s | share | other |"
    yield "|---|---|---|---|---|---|---|"
    for record in study["passes"]:
        parts = {row["operation"]: row for row in record["operations"]}
        cells = [record["backend"], f"{record['batch']}×{record['length']}"]
        for part in (parts["linear"], parts["attention"]):
            cells += [number(part["gflop_per_s"]), f"{part['share']:.0%}"]
        rest = 1 - parts["linear"]["share"] - parts["attention"]["share"]
        yield "| " + " | ".join(cells) + f" | {rest:.0%} |"


def callers(study):
    """Yields the throughput and the 99th percentile of the latency by number of callers."""
    counts = list(dict.fromkeys(point["callers"] for record in study["backends"] for point in record["points"]))
    yield "| backend | tokens | " + " | ".join(f"{count} caller{'s' * (count > 1)}" for count in counts) + " |"
    yield "|---" * (2 + len(counts)) + "|"
    for record in study["backends"]:
        for tokens in dict.fromkeys(point["tokens"] for point in record["points"]):
            points = [point for point in record["points"] if point["tokens"] == tokens]
            cells = [f"{number(point['textsPerSecond'])} / s, {number(point['p99'])} ms" for point in points]
            yield f"| {record['backend']} | {tokens} | " + " | ".join(cells) + " |"
