"""A thread drops the GIL each millisecond to write, and has it back before another one is awake.

Each drop wakes the other one, whose wait then begins anew: it never comes to ask for its turn.

Cause: starvation
Cause for sample: convoy
"""

import os
import pathlib
import threading
import time

finished = threading.Event()


def compute():
    with pathlib.Path(os.devnull).open("wb", buffering=0) as file:
        for _ in range(2500):
            total = 0
            for i in range(10_000):
                total += i * i % 7  # THE LINE
            file.write(b"%d\n" % total)
    finished.set()


def show_status():
    while not finished.is_set():
        time.sleep(0.001)


threads = [threading.Thread(target=target) for target in (compute, show_status)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
