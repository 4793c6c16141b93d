"""Two threads ask a server, another process, that takes its time to answer.

Cause: input-output
Needs: server
"""

import os
import threading
import urllib.request

address = os.environ["PAGES"]


def fetch():
    for number in range(10):
        urllib.request.urlopen(f"{address}/slow/{number}").read()  # THE LINE


threads = [threading.Thread(target=fetch) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
