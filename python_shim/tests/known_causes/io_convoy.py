"""A thread exchanges short messages, and after each one waits for the turn of a Python loop to end.

Cause: convoy
"""

import os
import threading

finished = threading.Event()


def count():
    total = 0
    for i in range(16_000_000):
        total += (i * i + 7) % 13 - (i >> 3)  # THE LINE
    finished.set()
    return total


def exchange():
    reader, writer = os.pipe()
    while not finished.is_set():
        os.write(writer, b"message")
        os.read(reader, 100)
    os.close(reader)
    os.close(writer)


threads = [threading.Thread(target=target) for target in (count, exchange)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
