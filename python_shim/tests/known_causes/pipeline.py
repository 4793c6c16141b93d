"""A thread fills a queue that two others empty; all three run Python code only.

Cause: gil-bound
"""

import queue
import threading

items = queue.Queue(100)


def produce():
    for number in range(120_000):
        items.put("x".join(str(number + i) for i in range(12)))  # THE LINE
    for _ in range(2):
        items.put(None)


def consume():
    while (item := items.get()) is not None:
        sum(len(word) for word in item.split("x") for _ in range(3))  # THE LINE


threads = [threading.Thread(target=target) for target in (produce, consume, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
