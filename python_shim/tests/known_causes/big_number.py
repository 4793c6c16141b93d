"""A thread computes with very long numbers, each product in one call; two others build texts.

Cause: call-keeps-gil
"""

import threading

number = 3**600_000


def multiply():
    product = 1
    for _ in range(12):
        product = number * number  # THE LINE
    return product


def build():
    parts = []
    for i in range(2_000_000):
        parts.append(str(i))
    return "".join(parts)


threads = [threading.Thread(target=target) for target in (multiply, build, build)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
