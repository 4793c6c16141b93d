"""Two threads collect garbage after each small task, in a heap of many objects.

Cause: collector
Cause for sample: call-keeps-gil
"""

import gc
import threading

heap = [[number] for number in range(600_000)]


def work():
    for number in range(15):
        rows = [str(i * number) for i in range(5_000)]
        rows.sort()
        gc.collect()  # THE LINE


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
