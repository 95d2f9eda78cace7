"""How `bert serve` is operated: settings, TLS, HTTP/2, signals and sockets; see scripts/check-clients.

Usage: operation.py BERT

BERT is a program built with the trait Server. Requires httpx with HTTP/2, numpy, openssl, and MiniLM in
.models.
"""

import atexit
import base64
import concurrent.futures
import contextlib
import hashlib
import io
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import httpx
import numpy

BERT = str(pathlib.Path(sys.argv[1]).resolve())
WORK = pathlib.Path(tempfile.mkdtemp(prefix="operation-"))
TEXTS = {"input": ["A man is eating a piece of bread."] * 4, "model": "demo"}
CLASSIFY = {"inputs": "a charming journey"}


class Server:
    """A server with the demo model, until the end of a `with`."""

    def __init__(self, *options, variables=(), port=True, before=(), **arguments):
        self.port_file = WORK / f"port-{os.urandom(4).hex()}"
        self.log = WORK / f"log-{os.urandom(4).hex()}"
        own = ["--port-file", str(self.port_file)]
        if port:
            own += ["--port", "0"]
        self.error = open(self.log, "w")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("BERT_SERVE_", "API_KEY"))}
        self.process = subprocess.Popen(
            [*before, BERT, "serve", *own, *options], stderr=self.error, env={**environment, **dict(variables)},
            **arguments)
        atexit.register(lambda: self.process.poll() is None and self.process.kill())

    def __enter__(self):
        self.wait("loaded: ")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def wait(self, words, seconds=60):
        """Waits for words in the log."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, (words, self.text)
            time.sleep(0.01)

    @property
    def text(self):
        return self.log.read_text()

    @property
    def port(self):
        return int(self.port_file.read_text())

    def url(self, scheme="http"):
        return f"{scheme}://localhost:{self.port}"

    def metric(self, name, client):
        for line in client.get(f"{self.url(client.scheme)}/metrics").text.splitlines():
            if line.startswith(name):
                return float(line.rsplit(" ", 1)[1])
        return 0.0


def fails(*options, variables=(), words=(), before=(), **arguments):
    """The server ends at once with an error that has these words."""
    server = Server(*options, variables=variables, before=before, **arguments)
    try:
        code = server.process.wait(60)
    except subprocess.TimeoutExpired:
        server.process.kill()
        raise AssertionError(("no error", options, variables, server.text)) from None
    assert code not in (0, -signal.SIGSEGV, -signal.SIGILL, -signal.SIGTRAP), (code, server.text)
    for word in words:
        assert word in server.text, (word, server.text)


def check(function):
    function()
    print(f"ok      {function.__doc__.rstrip('.')}", flush=True)


# Settings


def settings(members):
    file = WORK / f"settings-{os.urandom(4).hex()}.json"
    file.write_text(members if isinstance(members, str) else json.dumps(members))
    return str(file)


def settings_come_from_file_variables_and_options():
    """settings: options come before variables, variables before the file."""
    file = settings({"demo": True, "port": 0, "max-client-batch-size": 3, "max-concurrent-requests": 5,
                     "allowed-host": ["a.example", "b.example"], "request-timeout": 7.5, "workers": 1})
    variables = {"BERT_SERVE_MAX_CLIENT_BATCH_SIZE": "4", "BERT_SERVE_MAX_CONCURRENT_REQUESTS": "6"}
    with Server("--config", file, "--max-concurrent-requests", "7", variables=variables, port=False) as server:
        info = httpx.get(server.url() + "/info").json()
        assert info["max_client_batch_size"] == 4, info
        assert info["max_concurrent_requests"] == 7, info
        assert httpx.get(server.url() + "/health", headers={"Host": "b.example"}).status_code == 200
        assert httpx.get(server.url() + "/health", headers={"Host": "c.example"}).status_code == 403
    with Server(port=False, variables={"BERT_SERVE_CONFIG": file, "BERT_SERVE_ALLOWED_HOST": "c.example,d.example"}) as server:
        assert httpx.get(server.url() + "/info").json()["max_client_batch_size"] == 3
        assert httpx.get(server.url() + "/health", headers={"Host": "d.example"}).status_code == 200
        assert "unknown" not in server.text, server.text
        assert httpx.get(server.url() + "/health", headers={"Host": "b.example"}).status_code == 403
    delayed = settings({"demo": True, "port": 0, "max-batch-delay": 700, "model-control": True})
    with Server("--config", delayed, port=False) as server:
        started = time.monotonic()
        assert httpx.post(server.url() + "/predict", json=CLASSIFY).status_code == 200
        assert time.monotonic() - started >= 0.7
        assert httpx.post(server.url() + "/v2/repository/models/demo/unload").status_code == 200
    with Server("--config", delayed, "--max-batch-delay", "0", "--no-model-control", port=False) as server:
        started = time.monotonic()
        assert httpx.post(server.url() + "/predict", json=CLASSIFY).status_code == 200
        assert time.monotonic() - started < 0.7
        assert httpx.post(server.url() + "/v2/repository/models/demo/unload").status_code == 403
    with Server("--demo", variables={"BERT_SERVE_WORKER": "2"}) as server:
        assert "BERT_SERVE_WORKER is unknown; did you mean BERT_SERVE_WORKERS?" in server.text, server.text


def settings_that_mean_nothing_are_errors():
    """settings: what can't be used is an error that names it."""
    fails("--config", settings({"demo": True, "max-queue-token": 1}), words=["max-queue-token", "max-queue-tokens"])
    fails("--config", settings({"demo": True, "port": "8080"}), words=["port", "integer"])
    fails("--config", settings({"demo": True, "port": 70000}), words=["port", "65535"], port=False)
    fails("--config", settings("{"), words=["settings-"])
    fails("--config", settings("[1]"), words=["settings-"])
    fails("--config", settings({"demo": True, "api-key": "secret"}), words=["api-key-file"])
    fails("--config", str(WORK / "nothing.json"), words=["nothing.json"])
    fails("--demo", variables={"BERT_SERVE_WORKERS": "two"}, words=["BERT_SERVE_WORKERS", "two"])
    for workers in ([], ["--workers", "1"]):
        fails("--demo", *workers, variables={"BERT_NUM_THREADS": "two"}, words=["BERT_NUM_THREADS", "two"])
    fails("--demo", variables={"BERT_SERVE_AUTO_TRUNCATE": "perhaps"}, words=["BERT_SERVE_AUTO_TRUNCATE"])
    fails("--demo", "--max-batch-delay=-1", words=["max-batch-delay", "milliseconds"])
    fails("--config", settings({"demo": True, "max-batch-delay": 60000}), words=["max-batch-delay", "10000"])
    fails("--config", settings({"demo": True, "model-control": 1}), words=["model-control"])
    fails(words=["--model"])


