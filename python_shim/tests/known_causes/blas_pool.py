"""Three threads invert matrices, each with a pool of BLAS threads that is larger than the machine.

Cause: oversubscription
"""

import os
import threading

os.environ["OPENBLAS_NUM_THREADS"] = "12"

import numpy

matrix = numpy.random.default_rng(1).random((400, 400))


def invert():
    for _ in range(15):
        numpy.linalg.inv(matrix)  # THE LINE


threads = [threading.Thread(target=invert) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
