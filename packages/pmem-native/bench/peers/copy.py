"""Copies an array of ordinary memory into a numpy.memmap and flushes it; milliseconds.

Arguments: path, bytes, what a sync survives there.
"""

import os
import sys
import time

import numpy

path, length, survives = sys.argv[1], int(sys.argv[2]), sys.argv[3]
target = numpy.memmap(path, dtype=numpy.uint8, mode="w+", shape=(length,))
source = numpy.full(length, 7, dtype=numpy.uint8)


def sample():
    begin = time.perf_counter()
    target[:] = source
    target.flush()
    return (time.perf_counter() - begin) * 1e3


print(f"ready {survives} (msync)", flush=True)
for _ in sys.stdin:
    print(f"{sample():.9g}", flush=True)
os.remove(path)
