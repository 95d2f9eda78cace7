"""What ran where."""
import datetime
import importlib.metadata
import pathlib
import platform
import re
import subprocess

from places import root, threads

packages = ["torch", "transformers", "sentence-transformers", "tokenizers", "onnxruntime", "openvino", "nncf", "ctranslate2", "numpy"]


def commit():
    """The commit that was measured, with a plus if there was more."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "Sources", "Package.swift")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def facts():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = set(re.search(r"^flags\s*:(.*)$", info, re.M).group(1).split())
    instructions = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8") if name in flags]
    return {
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "processor": re.search(r"^model name\s*:\s*(.*)$", info, re.M).group(1),
        "instructions": instructions,
        "cores": info.count("\nprocessor") + info.startswith("processor"),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": {name: importlib.metadata.version(name) for name in packages},
    }
