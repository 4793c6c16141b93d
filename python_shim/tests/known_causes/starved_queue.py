"""Two threads take from a queue that one thread fills more slowly than they could empty it.

Cause: queue
"""

import hashlib
import queue
import threading
import zlib

block = bytes(range(256)) * 12_000
items = queue.Queue()


def produce():
    for _ in range(120):
        items.put(zlib.compress(block))
    items.put(None)
    items.put(None)


def consume():
    while True:
        item = items.get()  # THE LINE
        if item is None:
            return
        hashlib.sha256(item).digest()


threads = [threading.Thread(target=target) for target in (produce, consume, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
