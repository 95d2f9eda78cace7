#!/usr/bin/env python3
"""A mock of the Hugging Face hub for local tests: two TLS servers, the hub and its host for large files.

    standin.py --root DIR --certificate FILE --key FILE --ports FILE [--log FILE] [--plain]

A folder DIR/NAME is the repository ORGANIZATION/NAME for all organizations. The organization selects the behavior of the hub
(see FAULTS). Behavior that happens once happens once per path. The log has a line of JSON for each request.
"""

import argparse
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

TOKEN = "hf_of_the_tests"
FAULTS = {
    "acme": "none",
    "rate": "the first requests are answered with 429 and Retry-After",
    "busy": "the first requests are answered with 503",
    "down": "every request for a file is answered with 503",
    "flaky": "large files are cut in the middle, once",
    "norange": "large files are cut in the middle, once, and ranges are ignored",
    "slow": "large files come slowly",
    "stalled": "large files stop in the middle, once",
    "tampered": "a byte of large files is another",
    "short": "large files end early, always",
    "long": "large files have a byte too many",
    "gated": "files need the token, and the repository is gated",
    "private": "everything needs the token",
    "renamed": "the repository is acme's now, and relative redirects lead there",
    "moved": "small files are kept elsewhere too",
    "portal": "every answer is a web page",
    "bare": "there are files and no interface",
    "tree": "files are listed by the tree, in pages",
    "loop": "redirects lead in a circle",
    "insecure": "redirects lead to HTTP",
    "escape": "the repository lists a file outside its folder",
}
CHUNK = 1 << 14

seen = {}
lock = threading.Lock()


def times(key):
    """Returns the number of previous calls with a key."""
    with lock:
        seen[key] = seen.get(key, 0) + 1
        return seen[key] - 1


def files_of(root, name):
    folder = os.path.join(root, name)
    result = {}
    for place, _, names in os.walk(folder):
        for file in names:
            path = os.path.join(place, file)
            result[os.path.relpath(path, folder)] = path
    return result


