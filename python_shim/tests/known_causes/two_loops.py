"""Two threads run a pure Python loop each.

Cause: gil-bound
"""

import threading


def work():
    total = 0
    for i in range(12_000_000):
        total += (i * i + 7) % 13 - (i >> 3)  # THE LINE
    return total


threads = [threading.Thread(target=work, name=f"work-{number}") for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
