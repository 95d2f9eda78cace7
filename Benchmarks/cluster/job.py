"""Embeds texts on a Ray cluster and compares the bytes with those of a single process. Called by `run`.

Appends a line of JSON to RESULTS. The throughput is measured from the start of the first batch to the end of the last one. It doesn't include the time to start
actors and to load models, which is part of the seconds of the job.
"""

import argparse
import json
import os
import time

import numpy
import pyarrow
import ray
import ray.util.scheduling_strategies

import swift_bert
from swift_bert.ray import Embed

WORDS = "a great film that is slow but good and they watched the movie in the end with a friend".split()


def text(index):
    return " ".join(WORDS[(index * 7 + place * place) % len(WORDS)] for place in range(1 + index % 12))


class Peer:
    """sentence-transformers with one thread, as swift-bert."""

    def __init__(self, model, **_):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        self.model = SentenceTransformer(model, device="cpu")

    def __call__(self, batch):
        vectors = self.model.encode(batch["text"].to_pylist(), normalize_embeddings=True, show_progress_bar=False)
        column = pyarrow.FixedSizeListArray.from_arrays(vectors.ravel(), vectors.shape[1])
        return batch.append_column("embedding", column)


class Measured:
    """Adds the times and the host of each batch, and signals that a host has computed one, so that `run` can kill it."""

    def __init__(self, engine, *arguments, mark=None, **options):
        self.embed = (Embed if engine == "swift-bert" else Peer)(*arguments, **options)
        self.mark, self.host = mark, ray.util.get_node_ip_address()

    def __call__(self, batch):
        begun = time.time()
        made = self.embed(batch)
        for name, value in (("begun", begun), ("ended", time.time()), ("host", self.host)):
            made = made.append_column(name, pyarrow.array([value] * len(made)))
        if self.mark and not os.path.exists(self.mark):
            with open(self.mark + ".part", "w") as file:
                file.write(self.host)
            os.rename(self.mark + ".part", self.mark)
        return made


parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("texts", type=int)
parser.add_argument("results")
parser.add_argument("--hosts", type=int, required=True)
parser.add_argument("--engine", choices=["swift-bert", "sentence-transformers"], default="swift-bert")
parser.add_argument("--killed")
options = parser.parse_args()

ray.init(log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
embedder = swift_bert.SentenceEmbedder(options.model, backend="simd")
rows = [{"id": index, "text": text(index)} for index in range(options.texts)]
dataset = ray.data.from_items(rows).repartition(16)
# After one host is killed, one CPU remains for an actor and one for reading.
actors = 1 if options.killed else options.hosts
strategy = "SPREAD"
if options.killed:
    # The worker starts on the host that is killed.
    own = ray.util.get_node_ip_address()
    other, = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["NodeManagerAddress"] != own]
    strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(other, soft=True)
known = {"expect": embedder.fingerprint} if options.engine == "swift-bert" else {}
start = time.monotonic()
found = dataset.map_batches(
    Measured, batch_format="pyarrow", batch_size=128, compute=ray.data.ActorPoolStrategy(size=actors), num_cpus=1,
    scheduling_strategy=strategy, fn_constructor_args=(options.engine, options.model),
    fn_constructor_kwargs={"mark": options.killed, **known},
).take_all()
seconds = time.monotonic() - start

expected = embedder.encode([row["text"] for row in rows])
by_id = {row["id"]: numpy.float32(row["embedding"]) for row in found}
equal = sum(by_id[index].tobytes() == expected[index].tobytes() for index in range(options.texts) if index in by_id)
cosines = [float(by_id[index] @ expected[index]) for index in by_id]
used = sorted({row["host"] for row in found})
computing = max(row["ended"] for row in found) - min(row["begun"] for row in found)
alive = len([node for node in ray.nodes() if node["Alive"]])
result = json.dumps({
    "engine": options.engine, "hosts": options.hosts, "killed": options.killed is not None, "texts": options.texts,
    "equal": equal, "rows": len(found), "seconds": round(seconds, 2), "computing": round(computing, 2),
    "texts_per_second": round(options.texts / computing, 1),
    "alive": alive, "used": used,
})
print(result, flush=True)
with open(options.results, "a") as file:
    file.write(result + "\n")
complete = len(by_id) == len(found) == options.texts
if options.killed:
    # The other host had begun, and this one finished.
    begun = open(options.killed).read()
    complete = complete and begun != own and own in used and alive == 1
else:
    complete = complete and len(used) == options.hosts
same = equal == options.texts if options.engine == "swift-bert" else min(cosines) > 0.9999
os._exit(0 if complete and same else 1)
