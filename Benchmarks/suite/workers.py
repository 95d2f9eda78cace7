"""Worker processes, one per runtime, that are measured alternately."""
import contextlib
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

import numpy

from places import minilm, models, plain, suite, work


class Unavailable(Exception):
    """A runtime can't run a row; the message is the reason."""


def ending(code):
    """Describes the unexpected exit of a process."""
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Worker:
    """A runtime with a model in one precision."""

    def __init__(self, name, kind, command, environment):
        self.name, self.kind, self.given_up = name, kind, None
        self.log = (work / "workers.log").open("ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1, cwd=suite,
            env={**os.environ, **environment})
        self.output = work / f"output-{self.process.pid}"
        try:
            _, self.description = self.answer()
        except Unavailable:
            self.close()
            raise

    def answer(self, patience=None):
        """Returns the fields of the next line. Raises an error if the runtime is unavailable or the process exited.

        Kills the process after `patience` seconds.
        """
        # The process writes one line per command, so the buffer is empty.
        if patience and not select.select([self.process.stdout], [], [], patience)[0]:
            self.process.kill()
            self.given_up = f"a first pass took more than {patience} s"
        line = "" if self.given_up else self.process.stdout.readline()
        if not line:
            how = ending(self.process.wait())
            if self.name == "swift-bert":
                sys.exit(f"{self.name} {how}; see {self.log.name}")
            raise Unavailable(self.given_up or how)
        fields = line.rstrip("\n").split("\t")
        if fields[0] == "unavailable":
            raise Unavailable(plain(fields[1]))
        return fields

    def ask(self, *fields, patience=None):
        # The process may have exited, which `answer` reports.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("\t".join(map(str, fields)) + "\n")
        answer = [float(field) for field in self.answer(patience)]
        self.settle()
        return answer

    def bind(self, *fields, patience=None):
        """Runs once. Returns the float32 output and the time in ms."""
        verb = "shape" if self.kind == "encoder" else "texts"
        (first,) = self.ask(verb, *fields, self.output, patience=patience)
        return numpy.fromfile(self.output, dtype=numpy.float32), first

    def settle(self):
        """Waits until its threads stop spinning, which would slow down the next runtime."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        end = time.monotonic() + 1
        while tasks.is_dir() and time.monotonic() < end:
            if all(stat.read_text().rpartition(")")[2].split()[0] != "R" for stat in tasks.glob("*/stat")):
                return
            time.sleep(0.002)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        (work / f"output-{self.process.pid}").unlink(missing_ok=True)


def ours(binary, kind, model, precision, backend):
    """This package with a backend."""
    environment = {"BERT_BACKEND": backend, "BERT_QUIET": "1"}
    if precision != "float32":
        environment["BERT_PRECISION"] = precision
    return Worker("swift-bert", kind, [binary, kind, str(models[model])], environment)


def peer(name, kind, model, precision):
    return Worker(name, kind, [sys.executable, str(suite / "worker.py"), kind, name, model, precision], {})
