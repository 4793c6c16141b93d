"""A thread sorts long lists, in calls that keep the GIL; another serves small requests.

Cause: call-keeps-gil
"""

import random
import threading
import time

numbers = [random.random() for _ in range(700_000)]
finished = threading.Event()


def rank():
    for _ in range(12):
        sorted(numbers)  # THE LINE
    finished.set()


def serve():
    while not finished.is_set():
        time.sleep(0.002)


threads = [threading.Thread(target=target) for target in (rank, serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
