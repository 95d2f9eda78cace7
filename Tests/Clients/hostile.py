"""Hostile clients, overload and shutdown of `bert serve`; see scripts/check-clients.

Usage: hostile.py BERT

BERT is a program built with the trait Server. Only requires the standard library. Each test starts its own server.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BERT = str(pathlib.Path(sys.argv[1]).resolve())
ONLY = sys.argv[2:]
ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/Fixtures"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
HOST = b"Host: localhost\r\n"
HEALTH = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"


class Server:
    def __init__(self, *options, descriptors=None, **variables):
        self.port_file = WORK / f"port-{os.urandom(4).hex()}"
        self.log = WORK / f"log-{os.urandom(4).hex()}"

        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.process = subprocess.Popen(
            [BERT, "serve", "--demo", "--port", "0", "--port-file", self.port_file, *options], stderr=open(self.log, "w"),
            env={**os.environ, **variables}, preexec_fn=limit)
        end = time.monotonic() + 60
        while "loaded: " not in self.text:
            assert self.process.poll() is None and time.monotonic() < end, self.text
            time.sleep(0.01)
        self.port = int(self.port_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        ended = self.process.poll()
        if ended is None:
            self.process.terminate()
            ended = self.process.wait(60)
        assert kind or ended == 0, (ended, self.text[-3000:])

    @property
    def text(self):
        return self.log.read_text()

    def connect(self, timeout=30.0):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(timeout)
        return connection

    def post(self, path, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", path, data, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        with contextlib.closing(connection):
            return answer.status, answer.read()

    def metric(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def resident(self):
        """Megabytes."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024


def wait(condition, seconds=20, words=""):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, words
        time.sleep(0.02)


def request(path, body, headers=b""):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (b"POST " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + headers
            + b"Content-Length: %d\r\n\r\n" % len(data) + data)


def responses(connection, count=1):
    """Reads complete responses. Returns their statuses, headers and bodies, fewer at the end of the connection."""
    found, data = [], b""
    while len(found) < count:
        while b"\r\n\r\n" not in data:
            part = connection.recv(1 << 16)
            if not part:
                return found
            data += part
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        while len(data) < length:
            part = connection.recv(1 << 16)
            assert part, ("an incomplete response", head)
            data += part
        found.append((int(head[9:12]), head.lower(), data[:length]))
        data = data[length:]
    return found


TESTS = []


def test(function):
    TESTS.append(function)
    return function


@test
def sigterm_loses_no_request():
    """SIGTERM under load: every request is answered, and the last answer of a connection says that it is closed"""
    for turn in range(3):
        with Server() as server:
            faults, counts, stopped = [], [0] * 32, [0]

            def ask(place):
                with server.connect() as connection:
                    while True:
                        try:
                            connection.sendall(request("/predict", {"inputs": f"a charming journey {place}"}))
                            answer = responses(connection)
                        except OSError as error:
                            return faults.append((place, counts[place], repr(error)))
                        if not answer:
                            return faults.append((place, counts[place], "closed without a response"))
                        if answer[0][0] != 200:
                            return faults.append((place, answer))
                        counts[place] += 1
                        if b"connection: close" in answer[0][1]:
                            stopped[0] += 1
                            return None
                        if place % 2:
                            time.sleep(0.002 * (place % 7))

            threads = [threading.Thread(target=ask, args=(place,)) for place in range(32)]
            for thread in threads:
                thread.start()
            wait(lambda: min(counts) > 3)
            server.process.terminate()
            for thread in threads:
                thread.join()
            assert not faults, faults
            assert server.process.wait(60) == 0, server.text


@test
def idle_connections_end_with_the_server():
    """SIGTERM with idle connections: the server ends within seconds"""
    with Server() as server:
        idle = [server.connect() for _ in range(50)]
        for connection in idle[:25]:
            connection.sendall(HEALTH)
            assert responses(connection)[0][0] == 200
        idle[30].sendall(b"GET / HT")
        started = time.monotonic()
        server.process.terminate()
        assert server.process.wait(60) == 0, server.text
        assert time.monotonic() - started < 15, time.monotonic() - started


