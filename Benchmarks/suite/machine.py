"""Information about the machine and the packages."""
import datetime
import importlib.metadata
import pathlib
import platform
import re
import subprocess

from places import results, root, threads

packages = [
    "torch", "transformers", "sentence-transformers", "tokenizers", "onnxruntime", "openvino", "nncf", "ctranslate2", "numpy"]
known = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]
words = {
    "intel": "Intel", "amd": "AMD", "sse": "SSE", "avx2": "AVX2", "avx512": "AVX-512", "vnni": "VNNI", "bf16": "bfloat16",
    "amx": "AMX"}


def commit():
    """Returns the measured commit, with a plus if there are uncommitted changes."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "Sources", "Package.swift")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def processor(field):
    """Returns a field of the first processor in /proc/cpuinfo."""
    return re.search(rf"^{field}\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1)


def kind():
    """Returns the type of the machine: the vendor of the processor and its instruction sets for matrix products."""
    vendor, flags = processor("vendor_id"), set(processor("flags").split())
    parts = [{"GenuineIntel": "intel", "AuthenticAMD": "amd"}.get(vendor, vendor.lower())]
    parts.append("avx512" if "avx512f" in flags else "avx2" if "avx2" in flags else "sse")
    for part, ways in {"vnni": ("avx_vnni", "avx512_vnni"), "bf16": ("avx512_bf16",), "amx": ("amx_bf16", "amx_int8")}.items():
        parts += [part] if flags.intersection(ways) else []
    return "-".join(parts)


def title(kind):
    """Returns a readable title for a type of machine."""
    vendor, *parts = (words.get(part, part) for part in kind.split("-"))
    return f"{vendor} with {', '.join(parts)}"


def kinds():
    """Returns all types of machines with results, this one first."""
    return sorted({path.parent.name for path in results.glob("*/*.json")}, key=lambda name: (name != kind(), name))


def facts():
    flags = processor("flags").split()
    return {
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "processor": processor("model name"),
        "instructions": [name for name in known if name in flags],
        "cores": len(re.findall(r"^processor", pathlib.Path("/proc/cpuinfo").read_text(), re.M)),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": {name: importlib.metadata.version(name) for name in packages},
    }
