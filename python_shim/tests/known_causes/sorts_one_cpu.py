"""Four threads sort arrays, which numpy does without the GIL, on the one CPU that they may use.

Cause: few-cpus
Needs: one-cpu
"""

from concurrent.futures import ThreadPoolExecutor

import numpy

arrays = [numpy.random.default_rng(seed).random(2_000_000) for seed in range(4)]


def order(array):
    for _ in range(3):
        numpy.sort(array, kind="stable")  # THE LINE


with ThreadPoolExecutor(4) as pool:
    list(pool.map(order, arrays))
