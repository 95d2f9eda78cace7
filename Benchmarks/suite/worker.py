"""A process that measures one runtime on request: `worker.py encoder|texts RUNTIME MODEL PRECISION`.

Prints `ready` and a description, then answers each line of standard input with a line of tab-separated fields. If the runtime
can't run on this machine, the answer is `unavailable` and the reason.

    shape BATCH LENGTH IDS OUT   binds int32 ids of a file, runs once, writes float32 hidden states      first pass in ms
    texts IN OUT                 binds the lines of a file, runs once, writes float32 vectors            first pass in ms
    time SECONDS MOST            runs for so long, at least once and at most so often                   ms of each pass
"""
import os
import sys
import time
import traceback

import numpy

import embedding
import runtimes
from places import plain


def milliseconds(call):
    start = time.perf_counter()
    result = call()
    return (time.perf_counter() - start) * 1e3, result


def made():
    """Returns the subject to measure and its description."""
    if runtime == "sentence-transformers":
        subject = embedding.SentenceTransformers(precision)
        return subject, subject.description
    encoder = runtimes.all[runtime](model, precision)
    return embedding.Embedder(encoder) if kind == "texts" else encoder, encoder.description


def answered(verb, arguments):
    """Executes a command and returns the fields of the answer. `time` runs the shape or texts that were bound before."""
    global call
    if verb == "shape":
        batch, length = map(int, arguments[:2])
        ids = numpy.fromfile(arguments[2], dtype=numpy.int32).reshape(batch, length).astype(numpy.int64)
        call = subject.bind(ids, numpy.ones_like(ids))
        first, result = milliseconds(call)
        numpy.ascontiguousarray(subject.array(result), dtype=numpy.float32).tofile(arguments[3])
        return [first]
    if verb == "texts":
        texts = open(arguments[0], encoding="utf-8").read().split("\n")[:-1]
        call = lambda: subject(texts)  # noqa: E731
        first, result = milliseconds(call)
        result.tofile(arguments[1])
        return [first]
    end, times = time.perf_counter() + float(arguments[0]), []
    while not times or (time.perf_counter() < end and len(times) < int(arguments[1])):
        times.append(milliseconds(call)[0])
    return times


kind, runtime, model, precision = sys.argv[1:]
# Redirects the output of libraries to standard error. Answers go to the original standard output.
answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)
try:
    subject, description = made()
except Exception as error:
    print("unavailable", plain(f"{type(error).__name__}: {error}"), sep="\t", file=answers)
    raise
print("ready", description, sep="\t", file=answers)
for line in sys.stdin:
    verb, *arguments = line.rstrip("\n").split("\t")
    try:
        print(*answered(verb, arguments), sep="\t", file=answers)
    except Exception as error:
        # The log has the details. Other shapes may still work.
        traceback.print_exc()
        print("unavailable", plain(f"{type(error).__name__}: {error}"), sep="\t", file=answers)
