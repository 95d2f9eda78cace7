"""What ran where."""
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
    """The commit that was measured, with a plus if there was more."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "Sources", "Package.swift")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def processor(field):
    """What the system says of the first processor."""
    return re.search(rf"^{field}\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1)


def kind():
    """The name of machines whose results are kept together: who made the processor, and what it has for products."""
    vendor, flags = processor("vendor_id"), set(processor("flags").split())
    parts = [{"GenuineIntel": "intel", "AuthenticAMD": "amd"}.get(vendor, vendor.lower())]
    parts.append("avx512" if "avx512f" in flags else "avx2" if "avx2" in flags else "sse")
    for part, ways in {"vnni": ("avx_vnni", "avx512_vnni"), "bf16": ("avx512_bf16",), "amx": ("amx_bf16", "amx_int8")}.items():
        parts += [part] if flags.intersection(ways) else []
    return "-".join(parts)


def title(kind):
    """That name for people."""
    vendor, *parts = (words.get(part, part) for part in kind.split("-"))
    return f"{vendor} with {', '.join(parts)}"


def kinds():
    """The kinds of machines that there are results of, this one's first."""
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
