"""A thread that exports tables has been made polite (nice 19), and others wait for it and its GIL.

The CPUs are busy with threads that do without the GIL.

Cause: priority-inversion
"""

import json
import lzma
import os
import threading
import time

data = os.urandom(2_000_000)
table = [{"number": i, "square": i * i} for i in range(4000)]
finished = threading.Event()


def export():
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    while not finished.is_set():
        json.dumps(table)  # THE LINE


def serve():
    while not finished.is_set():
        time.sleep(0.0005)


def pack():
    lzma.compress(data)
    finished.set()


targets = [export, serve, serve] + [pack] * (os.cpu_count() or 1)
threads = [threading.Thread(target=target) for target in targets]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
