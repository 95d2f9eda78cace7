"""Measures the workers of a row alternately."""
import numpy

import corpus
from places import work
from workers import Unavailable


def cosines(values, reference):
    """Returns the cosine similarity between the rows of two arrays."""
    products = (values * reference).sum(-1)
    return products / (numpy.linalg.norm(values, axis=-1) * numpy.linalg.norm(reference, axis=-1))


def quality(values, reference):
    """Returns the lowest cosine to the reference, of vectors and, for hidden states [batch, length, width], of means."""
    values, reference = values.astype(numpy.float64).reshape(reference.shape), reference.astype(numpy.float64)
    result = {"cosine": float(cosines(values, reference).min())}
    if reference.ndim == 3:
        result["mean_cosine"] = float(cosines(values.mean(1), reference.mean(1)).min())
    return result


def bind(worker, row, patience=None):
    """Sends the input to a worker. Returns the output, [1000, width] or [batch, length, width], and the first time in ms."""
    if row.kind == "texts":
        path = work / "texts.txt"
        path.write_text("".join(text + "\n" for text in corpus.sentences()), encoding="utf-8")
        values, first = worker.bind(path, patience=patience)
        return values.reshape(1000, -1), first
    path = work / f"ids-{row.batch}x{row.length}"
    corpus.token_ids(row.batch, row.length).astype("int32").tofile(path)
    values, first = worker.bind(row.batch, row.length, path, patience=patience)
    return values.reshape(row.batch, row.length, -1), first


# Maximum seconds for the first pass of another runtime, including compilation.
patience = 300
# Minimum number of turns of each worker that is not far behind, and of one whose passes take more than 3 s.
fewest, fewest_of_long = 5, 2
# Maximum number of rounds of turns while those of swift-bert or the fastest other runtime vary too much.
most_rounds = 3


def median(entry):
    return float(numpy.median([time for times in entry["turns_ms"] for time in times]))


def is_beaten(entry, entries, seconds):
    """Returns whether a worker can't be the fastest one, after a few turns or ten times its share of time."""
    if len(entry["turns_ms"]) < fewest and sum(map(sum, entry["turns_ms"])) <= 1e4 * seconds:
        return False
    return median(entry) > 1.5 * min(median(other) for other in entries.values() if other["turns_ms"])


def is_unsettled(entries):
    """Returns whether half of the turns of swift-bert, or of the fastest other runtime, differ by more than 15 %."""
    peers = sorted((entry["median_ms"], name) for name, entry in entries.items() if name != "swift-bert")
    for name in {"swift-bert", *(name for _, name in peers[:1])} & entries.keys():
        low, high = numpy.percentile([numpy.median(turn) for turn in entries[name]["turns_ms"]], [25, 75])
        if high > 1.15 * low:
            return True
    return False


def measure(row, workers, reference, seconds):
    """Measures the workers alternately, for about the given seconds each. Returns the results by name, and the reasons
    of workers that can't run this row.

    There are many short turns, because the speed of a virtual machine changes within seconds. Each round starts with
    another worker, so that all workers are affected by their predecessor. If turns vary too much, there are more turns.
    """
    entries, turns, share, left_out = {}, {}, {}, {}
    for worker in workers:
        try:
            values, first = bind(worker, row, None if worker.name == "swift-bert" else patience)
            # The first pass includes initialization. After a long one, this is negligible.
            (likely,) = worker.ask("time", 0, 1) if first < 1e3 else [first]
        except Unavailable as error:
            left_out[worker.name] = str(error)
            continue
        least = fewest if likely < 3e3 else fewest_of_long
        turns[worker.name] = max(least, min(24, round(seconds * 1e3 / likely)))
        share[worker.name] = seconds / turns[worker.name]
        entries[worker.name] = {"runs": worker.description, "first_ms": first, **quality(values, reference), "turns_ms": []}
    for _ in range(most_rounds):
        for turn in range(max(turns.values(), default=0)):
            shift = turn % len(workers)
            for worker in workers[shift:] + workers[:shift]:
                entry = entries.get(worker.name)
                if entry is None or turn >= turns[worker.name] or is_beaten(entry, entries, seconds):
                    continue
                try:
                    entry["turns_ms"].append([round(time, 4) for time in worker.ask("time", share[worker.name], 50)])
                except Unavailable as error:
                    left_out[worker.name] = str(error)
                    del entries[worker.name]
        for entry in entries.values():
            entry["median_ms"] = median(entry)
        if not is_unsettled(entries):
            break
    return entries, left_out
