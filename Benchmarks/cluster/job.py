"""Embeds texts on a Ray cluster and compares the bytes with those of a single process. Called by `run`."""

import argparse
import json
import os
import time

import numpy
import ray

import swift_bert
from swift_bert.ray import Embed

WORDS = "a great film that is slow but good and they watched the movie in the end with a friend".split()


def text(index):
    return " ".join(WORDS[(index * 7 + place * place) % len(WORDS)] for place in range(1 + index % 12))


class Marked(Embed):
    """Signals that the job has started, so that `run` can kill a host."""

    def __init__(self, *arguments, mark=None, **options):
        super().__init__(*arguments, **options)
        self.mark = mark

    def __call__(self, batch):
        made = super().__call__(batch)
        if self.mark:
            open(self.mark, "w").close()
        return made


parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("texts", type=int)
parser.add_argument("--hosts", type=int, required=True)
parser.add_argument("--killed")
options = parser.parse_args()

ray.init(log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
embedder = swift_bert.SentenceEmbedder(options.model, backend="simd")
rows = [{"id": index, "text": text(index)} for index in range(options.texts)]
dataset = ray.data.from_items(rows).repartition(16)
# After one host is killed, one CPU remains for an actor and one for reading.
actors = 1 if options.killed else options.hosts
start = time.monotonic()
found = dataset.map_batches(
    Marked, batch_format="pyarrow", batch_size=128, concurrency=(1, actors), num_cpus=1, scheduling_strategy="SPREAD",
    fn_constructor_args=(options.model,),
    fn_constructor_kwargs={"expect": embedder.fingerprint, "mark": options.killed},
).take_all()
seconds = time.monotonic() - start

expected = embedder.encode([row["text"] for row in rows])
by_id = {row["id"]: numpy.float32(row["embedding"]).tobytes() for row in found}
equal = sum(by_id.get(index) == expected[index].tobytes() for index in range(options.texts))
print(json.dumps({
    "engine": "ray", "hosts": options.hosts, "killed": options.killed is not None, "texts": options.texts,
    "equal": equal, "rows": len(found), "seconds": round(seconds, 2), "texts_per_second": round(options.texts / seconds, 1),
    "alive": len([node for node in ray.nodes() if node["Alive"]]),
}))
os._exit(0 if equal == options.texts == len(found) else 1)
