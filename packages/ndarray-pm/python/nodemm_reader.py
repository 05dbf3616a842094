"""The n-d arrays of a NodeMM shelf in place: shelf = open_shelf("x.shelf", "r+"); shelf["x"] += 1; shelf["x"].flush()"""
from fcntl import LOCK_EX, LOCK_NB, lockf
from struct import unpack_from
import numpy as np
DTYPES = "? i1 i2 i4 i8 u1 u2 u4 u8 f4 f8 f2 c8 c16".split()  # by their codes, from 1 on
def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8): crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF
def open_shelf(path, mode="r"):
    file = open(path, "rb" if mode == "r" else "r+b")
    if mode != "r": lockf(file, LOCK_EX | LOCK_NB)  # refused while Node.js has the shelf open; held as long as the arrays
    media = np.memmap(file, np.uint8, "r")
    blocks = [b for b in (media[at : at + 128].tobytes() for at in (0, 4096)) if b[:8] == b"NODEMM\r\n" and crc32c(b[:124]) == unpack_from("<I", b, 124)[0]]
    block = max(blocks, key=lambda b: unpack_from("<Q", b, 32))
    assert unpack_from("<I", block, 8)[0] == 1 and unpack_from("<I", block, 24)[0] < 4, "a shelf of another release"
    lanes, lane_bytes, at, size, generation, sequence = unpack_from("<28xI32xQQQI4xQ", block)
    end, at, seed, variables, commits = at + size, at + 64, crc32c(block[40:56]), {}, {}
    while at + 64 <= end:  # a frame: the operations of one commit
        crc, size, *stamp = unpack_from("<IIIQ", media, at)
        if stamp != [generation, sequence] or not 64 <= size <= end - at or crc32c(media[at + 4 : at + size].tobytes(), seed) != crc: break
        place, at, sequence = at + 20, at + size, sequence + 1
        while place + 20 <= at and media[place]:
            kind, typed, name_bytes, meta_bytes, lane, modified = unpack_from("<BBHIIQ", media, place)
            extent = unpack_from("<QQ", media, place + 20) if typed & 128 else (0, 0)
            parts, place = [], place + 20 + (typed & 128) // 8 + (typed & 64) // 16
            for part in (name_bytes, typed & 63, meta_bytes): parts, place = parts + [media[place : place + part].tobytes()], place + part
            name, (_, kept, meta), place = parts[0].decode(), parts, -(-place // 4) * 4
            if kind == 1: variables[name] = (kept, meta, extent)
            elif kind == 2: del variables[name]
            elif kind == 3: variables[meta.decode()] = variables.pop(name)
            elif kind == 4: commits[lane] = modified + 1
            elif kind == 9: variables[name], variables[meta.decode()] = variables[meta.decode()], variables[name]
    for lane, base in ((lane, 8192 + lane * lane_bytes) for lane in range(lanes)):
        live = max(unpack_from("<Q", media, base)[0] & 0xFFFFFFFFFFFF, commits.get(lane, 0))
        assert unpack_from("<Q", media, base + 72)[0] != live, "a transaction was cut short: open the shelf in Node.js, which undoes it"
    metas = {name: (meta[8:] if kept == b"tensor" else meta, extent) for name, (kept, meta, extent) in variables.items() if kept in (b"ndarray", b"tensor")}
    return {n: np.memmap(file, DTYPES[m[1] - 1], mode, e[0], unpack_from(f"<8x{m[3]}Q", m), "CF"[m[2]]) for n, (m, e) in metas.items() if e[1] and m[1] < 15}
