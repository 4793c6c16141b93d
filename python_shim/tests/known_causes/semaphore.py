"""Four threads compress, but a semaphore lets one of them do so at a time.

Cause: lock
"""

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

block = bytes(range(256)) * 8000
slots = threading.BoundedSemaphore(1)


def compress(_):
    with slots:  # THE LINE
        return len(zlib.compress(block, 6))


with ThreadPoolExecutor(4) as pool:
    list(pool.map(compress, range(200)))
