"""Runs the workers of a row in turn and keeps what they took."""
import numpy

import corpus
from places import work
from workers import Unavailable


def cosines(values, reference):
    """Between the rows of two arrays."""
    products = (values * reference).sum(-1)
    return products / (numpy.linalg.norm(values, axis=-1) * numpy.linalg.norm(reference, axis=-1))


def quality(values, reference):
    """The least cosines to the reference, of a vector and (of hidden states [batch, length, width]) of a sequence's mean."""
    values, reference = values.astype(numpy.float64).reshape(reference.shape), reference.astype(numpy.float64)
    result = {"cosine": float(cosines(values, reference).min())}
    if reference.ndim == 3:
        result["mean_cosine"] = float(cosines(values.mean(1), reference.mean(1)).min())
    return result


def bind(worker, row, patience=None):
    """Gives a worker a row's input; gives what came out, [1000, width] or [batch, length, width], and the first pass's ms."""
    if row.kind == "texts":
        path = work / "texts.txt"
        path.write_text("".join(text + "\n" for text in corpus.sentences()), encoding="utf-8")
        values, first = worker.bind(path, patience=patience)
        return values.reshape(1000, -1), first
    path = work / f"ids-{row.batch}x{row.length}"
    corpus.token_ids(row.batch, row.length).astype("int32").tofile(path)
    values, first = worker.bind(row.batch, row.length, path, patience=patience)
    return values.reshape(row.batch, row.length, -1), first


# Seconds that a first pass of another runtime may take, compiling included: one that needs more is the best of no row.
patience = 300
# Turns that each worker gets that isn't far behind, however long one takes.
fewest = 5
# How often as many turns again are taken as long as those of ours or of the best other one disagree.
most_rounds = 3


def median(entry):
    return float(numpy.median([time for times in entry["turns_ms"] for time in times]))


def is_beaten(entry, entries, seconds):
    """Whether a worker has shown that it can't be the best one, and would only take time from those that can: in a few turns,
    or in ten times as long as it is given.
    """
    if len(entry["turns_ms"]) < fewest and sum(map(sum, entry["turns_ms"])) <= 1e4 * seconds:
        return False
    return median(entry) > 1.5 * min(median(other) for other in entries.values() if other["turns_ms"])


def is_unsettled(entries):
    """Whether half of the turns of ours, or of the best other one, are further apart than rows are to be compared."""
    peers = sorted((entry["median_ms"], name) for name, entry in entries.items() if name != "swift-bert")
    for name in {"swift-bert", *(name for _, name in peers[:1])} & entries.keys():
        low, high = numpy.percentile([numpy.median(turn) for turn in entries[name]["turns_ms"]], [25, 75])
        if high > 1.15 * low:
            return True
    return False


def measure(row, workers, reference, seconds):
    """Times each worker for about so many seconds in turns; gives a dictionary of results by name, and one of reasons of
    those that can't do this row.

    Turns are many and short: on a virtual machine what a processor gives changes within seconds. Each begins with the next
    worker, so that what a turn does to the one behind it meets all of them. A machine that changed meanwhile gets more turns.
    """
    entries, turns, share, left_out = {}, {}, {}, {}
    for worker in workers:
        try:
            values, first = bind(worker, row, None if worker.name == "swift-bert" else patience)
            # The first pass makes what later ones find; behind a long one that counts for little.
            (likely,) = worker.ask("time", 0, 1) if first < 1e3 else [first]
        except Unavailable as error:
            left_out[worker.name] = str(error)
            continue
        turns[worker.name] = max(fewest, min(24, round(seconds * 1e3 / likely)))
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
