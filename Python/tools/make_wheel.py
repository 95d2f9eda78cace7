"""Builds a wheel reproducibly: make_wheel.py VERSION TAG LIBRARY HEADER PROGRAM OUT."""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parents[1]


def extras(text):
    """Yields the extras in pyproject.toml, one per line."""
    block = text.split("[project.optional-dependencies]\n")[1].split("\n\n")[0]
    for line in block.splitlines():
        name, values = line.split(" = ", 1)
        yield name, re.findall(r'"([^"]+)"', values)


def metadata(version):
    text = (HERE / "pyproject.toml").read_text()
    field = lambda name: re.search(rf'^{name} = "(.*)"$', text, re.M).group(1)  # noqa: E731
    lines = [
        "Metadata-Version: 2.1", f"Name: {field('name')}", f"Version: {version}", f"Summary: {field('description')}",
        "License: Apache-2.0", f"Requires-Python: {field('requires-python')}",
        "Classifier: Operating System :: POSIX :: Linux", "Classifier: Typing :: Typed",
        "Description-Content-Type: text/markdown",
    ]
    needed = re.search(r"^dependencies = \[(.*)\]$", text, re.M).group(1)
    lines += [f"Requires-Dist: {value}" for value in re.findall(r'"([^"]+)"', needed)]
    for name, values in extras(text):
        lines.append(f"Provides-Extra: {name}")
        lines += [f'Requires-Dist: {value}; extra == "{name}"' for value in values]
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text()


def main():
    version, tag, library, header, program, out = sys.argv[1:]
    files = {}
    for path in sorted((HERE / "swift_bert").glob("*")):
        if path.suffix in (".py", ".pyi", ".typed"):
            files[f"swift_bert/{path.name}"] = (path.read_bytes(), 0o644)
    files["swift_bert/lib/libswift_bert.so"] = (pathlib.Path(library).read_bytes(), 0o755)
    files["swift_bert/include/swift_bert.h"] = (pathlib.Path(header).read_bytes(), 0o644)
    if program != "-":
        files[f"swift_bert-{version}.data/scripts/bert"] = (pathlib.Path(program).read_bytes(), 0o755)
    info = f"swift_bert-{version}.dist-info"
    files[f"{info}/METADATA"] = (metadata(version).encode(), 0o644)
    wheel = f"Wheel-Version: 1.0\nGenerator: swift-bert\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
    files[f"{info}/WHEEL"] = (wheel.encode(), 0o644)
    files[f"{info}/LICENSE"] = ((HERE.parent / "LICENSE").read_bytes(), 0o644)
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()  # noqa: E731
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, (data, _) in files.items())
    files[f"{info}/RECORD"] = ((record + f"{info}/RECORD,,\n").encode(), 0o644)

    path = pathlib.Path(out) / f"swift_bert-{version}-py3-none-{tag}.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data, compresslevel=9)
    print(path)


main()