@test
def idle_connections_are_closed():
    """idle connections are closed after 75 s, and those with requests are not"""
    with Server() as server:
        idle = [server.connect() for _ in range(20)]
        for connection in idle[:10]:
            connection.sendall(HEALTH)
            assert responses(connection)[0][0] == 200
        started, used, ends = time.monotonic(), server.connect(), []
        while idle and time.monotonic() - started < 90:
            used.sendall(HEALTH)
            assert responses(used)[0][0] == 200
            time.sleep(1)
            for connection in list(idle):
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    assert connection.recv(100) == b""
                    ends.append(time.monotonic() - started)
                    idle.remove(connection)
        assert not idle and 74 < min(ends) and max(ends) < 84, (len(idle), ends)
        used.sendall(HEALTH)
        assert responses(used)[0][0] == 200


@test
def many_slow_heads():
    """slowloris: 1,000 connections that send a byte a second are closed after 10 s, and others are served meanwhile"""
    with Server() as server:
        slow = [server.connect() for _ in range(1000)]
        for connection in slow:
            connection.sendall(b"GET /health HTTP/1.1\r\nX")
        started, times = time.monotonic(), []
        open_ones = set(slow)
        while open_ones and time.monotonic() - started < 30:
            for connection in list(open_ones):
                try:
                    connection.sendall(b"-")
                    connection.setblocking(False)
                    if connection.recv(4096):
                        open_ones.discard(connection)
                except BlockingIOError:
                    pass
                except OSError:
                    open_ones.discard(connection)
                connection.setblocking(True)
            began = time.monotonic()
            assert server.post("/predict", {"inputs": "a charming journey"})[0] == 200
            times.append(time.monotonic() - began)
            time.sleep(0.5)
        assert not open_ones, len(open_ones)
        assert 8 < time.monotonic() - started < 20
        assert max(times) < 2, times


@test
def clients_that_do_not_read():
    """clients that send requests but never read the responses are closed, and keep little memory"""
    texts = {"inputs": ["a text"] * 3000}
    with Server("--model", f"embedder={FIXTURES}/pipelines/sentence-bert") as server:
        def deafen():
            deaf = [socket.socket() for _ in range(8)]
            for connection in deaf:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(request("/models/embedder/embed_all", texts))
            wait(lambda: server.metric("bert_inflight_requests") == 1)
            return deaf

        kept = [deafen()]
        # Pipelined requests without an end.
        flood = server.connect(1)
        with contextlib.suppress(TimeoutError):
            for _ in range(200_000):
                flood.sendall(b"GET /v1/models HTTP/1.1\r\n" + HOST + b"\r\n")
            raise AssertionError("the server reads requests while its responses aren't read")
        assert server.post("/predict", {"inputs": "a charming journey"})[0] == 200
        wait(lambda: server.metric("process_open_fds") < 30, 80, "connections that don't read stay open")
        sizes = []
        for _ in range(2):
            kept.append(deafen())
            wait(lambda: server.metric("process_open_fds") < 30, 80, "connections that don't read stay open")
            sizes.append(server.resident())
        assert sizes[1] < sizes[0] * 1.1 + 16, ("memory", sizes)

    # A client that reads slowly gets everything.
    with Server("--model", f"embedder={FIXTURES}/pipelines/sentence-bert") as server, server.connect() as connection:
        body = server.post("/models/embedder/embed_all", texts)[1]
        for headers in (b"", b"Connection: close\r\n"):
            connection = server.connect()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.sendall(request("/models/embedder/embed_all", texts, headers))
            time.sleep(4)
            assert responses(connection)[0][2] == body
            connection.close()


