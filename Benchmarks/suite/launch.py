"""`launch.py FILE COMMAND...`: runs a command, writes to the file how long it took, its peak memory and its exit code.

The system counts to a process what its parent held when it was begun, so the parent is as small as Python can be.
"""
import json
import os
import sys
import time

start = time.perf_counter()
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - start
with open(sys.argv[1], "w") as file:
    json.dump({"seconds": seconds, "megabytes": usage.ru_maxrss / 1024, "code": os.waitstatus_to_exitcode(status)}, file)