def keys_come_from_files_and_variables():
    """settings: keys come from a file or a variable, and are never needed for /health."""
    file = WORK / "keys"
    file.write_text("one\n two \n")
    for options, variables, key in [
        (["--api-key-file", str(file)], {}, "two"), ([], {"BERT_SERVE_API_KEY": "three"}, "three"),
        (["--config", settings({"api-key-file": str(file)})], {"BERT_SERVE_API_KEY": "three"}, "one"),
    ]:
        with Server("--demo", *options, variables=variables) as server:
            assert httpx.get(server.url() + "/health").status_code == 200
            assert httpx.get(server.url() + "/v1/models").status_code == 401
            assert httpx.get(server.url() + "/v1/models", headers={"Authorization": "Bearer wrong"}).status_code == 401
            assert httpx.get(server.url() + "/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code == 200


# TLS


def certificate(name):
    """A new certificate for localhost: the paths of the certificate and its key."""
    files = WORK / f"{name}.crt", WORK / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True)
    return files


def client(*certificates, http2=True):
    context = ssl.create_default_context()
    for file in certificates:
        context.load_verify_locations(file)
    own = httpx.Client(verify=context, http2=http2, timeout=60)
    own.scheme = "https"
    return own


def name_of(server, *certificates):
    """The name in the certificate that a new connection gets."""
    context = ssl.create_default_context()
    for file in certificates:
        context.load_verify_locations(file)
    with socket.create_connection(("localhost", server.port)) as bare:
        with context.wrap_socket(bare, server_hostname="localhost") as connection:
            return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]