@test
def ambiguous_requests():
    """requests whose length is ambiguous are refused"""
    body = b'{"inputs":"a"}'
    post = b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    with Server() as server:
        for name, data in {
            "two lengths": post + b"Content-Length: 14\r\nContent-Length: 5\r\n\r\n" + body,
            "length and chunks": post + b"Content-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "unknown coding": post + b"Transfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n",
            "negative length": post + b"Content-Length: -1\r\n\r\n",
            "huge length": post + b"Content-Length: 99999999999999999999999999\r\n\r\n",
            "space before the colon": post + b"Content-Length : 14\r\n\r\n" + body,
            "a NUL in a value": post + b"X: a\0b\r\nContent-Length: 14\r\n\r\n" + body,
            "a line end in a name": post + b"X\n: a\r\nContent-Length: 14\r\n\r\n" + body,
            "huge chunk": post + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "HTTP/3.7": b"GET /health HTTP/3.7\r\n" + HOST + b"\r\n",
            "HTTP/0.9": b"GET /health\r\n\r\n",
        }.items():
            with server.connect() as connection:
                connection.sendall(data)
                answer = responses(connection)
                assert answer and 400 <= answer[0][0] < 500, (name, answer)
                assert json.loads(answer[0][2])["error"], (name, answer)
                connection.settimeout(10)
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(100) == b"", (name, "the connection stays open")
        for name, data in {
            "*": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n",
            "long": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
            "percent": b"GET /%zz%00%ff HTTP/1.1\r\n" + HOST + b"\r\n",
            "no host": b"GET /health HTTP/1.1\r\n\r\n",
            "absolute": b"GET http://localhost/nothing HTTP/1.1\r\n" + HOST + b"\r\n",
        }.items():
            with server.connect() as connection:
                connection.sendall(data)
                answer = responses(connection)
                assert answer and 400 <= answer[0][0] < 500, (name, answer)
        assert server.post("/predict", {"inputs": "a charming journey"})[0] == 200


def timed_beside(server, path, body):
    """Sends a request while another client sends short ones. Returns its status, answer and seconds, and the seconds of the
    slowest short one, which must all succeed."""
    times, done = [], threading.Event()

    def beside():
        while not done.is_set():
            began = time.monotonic()
            assert server.post("/predict", {"inputs": "a charming journey"})[0] == 200
            times.append(time.monotonic() - began)
            time.sleep(0.01)

    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        short = threads.submit(beside)
        began = time.monotonic()
        try:
            status, answer = server.post(path, body)
        finally:
            done.set()
        took = time.monotonic() - began
        short.result()
    return status, answer, took, max(times, default=0)


