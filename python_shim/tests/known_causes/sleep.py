"""Two threads ask again and again whether something is there, and sleep between.

Cause: sleep
"""

import pathlib
import threading
import time


def poll(name):
    for _ in range(30):
        if pathlib.Path(name).exists():
            return
        time.sleep(0.05)  # THE LINE


threads = [threading.Thread(target=poll, args=(f"/nowhere/{name}",)) for name in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
