"""Five threads write to one log, whose file is flushed to the disk with the handler's lock held.

Cause: lock
"""

import logging
import os
import tempfile
import threading
import time


class SlowDisk(logging.StreamHandler):
    def emit(self, record):
        super().emit(record)
        os.fsync(self.stream.fileno())
        # As a disk that turns.
        time.sleep(0.004)


def work(number):
    for step in range(80):
        log.info("worker %d, step %d", number, step)  # THE LINE


with tempfile.TemporaryFile("w") as file:
    log = logging.getLogger("work")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(SlowDisk(file))
    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
