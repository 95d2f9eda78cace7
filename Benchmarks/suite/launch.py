"""`launch.py FILE COMMAND...`: runs a command and writes its run time, peak memory and exit code to a file.

The peak memory of a process includes that of its parent at the time of the fork, so this script is as small as possible.
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
