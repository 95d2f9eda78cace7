"""A soak of a running `bert serve`: callers that ask, cancel, disconnect, send rubbish and drip, while models are reloaded.

Usage: soak.py BERT [SECONDS]

BERT is a program built with the trait Server. Every answer is compared with the first one. Fails if an answer differs,
if the server ends, or if its memory grows by more than a tenth and 16 MB after the first fifth of the time. Only
requires the standard library.
"""

import atexit
import collections
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BERT = sys.argv[1]
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1800
WORK = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SENTENCES = ["a charming journey", "slow and dull", "I would see it again, twice, with my mother", "no", "", "日本語 😀"]
REQUESTS = [
    ("/models/demo", {"inputs": "a charming journey"}),
    ("/models/demo/predict", {"inputs": [[text] for text in SENTENCES[:4]]}),
    ("/models/demo/predict", {"inputs": "slow", "exit": {"policy": "entropy", "threshold": 0.3}, "details": True}),
    ("/models/embedder/embed", {"inputs": SENTENCES[:4]}),
    ("/models/embedder/embed_all", {"inputs": SENTENCES[0]}),
    ("/models/embedder/tokenize", {"inputs": SENTENCES}),
    ("/models/ner", {"inputs": "Sarah lives in London"}),
    ("/models/qa", {"inputs": {"question": "Where does Sarah live?", "context": "Sarah lives in London. " * 20}}),
    ("/models/sparse/embed_sparse", {"inputs": SENTENCES[:3]}),
    ("/models/ranker/rerank", {"query": "a", "texts": SENTENCES[:4]}),
]
RUBBISH = [
    b"", b"{", b"[" * 100000, b'{"inputs":' + b"[" * 70 + b"]" * 70 + b"}", b'{"inputs":"\xff\xfe"}', b'{"inputs":NaN}',
    b'{"inputs":1e999}', b'{"inputs":[]}', b'{"inputs":null}', b'{"inputs":[[]]}', b'{"inputs":[1e400]}',
    b'{"inputs":"a","dimensions":-1}', b'{"inputs":"a","dimensions":1e30}', b'{"inputs":{"a":{}}}',
    b'{"inputs":"\\ud800"}', b'{"inputs":"a","exit":{"policy":"entropy","threshold":[]}}', b"\x00" * 1000,
]


def peers():
    fixtures = ROOT / "Tests/Fixtures"
    return ["--demo", "--model", f"embedder={fixtures}/pipelines/sentence-bert", "--model",
            f"ner={fixtures}/pipelines/bert-ner", "--model", f"qa={fixtures}/pipelines/bert-qa", "--model",
            f"sparse={fixtures}/sentences/splade-bert", "--model",
            f"ranker={fixtures}/models/bert-seqcls-regression"]


log = open(WORK / "log", "w")
server = subprocess.Popen(
    [BERT, "serve", "--port", "0", "--port-file", WORK / "port", *peers()], stderr=log)
atexit.register(lambda: server.poll() is None and server.kill())
while not (WORK / "port").exists() or "loaded: " not in (WORK / "log").read_text():
    assert server.poll() is None, (WORK / "log").read_text()
    time.sleep(0.05)
PORT = int((WORK / "port").read_text())
end = time.monotonic() + SECONDS
counts = collections.Counter()
faults = []


def ask(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def fresh():
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)


EXPECTED = []
for path, body in REQUESTS:
    status, answer = ask(fresh(), path, body)
    assert status == 200, (path, status, answer)
    EXPECTED.append(json.loads(answer))


def running(name):
    """Runs a function again and again until the time is over."""
    def decorate(function):
        def run():
            chance = random.Random(name)
            while time.monotonic() < end and not faults:
                try:
                    function(chance)
                    counts[name] += 1
                except (ConnectionError, http.client.HTTPException, TimeoutError) as error:
                    faults.append((name, repr(error)))
                except AssertionError as error:
                    faults.append((name, error.args))
        return threading.Thread(target=run)
    return decorate


kept = threading.local()


@running("ask")
def asks(chance):
    place = chance.randrange(len(REQUESTS))
    if not hasattr(kept, "connection"):
        kept.connection = fresh()
    status, answer = ask(kept.connection, *REQUESTS[place])
    assert status == 200, (REQUESTS[place], status, answer)
    assert json.loads(answer) == EXPECTED[place], (REQUESTS[place], answer, EXPECTED[place])


@running("many")
def many(chance):
    texts = [chance.choice(SENTENCES[:4]) for _ in range(chance.randrange(1, 400))]
    status, answer = ask(fresh(), "/models/demo/predict", {"inputs": [[text] for text in texts]})
    assert status in (200, 429), (status, answer)
    if status == 200:
        known = dict(zip(SENTENCES, EXPECTED[1]))
        assert json.loads(answer) == [known[text] for text in texts]


@running("rubbish")
def rubbish(chance):
    path = chance.choice(REQUESTS)[0]
    connection = fresh()
    sent = chance.choice(RUBBISH)
    connection.request("POST", path, sent, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    # Members that a route doesn't know are ignored.
    if answer.status == 200 and b'"inputs":"a",' in sent:
        return
    assert 400 <= answer.status < 500, (path, sent[:100], answer.status, body)
    assert json.loads(body)["error"], body


@running("disconnect")
def disconnect(chance):
    texts = json.dumps({"inputs": [["a text that takes time " * 20]] * 200}).encode()
    head = b"POST /models/demo/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    data = head + b"Content-Length: %d\r\n\r\n" % len(texts) + texts
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.sendall(data[:chance.randrange(len(data)) if chance.random() < 0.5 else len(data)])
        time.sleep(chance.random() * 0.2)
        if chance.random() < 0.5:
            # A reset instead of an end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@running("no http")
def no_http(chance):
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.settimeout(30)
        try:
            connection.sendall(chance.randbytes(chance.randrange(1, 5000)))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except (ConnectionError, OSError):
            pass


@running("slow")
def slow(chance):
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.settimeout(60)
        connection.sendall(b"POST /models/demo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 1000\r\n\r\n{")
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408"), answer


@running("reload")
def reloads(chance):
    server.send_signal(signal.SIGHUP)
    time.sleep(1 + chance.random() * 3)


def resident():
    """Megabytes."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


threads = [asks, many, rubbish, disconnect, no_http, slow, reloads]
for thread in threads:
    thread.start()
sizes, files = [], []
started = time.monotonic()
while any(thread.is_alive() for thread in threads):
    time.sleep(min(5, SECONDS / 40))
    if server.poll() is not None:
        faults.append(("server", server.returncode))
        break
    sizes.append((time.monotonic() - started, resident()))
    files.append(len(os.listdir(f"/proc/{server.pid}/fd")))
assert not faults, (faults, (WORK / "log").read_text()[-3000:])
early = max(size for moment, size in sizes if moment <= SECONDS / 5)
late = sum(size for moment, size in sizes if moment >= SECONDS * 4 / 5) / max(
    1, sum(1 for moment, _ in sizes if moment >= SECONDS * 4 / 5))
print(json.dumps({"seconds": round(SECONDS), "counts": counts, "megabytes": {
    "early": round(early, 1), "late": round(late, 1), "most": round(max(size for _, size in sizes), 1)},
    "files": {"first": files[0], "last": files[-1]}}, indent=1))
assert late <= early * 1.1 + 16, ("memory grows", sizes)
server.terminate()
assert server.wait(60) == 0, (WORK / "log").read_text()[-3000:]
