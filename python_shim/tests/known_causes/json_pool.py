"""A pool of six threads reads and writes small JSON documents, each in less than a millisecond.

Cause: gil-bound
"""

import json
from concurrent.futures import ThreadPoolExecutor

text = json.dumps({f"key {i}": [i, str(i), {"half": i / 2}] for i in range(150)})


def convert(_):
    for _ in range(12):
        document = json.loads(text)  # THE LINE
        document["key 0"] = None
        json.dumps(document)  # THE LINE


with ThreadPoolExecutor(6) as pool:
    list(pool.map(convert, range(600)))
