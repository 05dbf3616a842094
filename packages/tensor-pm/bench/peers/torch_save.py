"""Saves a state dict of float32 tensors with torch.save and syncs the file; gigabytes a second.

Arguments: path, bytes in all, tensors, saves a sample, what a sync survives there.
"""

import os
import sys
import time

import torch

path, length, count, times, survives = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
each = length // count // 4
state = {f"layer{index}.weight": torch.full((each,), float(index)) for index in range(count)}


def save():
    # As a careful program does: a new file, synced, takes the old one's place.
    with open(path + ".new", "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def sample():
    begin = time.perf_counter()
    for _ in range(times):
        save()
    return times * each * count * 4 / 1e9 / (time.perf_counter() - begin)


print(f"ready {survives} (fsync)", flush=True)
for _ in sys.stdin:
    print(f"{sample():.9g}", flush=True)
os.remove(path)