@test
def expensive_texts():
    """texts that are expensive to tokenize take seconds at most, and others are served meanwhile"""
    size = 7_900_000
    texts = {
        "letters": "a" * size, "combining marks": "a" + "\u0301\u0323" * (size // 4), "spaces": " " * size,
        "characters": "\u65e5" * (size // 3), "emoji": "\U0001f469\u200d" * (size // 7), "punctuation": "." * size,
        "lines": "\n" * (size // 2), "hangul": "\u1100" * (size // 3), "masks": "[MASK]" * (size // 6),
    }
    options = ["--model", f"mlm={FIXTURES}/models/bert-mlm", "--model", f"ner={FIXTURES}/pipelines/bert-ner",
               "--model", f"qa={FIXTURES}/pipelines/bert-qa", "--model", f"embedder={FIXTURES}/pipelines/sentence-bert"]
    with Server(*options) as server:
        for name, text in texts.items():
            body = json.dumps({"inputs": text}, ensure_ascii=False).encode()
            paths = {"/models/demo": body, "/models/embedder/embed": body, "/models/mlm": body, "/models/ner": body}
            paths["/models/qa"] = json.dumps(
                {"inputs": {"question": "a", "context": text}}, ensure_ascii=False).encode()
            for path, data in paths.items():
                status, answer, took, slowest = timed_beside(server, path, data)
                print(f"        {name:16} {path:24} {status} {took:.2f} s, beside it {slowest:.2f} s", flush=True)
                assert status in (200, 400, 413, 422), (name, path, status, answer[:300])
                assert took < 15 and slowest < 3, (name, path, took, slowest)
        assert server.resident() < 1500, server.resident()


@test
def expensive_parameters():
    """parameters that multiply the work of a request are limited"""
    options = ["--model", f"mlm={FIXTURES}/models/bert-mlm", "--model", f"ner={FIXTURES}/pipelines/bert-ner",
               "--model", f"qa={FIXTURES}/pipelines/bert-qa", "--model", f"embedder={FIXTURES}/pipelines/sentence-bert"]
    text = "Sarah lives in London. " * 1500
    with Server(*options) as server:
        for path, body in [
            ("/models/qa", {"inputs": {"question": "Where?", "context": text},
                            "parameters": {"doc_stride": 20, "max_seq_len": 32, "top_k": 1000, "max_answer_len": 1000000}}),
            ("/models/ner", {"inputs": text, "parameters": {"stride": 30}}),
            ("/models/mlm", {"inputs": "[MASK] " * 30, "parameters": {"top_k": 100000}}),
            ("/models/mlm", {"inputs": ["[MASK]"] * 2000, "parameters": {"top_k": 100000}}),
            ("/models/mlm", {"inputs": "[MASK]", "parameters": {"targets": ["a"] * 100000}}),
            ("/models/embedder/tokenize", {"inputs": [text] * 200}),
            ("/models/embedder/decode", {"ids": [[1] * 100000] * 10}),
            ("/models/embedder/embed_all", {"inputs": ["a " * 400] * 4000}),
            ("/models/embedder/similarity", {"inputs": {"source_sentence": "a", "sentences": ["b"] * 16000}}),
            ("/models/demo/predict", {"inputs": [["a"]] * 16384}),
        ]:
            status, answer, took, slowest = timed_beside(server, path, body)
            print(f"        {path:30} {status} {took:.2f} s, {len(answer) / 1e6:.1f} MB, beside it {slowest:.2f} s, "
                  f"{server.resident():.0f} MB", flush=True)
            assert status in (200, 400, 413, 422), (path, status, answer[:300])
            assert took < 30 and slowest < 5, (path, took, slowest)
        assert server.resident() < 2000, server.resident()


@test
def too_few_descriptors():
    """more connections than the system permits: the others wait, and are served later"""
    with Server(descriptors=120) as server:
        connections = [server.connect() for _ in range(300)]
        time.sleep(1)
        assert server.process.poll() is None, server.text
        for connection in connections[:10]:
            connection.sendall(HEALTH)
            assert responses(connection)[0][0] == 200
        for connection in connections[:280]:
            connection.close()
        for connection in connections[280:]:
            connection.sendall(HEALTH)
            assert responses(connection)[0][0] == 200, server.text[-2000:]
            connection.close()
        assert server.post("/predict", {"inputs": "a charming journey"})[0] == 200


@test
def memory_budget():
    """--memory-budget: models that don't fit together answer in turn, all of them rightly"""
    names = ["a", "b", "c"]
    models = [part for name in names for part in ("--model", f"{name}={FIXTURES}/pipelines/sentence-bert")]
    with Server(*models, "--memory-budget", "1") as server:
        expected = server.post("/models/a/embed", {"inputs": ["a text"]})
        assert expected[0] == 200
        faults = []

        def ask(place):
            for turn in range(40):
                answer = server.post(f"/models/{names[(place + turn) % 3]}/embed", {"inputs": ["a text"]})
                if answer != expected:
                    faults.append(answer)

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults[:3]
        assert server.metric("bert_model_unloads_total") > 3


@test
def overload():
    """overload: requests are answered or refused with 429 and Retry-After, nothing else, and nothing is left behind"""
    with Server("--max-queue-tokens", "3000", "--max-concurrent-requests", "40") as server:
        counts, faults = {}, []
        lock = threading.Lock()
        end = time.monotonic() + 4

        def ask(place):
            with server.connect() as connection:
                while time.monotonic() < end:
                    connection.sendall(request("/predict", {"inputs": [["a charming journey"]] * (1 + place % 50)}))
                    status, head, body = responses(connection)[0]
                    with lock:
                        counts[status] = counts.get(status, 0) + 1
                        if status not in (200, 429) or (status == 429 and b"retry-after: " not in head):
                            faults.append((status, head, body))

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(80)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults[:3]
        assert counts.get(200, 0) > 20 and counts.get(429, 0) > 20, counts
        assert server.metric("bert_queue_tokens") == 0 and server.metric("bert_inflight_requests") == 1


for function in TESTS:
    if not ONLY or function.__name__ in ONLY:
        began = time.monotonic()
        function()
        print(f"ok      {function.__doc__} ({time.monotonic() - began:.1f} s)", flush=True)