A, B = certificate("a"), certificate("b")


def tls_options(files):
    return ["--tls-certificate", str(files[0]), "--tls-key", str(files[1])]


def tls_serves_both_versions():
    """TLS: HTTP/2 and HTTP/1.1 by ALPN, many streams at a time, nothing for those that don't encrypt."""
    with Server("--demo", *tls_options(A)) as server:
        assert "https://" in server.text
        silent = socket.create_connection(("localhost", server.port))
        for http2, version in [(True, "HTTP/2"), (False, "HTTP/1.1")]:
            with client(A[0], http2=http2) as own:
                for _ in range(3):
                    answer = own.post(server.url("https") + "/predict", json=CLASSIFY)
                    assert answer.status_code == 200 and answer.http_version == version, answer
                    assert "x-request-id" in answer.headers and "date" in answer.headers
                results = []
                threads = [
                    threading.Thread(target=lambda: results.append(
                        own.post(server.url("https") + "/predict", json=CLASSIFY).json())) for _ in range(64)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(results) == 64 and all(result == results[0] for result in results)
        with socket.create_connection(("localhost", server.port)) as bare:
            bare.settimeout(10)
            bare.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert not bare.recv(100).startswith(b"HTTP")
        with client(B[0]) as other, contextlib.suppress(httpx.ConnectError):
            other.get(server.url("https") + "/health")
            raise AssertionError("a certificate that nobody trusts was taken")
        # A handshake that never begins is given up after 10 s.
        silent.settimeout(15)
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""
        silent.close()


def http2_has_manners():
    """HTTP/2: limits, a caller that goes away, a body that drips."""
    with Server("--demo", *tls_options(A), "--payload-limit", "100000") as server, client(A[0]) as own:
        url = server.url("https")
        answer = own.post(url + "/predict", json={"inputs": "a" * 200000})
        assert answer.status_code == 413 and answer.http_version == "HTTP/2", answer
        # The length is known to nobody before it has come.
        answer = own.post(url + "/predict", content=(b" " * 10000 for _ in range(20)),
                          headers={"Content-Type": "application/json"})
        assert answer.status_code == 413, answer
        assert own.post(url + "/predict", json=CLASSIFY).status_code == 200
        assert own.get(url + "/health", headers={"Host": "evil.example"}).status_code == 403
        assert own.get(url + "/nothing").status_code == 404
        assert own.head(url + "/health").status_code == 200

        def drip():
            yield b"{"
            time.sleep(25)
            yield b"}"

        started = time.monotonic()
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.StreamError):
            answer = own.post(url + "/predict", content=drip(), headers={"Content-Type": "application/json"})
            assert answer.status_code == 408, answer
        assert server.process.poll() is None and time.monotonic() - started < 40

    texts = {"inputs": [["a long text that takes some time " * 15]] * 3000}
    with Server("--demo", *tls_options(A)) as server, client(A[0]) as own:
        url = server.url("https")
        # After a timeout, httpx keeps the connection for five seconds, unless the client is closed.
        with client(A[0]) as leaving, contextlib.suppress(httpx.ReadTimeout):
            leaving.post(url + "/predict", json=texts, timeout=httpx.Timeout(60, read=0.5))
            raise AssertionError("the request was answered before its caller went away")
        end = time.monotonic() + 20
        while not server.metric("bert_cancelled_total", own):
            assert time.monotonic() < end, "the work of a caller that went away goes on"
            time.sleep(0.1)


