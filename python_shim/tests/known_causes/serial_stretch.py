"""The main thread prepares all work alone; then two threads do it side by side.

Cause: serial
"""

import zlib
from concurrent.futures import ThreadPoolExecutor

texts = []
for number in range(2):
    text = []
    for i in range(1_600_000):
        text.append(f"{number} {i * i} {i % 97}\n")  # THE LINE
    texts.append("".join(text).encode())

with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda text: zlib.compress(text[:12_000_000]), texts))
