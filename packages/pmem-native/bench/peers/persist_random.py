"""Writes 64 B at random places of a numpy.memmap and syncs the page of each; nanoseconds a write.

Arguments: path, bytes of the file, writes a sample, what a sync survives there.
"""

import mmap
import os
import sys
import time

import numpy

WRITE_BYTES = 64
PAGE_BYTES = 4096

path, length, writes, survives = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
array = numpy.memmap(path, dtype=numpy.uint8, mode="w+", shape=(length,))
array._mmap.madvise(mmap.MADV_RANDOM)
array[:] = 0
array.flush()
lines = length // WRITE_BYTES


def offsets(count):
    """The places of one sample, by xorshift32 as in the other contenders."""
    random = 1
    places = []
    for _ in range(count):
        random ^= random << 13 & 0xFFFFFFFF
        random ^= random >> 17
        random ^= random << 5 & 0xFFFFFFFF
        places.append(random % lines * WRITE_BYTES)
    return places


places = offsets(writes)


def sample():
    begin = time.perf_counter()
    for index, offset in enumerate(places):
        array[offset : offset + WRITE_BYTES] = index & 0xFF
        # memmap.flush() would sync the whole file; this is the mmap that it wraps.
        array._mmap.flush(offset // PAGE_BYTES * PAGE_BYTES, PAGE_BYTES)
    return (time.perf_counter() - begin) * 1e9 / writes


print(f"ready {survives} (msync)", flush=True)
for _ in sys.stdin:
    print(f"{sample():.9g}", flush=True)
os.remove(path)
