"""Four threads compress data side by side; then the main thread alone merges sorted numbers.

Cause: serial
"""

import bz2
import heapq
import os
import threading

data = [os.urandom(900_000) for _ in range(4)]
numbers = [range(start, 2_400_000, 4) for start in range(4)]
packed = {}


def pack(index):
    packed[index] = bz2.compress(data[index])


threads = [threading.Thread(target=pack, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
merged = []
for number in heapq.merge(*numbers):  # THE LINE
    merged.append(number)  # THE LINE
