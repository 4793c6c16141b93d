"""Two threads of a pool compute with large arrays, which numpy does without the GIL.

Cause: fine
"""

from concurrent.futures import ThreadPoolExecutor

import numpy

arrays = [numpy.random.default_rng(seed).random(1_000_000) for seed in range(2)]


def compute(array):
    for _ in range(60):
        numpy.sin(array)  # THE LINE
        numpy.sort(array)  # THE LINE


with ThreadPoolExecutor(2) as pool:
    list(pool.map(compute, arrays))
