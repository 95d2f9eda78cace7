"""Tests `bert` and huggingface_hub with a shared cache; see scripts/check-hub."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

work, bert = os.environ["WORK"], os.environ["BERT"]
NEEDED = {
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "modules.json",
    "config_sentence_transformers.json", "sentence_bert_config.json", "1_Pooling/config.json", "model.safetensors",
}
checks = 0


def expect(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"check-hub: failed: {what}")


class Cache:
    """A new cache for both programs."""

    def __init__(self, **more):
        self.folder = tempfile.mkdtemp(dir=work)
        self.environment = {**os.environ, "HF_HOME": self.folder, **more}

    def bert(self, *arguments, fails=False):
        run = subprocess.run([bert, *arguments], env=self.environment, capture_output=True, text=True)
        expect((run.returncode != 0) == fails, f"bert {' '.join(arguments)}: {run.stderr}")
        return run.stdout.strip()

    def python(self, code, fails=False):
        code = f"import huggingface_hub as h, os, sys, json\nfrom huggingface_hub import *\n{code}"
        run = subprocess.run([sys.executable, "-c", code], env=self.environment, capture_output=True, text=True)
        expect((run.returncode != 0) == fails, f"{code}\n{run.stderr}")
        return run.stdout.strip()

    def files(self, snapshot):
        return {
            os.path.relpath(os.path.join(place, name), snapshot) for place, _, names in os.walk(snapshot) for name in names
        }

    def tree(self):
        """Returns all paths with the targets of links."""
        return {
            os.path.relpath(path, self.folder): os.readlink(path) if os.path.islink(path) else None
            for place, folders, names in os.walk(self.folder)
            for path in (os.path.join(place, name) for name in names)
        }


def requests():
    with open(os.path.join(work, "log")) as file:
        return [json.loads(line) for line in file]


def read(path):
    with open(path, "rb") as file:
        return file.read()


patterns = sorted(NEEDED)

# 1. Both create the same files and links.
ours, theirs = Cache(), Cache()
snapshot = ours.bert("download", "acme/tiny")
other = theirs.python(f"print(snapshot_download('acme/tiny', allow_patterns={patterns}))")
expect(ours.files(snapshot) == NEEDED, "bert takes what a model needs")
expect(os.path.relpath(snapshot, ours.folder) == os.path.relpath(other, theirs.folder), "the same snapshot")


def layout(cache):
    # Newer versions have a separate cache for file lists.
    return {path: link for path, link in cache.tree().items() if "/trees/" not in path and not path.endswith(".lock")}


expect(layout(ours) == layout(theirs), f"the same layout: {layout(ours).items() ^ layout(theirs).items()}")
for name in NEEDED:
    expect(read(os.path.join(snapshot, name)) == read(os.path.join(other, name)), f"the same bytes: {name}")
for path in ("hub/models--acme--tiny/refs/main", "hub/CACHEDIR.TAG"):
    if os.path.exists(os.path.join(theirs.folder, path)):
        expect(read(os.path.join(ours.folder, path)) == read(os.path.join(theirs.folder, path)), f"the same {path}")

# 2. Each finds the downloads of the other, offline.
expect(
    ours.python("print(snapshot_download('acme/tiny', local_files_only=True))") == snapshot,
    "Python finds bert's snapshot",
)
expect(ours.python("print(try_to_load_from_cache('acme/tiny', 'config.json'))").endswith("config.json"), "and its file")
expect(
    ours.python("print(len(scan_cache_dir().warnings), [r.repo_id for r in scan_cache_dir().repos])") == "0 ['acme/tiny']",
    "Python's scan has nothing to say against it",
)
offline = Cache(HF_HUB_OFFLINE="1")
offline.environment["HF_HOME"] = theirs.folder
expect(offline.bert("download", "acme/tiny") == other, "bert finds Python's snapshot")
offline.bert("embed", "--model", "acme/tiny", "--backend", "reference", "a text")
offline.bert("cache", "verify")

# 3. Neither downloads files again that the other has downloaded.
for cache in (ours, theirs):
    before = sum(1 for line in requests() if line["method"] == "GET" and line["server"] == "Store")
    cache.bert("download", "acme/tiny")
    cache.python(f"snapshot_download('acme/tiny', allow_patterns={patterns})")
    after = sum(1 for line in requests() if line["method"] == "GET" and line["server"] == "Store")
    expect(before == after, "nothing comes twice")

# 4. Files that are known to be missing.
bare = Cache()
bare.bert("download", "bare/tiny")
expect(
    bare.python("print(try_to_load_from_cache('bare/tiny', 'merges.txt') is h.file_download._CACHED_NO_EXIST)") == "True",
    "Python knows from bert that a file does not exist",
)

# 5. Interrupted downloads resume.
cache = Cache()
whole = read(os.path.join(work, "root/large/model.safetensors"))
process = subprocess.Popen([bert, "download", "slow/large"], env=cache.environment, stderr=subprocess.DEVNULL)
blobs = os.path.join(cache.folder, "hub/models--slow--large/blobs")


def partial():
    names = [name for name in (os.listdir(blobs) if os.path.isdir(blobs) else []) if name.endswith(".incomplete")]
    return max((os.path.getsize(os.path.join(blobs, name)) for name in names), default=0)


for _ in range(600):
    if partial() > 500_000:
        break
    time.sleep(0.02)
process.send_signal(signal.SIGKILL)
process.wait()
left = partial()
expect(500_000 < left < len(whole), "killed in the middle")
expect(not os.path.exists(os.path.join(cache.folder, "hub/models--slow--large/refs")), "no reference to a half model")
snapshot = cache.bert("download", "slow/large")
expect(read(os.path.join(snapshot, "model.safetensors")) == whole, "gone on with, and whole")
ranges = [line["range"] for line in requests() if line["server"] == "Store" and "/slow/large/" in line["path"]]
expect(ranges[-1] == f"bytes={left}-", f"gone on with after {left} bytes: {ranges}")

# 6. Four processes of each use one cache concurrently.
cache = Cache()
results = []


def run(action):
    results.append(action())


actions = [lambda: cache.bert("download", "slow/large")] * 3 + [
    lambda: cache.python("print(snapshot_download('slow/large'))")
] * 3
threads = [threading.Thread(target=run, args=(action,)) for action in actions]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(len(results) == 6 and len(set(results)) == 1, f"all at once: {results}")
expect(read(os.path.join(results[0], "model.safetensors")) == whole, "all at once, and whole")
cache.bert("cache", "verify")
expect(not [path for path in cache.tree() if path.endswith((".incomplete", ".tmp"))], "nothing is left over")

# 7. Modified files are detected, and pruned files are removed for both.
blob = os.path.realpath(os.path.join(results[0], "model.safetensors"))
with open(blob, "r+b") as file:
    file.seek(1_000)
    file.write(b"tampered")
cache.bert("cache", "verify", fails=True)
with open(os.path.join(work, "root/large/config.json"), "a") as file:
    file.write("\n")
newer = cache.python("print(snapshot_download('acme/large'))")
with open(os.path.join(work, "root/large/config.json"), "a") as file:
    file.write("\n")
newest = cache.bert("download", "acme/large")
expect(newer != newest, "a new commit")
cache.bert("cache", "prune", fails=True)
cache.bert("cache", "prune", "--dry-run")
expect(os.path.isdir(newer), "a dry run removes nothing")
cache.bert("cache", "prune", "--yes")
expect(not os.path.exists(newer) and os.path.isdir(newest), "pruned")
expect(cache.python("print(len(scan_cache_dir().warnings))") == "0", "Python's scan has nothing to say against it")
expect(cache.python("print(snapshot_download('acme/large', local_files_only=True))") == newest, "Python finds what is kept")

print(f"check-hub: huggingface_hub {Cache().python('print(h.__version__)')}: {checks} checks passed")
