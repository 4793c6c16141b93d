"""Two threads hash large data, but other programs keep all CPUs busy.

Cause: busy-machine
Needs: busy-cpus
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
