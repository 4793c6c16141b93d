"""Two threads sum arrays without the GIL; after each sum they wait for a Python loop's turn to end.

Cause: convoy
"""

import threading

import numpy

array = numpy.ones(100_000)
finished = threading.Event()


def count():
    total = 0
    for i in range(16_000_000):
        total += (i * i + 7) % 13 - (i >> 3)  # THE LINE
    finished.set()
    return total


def add_up():
    while not finished.is_set():
        array.sum()


threads = [threading.Thread(target=target) for target in (count, add_up, add_up)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
