"""Two threads hash large data, but their cgroup has a quota of one CPU.

Cause: few-cpus
Needs: quota
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
