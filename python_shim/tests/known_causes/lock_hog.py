"""Three threads hash files, but keep the lock of the table of results while they do.

Cause: lock
"""

import hashlib
import threading

data = bytes(8_000_000)
lock = threading.Lock()
digests = {}


def digest(name):
    for number in range(70):
        with lock:  # THE LINE
            digests[name, number] = hashlib.sha256(data).digest()


threads = [threading.Thread(target=digest, args=(name,)) for name in "abc"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
