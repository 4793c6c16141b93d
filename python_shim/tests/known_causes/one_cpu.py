"""Two threads hash large data, but their process may use one CPU only (sched_setaffinity).

Cause: few-cpus
Needs: one-cpu
"""

import hashlib
import threading

data = bytes(20_000_000)


def digest():
    for _ in range(40):
        hashlib.sha256(data).digest()  # THE LINE


threads = [threading.Thread(target=digest) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
