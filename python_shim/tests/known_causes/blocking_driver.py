"""A driver in C waits for its device, but keeps the GIL; two threads run Python code.

Cause: call-keeps-gil
"""

import ctypes
import threading

driver = ctypes.PyDLL(None)


def measure():
    for _ in range(40):
        driver.usleep(40_000)  # THE LINE


def count():
    total = 0
    for i in range(12_000_000):
        total += i
    return total


threads = [threading.Thread(target=target) for target in (measure, count, count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
