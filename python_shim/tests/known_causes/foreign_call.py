"""A thread calls a C function by ctypes.PyDLL, which keeps the GIL; another runs Python code.

Cause: call-keeps-gil
"""

import ctypes
import os
import threading

libc = ctypes.PyDLL(None)
size, width = 400_000, 8
words = os.urandom(size * width // 2).hex().encode()[: size * width]


def sort_words():
    for _ in range(12):
        copy = ctypes.create_string_buffer(words)
        libc.qsort(copy, size, width, libc.strcmp)  # THE LINE


def count():
    total = 0
    for i in range(4_000_000):
        total += i
    return total


threads = [threading.Thread(target=target) for target in (sort_words, count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
