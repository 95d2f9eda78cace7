#!/usr/bin/env python3
"""Measures `bert serve` under load, from the same machine over loopback, and prints one JSON object.

    Benchmarks/serving/load.py --bert .build-serve/release/bert [--model FOLDER] [--seconds 10]

Build with `swift build -c release --traits Server --scratch-path .build-serve --product bert`. Clients use CPU time
too, so results are lower than with clients on another machine. Only requires the standard library.

start       seconds until the server listens, and until its models are loaded
callers     1, 8 and 32 callers with one text each, all texts different: texts per second, milliseconds
offline     texts per second of `bert embed` with the same texts, without the time to start
mixed       one short text concurrent with two callers that send requests of 64 texts: milliseconds of both
overload    twice as many callers as a small queue can hold: share of rejected requests, milliseconds of both kinds
idle        megabytes used by idle connections
exits       SST-2-like texts on the built-in model, 32 callers: requests per second without early exit and at entropy 0.25
"""
import argparse
import http.client
import json
import pathlib
import random
import socket
import statistics
import subprocess
import tempfile
import threading
import time

parser = argparse.ArgumentParser(description="Load on bert serve.")
parser.add_argument("--bert", default=".build-serve/release/bert")
parser.add_argument("--model", default=".models/all-MiniLM-L6-v2")
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--only", default="", help="sections to run, separated by commas (default: all)")
parser.add_argument("--connections", type=int, default=2000, help="that do nothing")
arguments = parser.parse_args()

SHORT = "A man is eating a piece of bread."
LONG = "The river runs through the old town and past the market " * 20
REVIEWS = ["A charming journey.", "I expected little and got less.", "Slow, quiet and very nearly perfect.",
           "Not a masterpiece, but I would watch it again tomorrow.", "Ten minutes that feel like two hours."]


class Server:
    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        port = pathlib.Path(self.folder.name) / "port"
        started = time.monotonic()
        self.process = subprocess.Popen(
            [arguments.bert, "serve", "--demo", "--model", f"minilm={arguments.model}", "--port", "0",
             "--port-file", port, *options], stderr=subprocess.DEVNULL)
        while not port.exists():
            time.sleep(0.005)
        self.port = int(port.read_text())
        self.listening = time.monotonic() - started
        while self.get("/health")[0] != 200:
            time.sleep(0.005)
        self.ready = time.monotonic() - started

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def metric(self, name):
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def caller(server, path, body, end, times, statuses):
    """Sends one request after another on one connection until the end. A bare socket uses the least CPU time."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while time.monotonic() < end:
        data = json.dumps(body() if callable(body) else body).encode()
        request = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   f"Content-Length: {len(data)}\r\n\r\n").encode() + data
        started = time.monotonic()
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(1 << 16)
            assert part, "the server closed the connection"
            answer += part
        head, _, rest = answer.partition(b"\r\n\r\n")
        left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(rest)
        while left > 0:
            left -= len(connection.recv(1 << 16))
        times.append((time.monotonic() - started) * 1000)
        statuses.append(int(head.split(b" ", 2)[1]))
    connection.close()


def load(server, callers, path, body, seconds=None):
    seconds = seconds or arguments.seconds
    times, statuses = [], []
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=caller, args=(server, path, body, end, times, statuses)) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, statuses, seconds


def quantiles(times):
    if len(times) < 2:
        return {}
    cuts = statistics.quantiles(times, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


def embedding(*texts):
    return {"model": "minilm", "input": list(texts), "encoding_format": "base64"}


WORDS = SHORT.lower().rstrip(".").split()


def sentences(count):
    """Different texts of eight words."""
    chance = random.Random(1)
    return [" ".join(chance.choice(WORDS) for _ in range(8)) for _ in range(count)]


def embed_offline(texts):
    """The seconds that `bert embed` takes for texts."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "texts"
        file.write_text("".join(f"{text}\n" for text in texts))
        started = time.monotonic()
        subprocess.run(
            [arguments.bert, "embed", "--model", arguments.model, "--input", file, "--output",
             pathlib.Path(folder) / "vectors.npy"], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return time.monotonic() - started


def wants(section):
    return not arguments.only or section in arguments.only.split(",")


report = {}
with Server() as server:
    report["start"] = {"listening": round(server.listening, 3), "ready": round(server.ready, 3)}
    texts = sentences(20_000)
    if wants("callers"):
        report["callers"] = {}
        for callers in (1, 8, 32):
            def body():
                return embedding(random.choice(texts))
            load(server, callers, "/v1/embeddings", body, 2)
            times, statuses, seconds = load(server, callers, "/v1/embeddings", body)
            assert set(statuses) == {200}, set(statuses)
            report["callers"][callers] = quantiles(times) | {"texts_per_second": round(len(times) / seconds)}
        report["resident_megabytes"] = round(server.metric("process_resident_memory_bytes") / 1e6)

if wants("offline"):
    few, many = embed_offline(texts[:10]), embed_offline(texts)
    report["offline"] = {"texts_per_second": round((len(texts) - 10) / (many - few))}

if arguments.only and not wants("mixed"):
    print(json.dumps(report, indent=2))
    raise SystemExit

with Server() as server:
    load(server, 4, "/v1/embeddings", embedding(SHORT), 1)
    big, ignored = [], []
    end = time.monotonic() + arguments.seconds
    beside = [threading.Thread(target=caller, args=(server, "/v1/embeddings", embedding(*[LONG] * 64), end, big, ignored))
              for _ in range(2)]
    for thread in beside:
        thread.start()
    time.sleep(1)
    times, statuses, _ = load(server, 1, "/v1/embeddings", embedding(SHORT), arguments.seconds - 1.5)
    for thread in beside:
        thread.join()
    report["mixed"] = {"single": quantiles(times), "big_median": round(statistics.median(big), 1)}

    before = server.metric("process_resident_memory_bytes")
    idle = []
    for _ in range(arguments.connections):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(4096)
        idle.append(connection)
    report["idle"] = {
        "connections": len(idle),
        "megabytes": round((server.metric("process_resident_memory_bytes") - before) / 1e6, 1)}
    for connection in idle:
        connection.close()

    exits = {}
    for name, exit in (("full", {"policy": "none"}), ("entropy 0.25", {"policy": "entropy", "threshold": 0.25})):
        body = {"inputs": [[text] for text in REVIEWS], "exit": exit}
        times, _, seconds = load(server, 32, "/models/demo/predict", body)
        exits[name] = round(len(times) / seconds)
    report["exits"] = exits

with Server("--max-queue-tokens", "2000") as server:
    load(server, 4, "/v1/embeddings", embedding(SHORT), 1)
    times, statuses, seconds = load(server, 64, "/v1/embeddings", embedding(*[SHORT] * 16))
    refused = [time for time, status in zip(times, statuses) if status == 429]
    taken = [time for time, status in zip(times, statuses) if status == 200]
    others = sorted(set(statuses) - {200, 429})
    report["overload"] = {
        "taken_per_second": round(len(taken) / seconds), "refused_per_second": round(len(refused) / seconds),
        "taken": quantiles(taken), "refused": quantiles(refused), "other_statuses": others}
print(json.dumps(report, indent=2))
