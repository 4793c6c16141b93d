"""A thread of low priority holds the GIL, while threads that do not need it have the CPUs.

Another one waits for it.

Cause: priority-inversion
"""

import hashlib
import os
import threading
import time

finished = threading.Event()


def count():
    # On Linux: the priority of this thread alone.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
    total = 0
    while not finished.is_set():
        for i in range(1000):  # THE LINE
            total += (i * i + 7) % 13 - (i >> 3)  # THE LINE
    return total


def serve():
    while not finished.is_set():
        time.sleep(0.001)


def derive():
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 3_000_000)
    finished.set()


targets = [count, serve] + [derive] * (os.cpu_count() or 1)
threads = [threading.Thread(target=target) for target in targets]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
