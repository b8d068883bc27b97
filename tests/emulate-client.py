# SPDX-License-Identifier: MIT
"""A client of the NPU as a user of a board writes it: ctypes, fcntl and mmap.

It adds 3 and 5. Arguments: how often (1); "time" prints the seconds that this
takes, and leaves the answer unchecked.
"""
import ctypes
import fcntl
import mmap
import os
import struct
import sys
import time

SUBMIT, CREATE, MAP, DESTROY = 0xC0686441, 0xC0286442, 0xC0106443, 0xC0106444


class Create(ctypes.Structure):
    _fields_ = [("handle", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("size", ctypes.c_uint64),
                ("obj", ctypes.c_uint64), ("dma", ctypes.c_uint64), ("sram", ctypes.c_uint64)]


class Map(ctypes.Structure):
    _fields_ = [("handle", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("offset", ctypes.c_uint64)]


class Subcore(ctypes.Structure):
    _fields_ = [("start", ctypes.c_uint32), ("number", ctypes.c_uint32)]


class Submit(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint32), ("timeout", ctypes.c_uint32), ("task_start", ctypes.c_uint32),
                ("task_number", ctypes.c_uint32), ("task_counter", ctypes.c_uint32),
                ("priority", ctypes.c_int32), ("task_obj", ctypes.c_uint64), ("regcfg_obj", ctypes.c_uint64),
                ("task_base", ctypes.c_uint64), ("user_data", ctypes.c_uint64), ("core_mask", ctypes.c_uint32),
                ("fence_fd", ctypes.c_int32), ("subcore", Subcore * 5)]


def find_node():
    """The node whose device has the driver RKNPU."""
    for name in sorted(os.listdir("/sys/class/drm")):
        path = "/sys/class/drm/%s/device/uevent" % name
        if name.startswith("card") and os.path.exists(path):
            with open(path, encoding="ascii") as file:
                if "DRIVER=RKNPU" in file.read().split("\n"):
                    return os.open("/dev/dri/" + name, os.O_RDWR)
    sys.exit("no NPU")


def allocate(fd, size, flags):
    bo = Create(flags=flags, size=size)
    fcntl.ioctl(fd, CREATE, bo)
    place = Map(handle=bo.handle)
    fcntl.ioctl(fd, MAP, place)
    memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=place.offset)
    # A device has no size; scripts clear that much.
    assert memory.size() == 0, memory.size()
    ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 0, memory.size())
    return bo, memory


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    fd = find_node()
    task, task_memory = allocate(fd, 1024, 0x8)
    regcmd, regcmd_memory = allocate(fd, 1024, 0)
    one, one_memory = allocate(fd, 4096, 0)
    other, other_memory = allocate(fd, 4096, 0)
    out, out_memory = allocate(fd, 4096, 0)
    words = [
        (0x1001, 0x1E5, 0x400C), (0x1001, 0x48000002, 0x4010), (0x1001, out.dma, 0x4020), (0x1001, 0, 0x4030),
        (0x1001, 0x70007, 0x403C), (0x1001, 0x108202C0, 0x4070), (0x2001, 0, 0x500C), (0x2001, 7, 0x5014),
        (0x2001, 0x40000008, 0x5034), (0x2001, one.dma, 0x5018), (0x2001, other.dma, 0x5038),
        (0x2001, 0x17849, 0x5044), (0x0081, 0x18, 0x0008),
    ]
    for i, (target, value, offset) in enumerate(words):
        struct.pack_into("<Q", regcmd_memory, 8 * i, target << 48 | (value & 0xFFFFFFFF) << 16 | offset)
    struct.pack_into("<8IQ", task_memory, 0, 0, 4, 0x18, 0x300, 0x1FFFF, 0, len(words) + 1, 0, regcmd.dma)
    struct.pack_into("<8H", one_memory, 0, *[3] * 8)
    struct.pack_into("<8H", other_memory, 0, *[5] * 8)
    submit = Submit(flags=1, timeout=6000, task_number=1, task_obj=task.obj, core_mask=1, fence_fd=-1)
    submit.subcore[0].number = 1
    start = time.monotonic()
    for _ in range(times):
        submit.task_counter = 0
        fcntl.ioctl(fd, SUBMIT, submit)
    if "time" in sys.argv:
        print("%.6f" % (time.monotonic() - start))
        return
    answer = struct.unpack_from("<8H", out_memory, 0)
    assert answer == (8,) * 8, answer
    print("ok")
    os.close(fd)


main()