def is_large(name):
    return name.endswith((".safetensors", ".bin", ".onnx", ".h5"))


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def tag(name, data):
    if is_large(name):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def commit_of(root, name):
    digest = hashlib.sha1()
    for file, path in sorted(files_of(root, name).items()):
        digest.update(f"{file} {tag(file, contents(path))}\n".encode())
    return digest.hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.handle_request()

    def do_GET(self):
        self.handle_request()

    def handle_request(self):
        self.server.note(self)
        try:
            self.answer(urllib.parse.urlsplit(self.path))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status, code=None, message=None, headers=()):
        extra = list(headers)
        if code:
            extra.append(("X-Error-Code", code))
        if message:
            extra.append(("X-Error-Message", message))
        self.send(status, json.dumps({"error": message or code or str(status)}).encode(), extra)

    def send_data(self, data, fault, headers):
        """Sends a file or the requested range of it, with the configured fault."""
        start, whole, status = 0, len(data), 200
        if fault == "tampered":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if fault == "long":
            data += b"!"
        wanted = self.headers.get("Range")
        if wanted and fault != "norange":
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if start >= len(data):
                return self.send(416, headers=[("Content-Range", f"bytes */{len(data)}")])
            status = 206
            headers = [*headers, ("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")]
        body = data[start:]
        if fault == "short":
            body = body[: max(0, whole // 2 - start)]
        if self.command == "HEAD":
            return self.send(status, b"", [*headers, ("Content-Length", str(len(body)))])
        isFirst = times(("data", self.path)) == 0
        cut = fault in ("flaky", "norange", "stalled") and isFirst
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = 0
        while sent < len(body):
            if cut and sent >= len(body) // 2:
                if fault == "stalled":
                    time.sleep(30)
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(body[sent : sent + CHUNK])
            sent += CHUNK
            if fault == "slow":
                self.wfile.flush()
                time.sleep(0.02)


class Hub(Handler):
    def answer(self, url):
        path = urllib.parse.unquote(url.path)
        parts = path.strip("/").split("/")
        isAPI = parts[:2] == ["api", "models"]
        if isAPI:
            parts = parts[2:]
        if len(parts) < 3:
            return self.fail(404)
        organisation, name, verb, *rest = parts
        hasToken = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if organisation == "portal":
            return self.send(200, b"<!DOCTYPE html><p>Please sign in</p>", [("Content-Type", "text/html; charset=utf-8")])
        if self.headers.get("Authorization") and not hasToken:
            return self.fail(401, None, "Invalid credentials in Authorization header")
        if organisation == "renamed":
            return self.send(307, headers=[("Location", url.path.replace("/renamed/", "/acme/", 1))])
        if organisation == "loop":
            return self.send(302, headers=[("Location", url.path)])
        if organisation not in FAULTS or (organisation == "private" and not hasToken):
            return self.fail(401, "RepoNotFound", "Repository not found")
        if organisation == "rate" and times(self.command + self.path) < 1:
            return self.fail(429, None, "We had to rate limit you", [("Retry-After", "1")])
        if organisation == "busy" and times(self.command + self.path) < 1:
            return self.fail(503)
        if not os.path.isdir(os.path.join(self.server.root, name)):
            return self.fail(404, "RepoNotFound", "Repository not found")
        if isAPI:
            return self.interface(organisation, name, verb, rest, urllib.parse.parse_qs(url.query))
        if verb != "resolve":
            return self.fail(404)
        return self.resolve(organisation, name, rest)

    def revision(self, name, rest):
        """Splits a path into the commit and the rest; a branch may contain slashes."""
        commit = commit_of(self.server.root, name)
        for known in (["refs", "pr", "1"], ["main"], ["v1"], [commit]):
            if rest[: len(known)] == known:
                return commit, rest[len(known) :]
        return None, rest

    def interface(self, organisation, name, verb, rest, query):
        if organisation == "bare":
            return self.fail(404)
        commit, more = self.revision(name, rest)
        if commit is None:
            return self.fail(404, "RevisionNotFound", f"Invalid rev id: {'/'.join(rest)}")
        files = sorted(files_of(self.server.root, name).items())
        if verb == "revision" and not more:
            answer = {"id": f"{organisation}/{name}", "modelId": f"{organisation}/{name}", "sha": commit, "private": False,
                      "tags": [], "downloads": 0, "likes": 0}
            if organisation != "tree":
                answer["siblings"] = [{"rfilename": file} for file, _ in files]
            if organisation == "escape":
                answer["siblings"].append({"rfilename": "../../../config.json"})
                answer["siblings"].append({"rfilename": "../evil.json"})
            return self.send(200, json.dumps(answer).encode(), [("Content-Type", "application/json")])
        if verb == "tree" and not more:
            entries = []
            for file, path in files:
                data = contents(path)
                entry = {"type": "file", "path": file, "size": len(data), "oid": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}
                if is_large(file):
                    entry["lfs"] = {"oid": tag(file, data), "size": len(data), "pointerSize": 130}
                entries.append(entry)
            at = int(query.get("cursor", ["0"])[0])
            size = 3 if organisation == "tree" else 1_000
            headers = [("Content-Type", "application/json")]
            if at + size < len(entries):
                place = f"{self.server.address}/api/models/{organisation}/{name}/tree/{commit}?recursive=True&expand=False&cursor={at + size}"
                headers.append(("Link", f'<{place}>; rel="next"'))
            return self.send(200, json.dumps(entries[at : at + size]).encode(), headers)
        return self.fail(404)

    def resolve(self, organisation, name, rest):
        commit, more = self.revision(name, rest)
        if commit is None:
            return self.fail(404, "RevisionNotFound", "Invalid rev id")
        file = "/".join(more)
        if organisation == "gated" and self.headers.get("Authorization") is None:
            return self.fail(401, "GatedRepo", "Access to model is restricted. You must be authenticated to access it.")
        if organisation == "down":
            return self.fail(503)
        path = files_of(self.server.root, name).get(file)
        if path is None:
            return self.fail(404, "EntryNotFound", "Entry not found", [("X-Repo-Commit", commit)])
        data = contents(path)
        headers = [("X-Repo-Commit", commit), ("ETag", f'"{tag(file, data)}"'), ("Accept-Ranges", "bytes")]
        if not is_large(file) and organisation != "moved":
            return self.send_data(data, None, headers)
        headers[1] = ("X-Linked-Etag", f'"{tag(file, data)}"')
        headers.append(("X-Linked-Size", str(len(data))))
        place = f"{self.server.other.address}/{organisation}/{name}/{urllib.parse.quote(file)}?Signature=secret-of-the-store"
        if organisation == "insecure":
            place = place.replace("https://", "http://")
        return self.send(302, headers=[*headers, ("Location", place)])


class Store(Handler):
    def answer(self, url):
        if self.headers.get("Authorization"):
            return self.fail(400, None, "Only one auth mechanism allowed")
        if "Signature=secret-of-the-store" not in url.query:
            return self.fail(403, None, "Access denied")
        organisation, name, *rest = urllib.parse.unquote(url.path).strip("/").split("/")
        path = files_of(self.server.root, name).get("/".join(rest))
        if path is None:
            return self.fail(404)
        data = contents(path)
        self.send_data(data, organisation, [("ETag", f'"{hashlib.md5(data).hexdigest()}"'), ("Content-Type", "application/octet-stream")])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler, host, options):
        super().__init__((host, 0), handler)
        self.root, self.log = options.root, options.log
        scheme = "http" if options.plain else "https"
        if not options.plain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options.certificate, options.key)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        # A different name, so that the servers are two hosts.
        name = "localhost" if handler is Hub else "127.0.0.1"
        self.address = f"{scheme}://{name}:{self.server_port}"

    def handle_error(self, request, client_address):
        pass

    def note(self, handler):
        if not self.log:
            return
        line = {
            "server": type(handler).__name__, "method": handler.command, "path": handler.path,
            "range": handler.headers.get("Range"), "hasToken": "Authorization" in handler.headers,
            "agent": handler.headers.get("User-Agent"),
        }
        with lock, open(self.log, "a") as file:
            file.write(json.dumps(line) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--ports", required=True)
    parser.add_argument("--log")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    hub, store = Server(Hub, "127.0.0.1", options), Server(Store, "127.0.0.1", options)
    hub.other, store.other = store, hub
    threading.Thread(target=store.serve_forever, daemon=True).start()
    # The server exits when the parent closes standard input.
    def wait():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
    with open(options.ports + ".new", "w") as file:
        file.write(f"{hub.address}\n{store.address}\n")
    os.rename(options.ports + ".new", options.ports)
    hub.serve_forever()


main()
