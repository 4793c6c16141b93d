"""Three threads fill a short queue faster than the one that empties it.

Cause: queue
"""

import hashlib
import queue
import threading
import zlib

block = bytes(range(256)) * 6000
items = queue.Queue(maxsize=2)


def produce():
    for _ in range(100):
        hashlib.sha1(block).digest()
        items.put(block)  # THE LINE
    items.put(None)


def consume():
    ended = 0
    while ended < 3:
        item = items.get()
        if item is None:
            ended += 1
        else:
            zlib.compress(item, 9)


threads = [threading.Thread(target=target) for target in (produce, produce, produce, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
