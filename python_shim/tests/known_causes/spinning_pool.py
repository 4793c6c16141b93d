"""After each small product the threads of BLAS wait for the next one on a CPU, not asleep.

Cause: spinning
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "2"

import numpy

matrix = numpy.ones((300, 300))
for _ in range(50):
    matrix @ matrix
    total = 0
    for i in range(300_000):
        total += i * i % 7  # THE LINE
