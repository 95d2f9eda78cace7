"""Tests the HTTP behavior of a running `bert serve` with raw sockets; see scripts/check-clients.

Usage: manners.py PORT
"""

import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

PORT = int(sys.argv[1])
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
OPEN, CLOSED, RESET = "open", "closed", "reset"


def send(data, wait=1.0, half=False):
    """Returns the bytes received within the timeout, and the state of the connection."""
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.settimeout(wait)
        try:
            connection.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            pass
        if half:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while True:
                part = connection.recv(1 << 16)
                if not part:
                    return answer, CLOSED
                answer += part
        except TimeoutError:
            return answer, OPEN
        except ConnectionResetError:
            return answer, RESET


def status(answer):
    return int(answer.split(b" ", 2)[1])


def check(name, data, expected, state, wait=1.0, half=False, seconds=None):
    started = time.monotonic()
    answer, became = send(data, wait, half)
    took = time.monotonic() - started
    assert answer.startswith(b"HTTP/1.1 "), (name, answer)
    assert status(answer) == expected, (name, answer)
    assert became == state, (name, became, answer)
    assert expected < 400 or b"x-request-id" in answer.lower(), (name, answer)
    if expected >= 400:
        body = answer.split(b"\r\n\r\n", 1)[1]
        assert json.loads(body)["error"], (name, answer)
    if seconds:
        assert seconds[0] <= took <= seconds[1], (name, took)
    print(f"ok      {name}")
    return answer


def post(headers=b"", body=b"", path=b"/models/minilm/embed"):
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + JSON + headers + b"\r\n" + body


def get(path=b"/health", headers=b"", version=b"1.1"):
    return b"GET " + path + b" HTTP/" + version + b"\r\n" + HOST + headers + b"\r\n"


def queue():
    text = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics").read().decode()
    values = {}
    for line in text.splitlines():
        if line[0] != "#":
            name, value = line.rsplit(" ", 1)
            values[name.split("{")[0]] = values.get(name.split("{")[0], 0) + float(value)
    return values


answer, became = send(get() + get(b"/v2"))
assert answer.count(b"HTTP/1.1 200") == 2 and answer.endswith(b'"extensions":["model_repository"]}') and became == OPEN
print("ok      pipelining")
check("keep-alive", get(), 200, OPEN)
check("connection: Close", get(headers=b"Connection: Close\r\n"), 200, CLOSED)
check("HTTP/1.0", get(version=b"1.0"), 200, CLOSED)
check("half-closed", get(b"/v2"), 200, CLOSED, half=True)
check("no HTTP", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, CLOSED)
check("unknown method", b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 400, CLOSED)
check("large header", get(headers=b"X: " + b"a" * 40_000 + b"\r\n"), 431, CLOSED)
check("many headers", get(headers=b"".join(b"X%d: a\r\n" % i for i in range(200))), 431, CLOSED)
check("other host", b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, OPEN)
check("body over the limit", post(b"Content-Length: 99999999\r\n", b"a" * 100_000), 413, CLOSED, wait=4)
check("chunks over the limit", post(b"Transfer-Encoding: chunked\r\n", (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 200), 413,
      CLOSED, wait=5)
check("length that is no number", post(b"Content-Length: abc\r\n"), 400, CLOSED)
check("chunk that is none", post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n"), 400, CLOSED)
check("a 4xx keeps the connection", post(b"Content-Length: 1\r\n", b"{"), 400, OPEN)
body = b'{"inputs":"a"}'
check("chunked", post(b"Transfer-Encoding: chunked\r\n", b"5\r\n" + body[:5] + b"\r\n9\r\n" + body[5:] + b"\r\n0\r\n\r\n"), 200,
      OPEN, wait=3)
answer, _ = send(post(b"Expect: 100-continue\r\nContent-Length: 14\r\n"))
assert answer == b"HTTP/1.1 100 Continue\r\n\r\n", answer
print("ok      expect: 100-continue")
answer = check("HEAD", b"HEAD /v1/models HTTP/1.1\r\n" + HOST + b"\r\n", 200, OPEN)
assert answer.endswith(b"\r\n\r\n")

# Requests of a client that disconnects are removed from the queue, and the batch that is being computed is stopped.
stopped = queue().get("bert_batches_stopped_total", 0)
body = json.dumps({"inputs": ["word " * 200] * 400}).encode()
with socket.create_connection(("127.0.0.1", PORT)) as connection:
    connection.sendall(post(b"Content-Length: %d\r\n" % len(body), body))
    end = time.monotonic() + 10
    while queue()["bert_queue_tokens"] == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert queue()["bert_queue_tokens"] > 0
end = time.monotonic() + 5
while (queue()["bert_queue_tokens"] > 0 or queue().get("bert_batches_stopped_total", 0) == stopped) and time.monotonic() < end:
    time.sleep(0.01)
assert queue()["bert_queue_tokens"] == 0
assert queue()["bert_batches_stopped_total"] > stopped
print("ok      a caller that goes away")

request = urllib.request.Request(
    f"http://127.0.0.1:{PORT}/models/minilm/embed", data=body,
    headers={"content-type": "application/json", "x-request-timeout": "0.1"})
try:
    urllib.request.urlopen(request)
    raise AssertionError("it was computed in a tenth of a second")
except urllib.error.HTTPError as error:
    assert error.code == 504, error.code
print("ok      a deadline")

# Concurrently, because each takes ten seconds.
slow = [
    threading.Thread(target=check, args=("slow head", b"GET / HT", 408, CLOSED, 15.0, False, (8, 14))),
    threading.Thread(
        target=check, args=("slow body", post(b"Content-Length: 1400\r\n", b"{"), 408, CLOSED, 15.0, False, (8, 14))),
]
failures = []
threading.excepthook = lambda arguments: failures.append(arguments.exc_value)
for thread in slow:
    thread.start()
for thread in slow:
    thread.join()
assert not failures, failures
assert queue()["bert_inflight_requests"] == 1