def certificates_are_reloaded():
    """TLS: SIGHUP changes the certificate of new connections and keeps open ones; a bad file changes nothing."""
    files = WORK / "current.crt", WORK / "current.key"

    def use(certificate, key):
        files[0].write_bytes(certificate)
        files[1].write_bytes(key)

    use(A[0].read_bytes(), A[1].read_bytes())
    with Server("--demo", *tls_options(files)) as server, client(A[0], B[0]) as own:
        assert own.get(server.url("https") + "/health").status_code == 200
        assert name_of(server, A[0], B[0]) == "a"
        for certificate, key, name, words in [
            (B[0].read_bytes(), B[1].read_bytes(), "b", "the certificate was reloaded"),
            (b"rubbish", B[1].read_bytes(), "b", "current.crt"),
            (A[0].read_bytes(), B[1].read_bytes(), "b", "current.key"),
            (A[0].read_bytes(), b"rubbish", "b", "current.key"),
            (A[0].read_bytes(), A[1].read_bytes(), "a", "the certificate was reloaded"),
        ]:
            before = server.text.count(words)
            use(certificate, key)
            server.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 30
            while server.text.count(words) == before:
                assert time.monotonic() < end, (words, server.text)
                time.sleep(0.01)
            assert name_of(server, A[0], B[0]) == name
            # The open connection continues.
            assert own.post(server.url("https") + "/predict", json=CLASSIFY).status_code == 200


def bad_certificates_are_errors():
    """TLS: files that can't be used are errors that name them."""
    rubbish = WORK / "rubbish"
    rubbish.write_text("rubbish")
    encrypted = WORK / "encrypted.key"
    subprocess.run(["openssl", "pkey", "-in", A[1], "-aes256", "-passout", "pass:secret", "-out", encrypted], check=True,
                   capture_output=True)
    for certificate, key, words in [
        (WORK / "missing.crt", A[1], ["missing.crt"]), (rubbish, A[1], ["rubbish", "CERTIFICATE"]),
        (A[0], WORK / "missing.key", ["missing.key"]), (A[0], rubbish, ["rubbish", "PRIVATE KEY"]),
        (A[0], B[1], ["b.key"]), (A[0], encrypted, ["encrypted"]), (WORK, A[1], [str(WORK)]),
    ]:
        fails("--demo", *tls_options((certificate, key)), words=words)
    fails("--demo", "--tls-certificate", str(A[0]), words=["tls-key"])
    fails("--demo", "--tls-key", str(A[1]), words=["tls-certificate"])


# Signals


def slow_request(server, own, results):
    texts = {"inputs": [["a long text that takes some time " * 15]] * 600}
    results.append(own.post(server.url(own.scheme) + "/predict", json=texts).status_code)


def sigterm_drains():
    """signals: SIGTERM answers what is here, over every protocol, takes nothing new, and ends with 0."""
    plain = httpx.Client(timeout=60)
    plain.scheme = "http"
    for options, own in [([], plain), (tls_options(A), client(A[0], http2=False)), (tls_options(A), client(A[0]))]:
        with Server("--demo", *options) as server, own:
            results = []
            worker = threading.Thread(target=slow_request, args=(server, own, results))
            worker.start()
            while not server.metric("bert_inflight_requests", own) > 1:
                time.sleep(0.01)
            port = server.port
            server.process.terminate()
            worker.join()
            assert results == [200], (results, server.text)
            assert server.process.wait(60) == 0, server.text
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("localhost", port)).close()
                raise AssertionError("a server that has ended listens")


def sighup_loses_nothing():
    """signals: SIGHUP reloads models while requests are served."""
    with Server("--demo") as server:
        first = httpx.post(server.url() + "/predict", json=CLASSIFY).json()
        stop, wrong, count = threading.Event(), [], [0]

        def ask():
            with httpx.Client(timeout=60) as own:
                while not stop.is_set():
                    answer = own.post(server.url() + "/predict", json=CLASSIFY)
                    count[0] += 1
                    if answer.status_code != 200 or answer.json() != first:
                        wrong.append(answer)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for turn in range(5):
            server.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 30
            while server.text.count("reloaded: ") <= turn:
                assert time.monotonic() < end, server.text
                time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong and count[0] > 50, (count, wrong[:3])


# Embeddings


