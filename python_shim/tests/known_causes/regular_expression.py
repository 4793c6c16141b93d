"""A thread matches an expression that backtracks for long; another serves small requests.

Cause: call-keeps-gil
"""

import re
import threading
import time

pattern = re.compile("(a+)+$")
text = "a" * 22 + "b"
finished = threading.Event()


def match():
    for _ in range(8):
        pattern.match(text)  # THE LINE
    finished.set()


def serve():
    while not finished.is_set():
        time.sleep(0.002)


threads = [threading.Thread(target=target) for target in (match, serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