def embeddings_have_the_digest_of_the_readme():
    """embeddings: of many callers, in batches of any size, they have the SHA-256 in the README."""
    root = pathlib.Path(__file__).resolve().parents[2]
    texts = (root / "Tests/Fixtures/same-bytes/texts.txt").read_text(encoding="utf-8").splitlines()
    row = next(line for line in (root / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| embeddings of"))
    expected = re.search("`([0-9a-f]{64})`", row).group(1)

    def digest(answers):
        vectors = [base64.b64decode(item["embedding"]) for answer in answers for item in answer.json()["data"]]
        file = io.BytesIO()
        numpy.save(file, numpy.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), -1))
        return hashlib.sha256(file.getvalue()).hexdigest()

    with Server("--model", str(root / ".models/all-MiniLM-L6-v2"), "--backend", "simd") as server:
        def ask(input):
            body = {"input": input, "encoding_format": "base64"}
            return httpx.post(server.url() + "/v1/embeddings", json=body, timeout=60)

        assert digest([ask(texts)]) == expected
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _ in range(4):
                assert digest(pool.map(ask, texts)) == expected


# Sockets

#: Puts a process's own number where sd_listen_fds looks for it.
ACTIVATED = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"]


def handed_over(*sockets):
    """Makes a child's descriptors 3, 4, … those of the sockets."""
    copies = [os.dup(own.fileno()) for own in sockets]
    # Out of the way of what they become.
    high = [os.dup2(copy, 200 + place) for place, copy in enumerate(copies)]

    def move():
        for place, descriptor in enumerate(high):
            os.dup2(descriptor, 3 + place)

    return {"preexec_fn": move, "close_fds": False}


def sockets_are_handed_over():
    """sockets: those of the service manager are listened at; who called before the start is answered."""
    tcp = socket.create_server(("127.0.0.1", 0))
    path = WORK / "handed.sock"
    local = socket.socket(socket.AF_UNIX)
    local.bind(str(path))
    local.listen()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(WORK / "notify.sock"))
    notify.settimeout(60)
    early = socket.create_connection(tcp.getsockname())
    early.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    variables = {"LISTEN_FDS": "2", "NOTIFY_SOCKET": str(WORK / "notify.sock")}
    with Server("--demo", variables=variables, before=ACTIVATED, **handed_over(tcp, local)) as server:
        assert notify.recv(100) == b"READY=1"
        early.settimeout(30)
        assert early.recv(1000).startswith(b"HTTP/1.1 200")
        early.close()
        assert httpx.get(f"http://127.0.0.1:{tcp.getsockname()[1]}/health").status_code == 200
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as own:
            assert own.get("http://localhost/health").status_code == 200
        server.process.terminate()
        assert server.process.wait(60) == 0, server.text
        assert notify.recv(100) == b"STOPPING=1"
    # The variables are of another process.
    with Server("--demo", variables={"LISTEN_FDS": "1", "LISTEN_PID": "1"}) as server:
        assert httpx.get(server.url() + "/health").status_code == 200


def sockets_that_are_none_are_errors():
    """sockets: what is no listening socket is an error."""
    pair = socket.socketpair()
    fails("--demo", variables={"LISTEN_FDS": "1"}, before=ACTIVATED, words=["LISTEN_FDS", "3"], **handed_over(pair[0]))
    fails("--demo", variables={"LISTEN_FDS": "-1"}, before=ACTIVATED, words=["LISTEN_FDS"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server("--demo", "--port", str(taken.getsockname()[1]), port=False)
        assert server.process.wait(60) not in (0, -signal.SIGTRAP)
        assert "127.0.0.1" in server.text, server.text


for test in [
    settings_come_from_file_variables_and_options, settings_that_mean_nothing_are_errors,
    keys_come_from_files_and_variables, tls_serves_both_versions, http2_has_manners, certificates_are_reloaded,
    bad_certificates_are_errors, embeddings_have_the_digest_of_the_readme, sigterm_drains, sighup_loses_nothing, sockets_are_handed_over,
    sockets_that_are_none_are_errors,
]:
    check(test)
