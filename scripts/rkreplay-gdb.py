# SPDX-License-Identifier: MIT
"""Log the NPU's calls of a program with gdb, where no library can be preloaded.

    gdb -q -batch -nx -x rkreplay-gdb.py --args PROGRAM [ARGUMENT...] >FILE

The rows are those of gdb captures, as "rkreplay parse" reads them, and
further ones for MEM_DESTROY, GEM_CLOSE and the errno of a call that failed.
They go to standard output, or to the file that RKREPLAY_GDB_LOG names.
RKREPLAY_GDB_SYSFS=COMMAND puts a snapshot before and after each submit: it is
run as COMMAND --label before_submit_N, e.g. "rkreplay snapshot sysfs".

For x86-64 and AArch64, on which the C library passes arguments as the
processor's ABI says. Values are read when a call begins and again when it
returns. The program is changed by breakpoints alone, and, where a call has
failed, by gdb calling the function of the C library that tells the errno.
"""

import os
import shlex
import struct
import subprocess
import sys

import gdb

# What the driver takes ioctls as, by number [source: driver]; and the DRM core's.
ACTION, SUBMIT, MEM_CREATE, MEM_MAP, MEM_DESTROY, MEM_SYNC = range(0x40, 0x46)
GEM_CLOSE = 0x09
DRM_TYPE = ord("d")

SUBMIT_SIZE = 104
SUBCORES = 5


class Machine:
    """Where arguments, results and return addresses are."""

    def __init__(self, name):
        self.aarch64 = "aarch64" in name
        if not self.aarch64 and "x86-64" not in name:
            raise gdb.GdbError("rkreplay-gdb: the architecture %s is not known; use x86-64 or AArch64" % name)
        self.arguments = (["x%d" % i for i in range(6)] if self.aarch64
                          else ["rdi", "rsi", "rdx", "rcx", "r8", "r9"])
        self.result = "x0" if self.aarch64 else "rax"

    def register(self, name):
        return int(gdb.parse_and_eval("$" + name)) & (1 << 64) - 1

    def argument(self, index):
        return self.register(self.arguments[index])

    def stack(self):
        return self.register("sp")


def read(address, size):
    """Memory of the program, or None."""
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.error:
        return None


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Log:
    """The rows, and what they need to know of earlier ones."""

    def __init__(self, machine):
        self.machine = machine
        path = os.environ.get("RKREPLAY_GDB_LOG")
        self.out = open(path, "w", encoding="utf-8") if path else sys.stdout
        self.counts = {}
        self.calls = 0
        self.creates = []   # (size, flags, handle, obj, dma), of those that succeeded
        self.syncs = []     # (obj, flags, offset, size)
        self.offsets = {}   # mmap offset: ordinals of MEM_MAP
        self.mappings = {}  # address: (maps, length, fd, offset)
        self.fds = set()    # that an NPU ioctl was seen on

    def row(self, text):
        self.out.write(text + "\n")
        self.out.flush()

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    # ---- ioctl: begin_ methods return the call's name and what to do when it has returned

    def begin_action(self, _, arg):
        data = read(arg, 8)
        if not data:
            self.row("ACTION unreadable arg=0x%x" % arg)
            return None
        flags, value = struct.unpack("<II", data)
        self.row("ACTION flags=0x%08x value=0x%08x" % (flags, value))
        return "ACTION flags=0x%08x" % flags, None

    def begin_mem_create(self, size, arg):
        n = self.count("MEM_CREATE")
        # Old callers pass a struct of 40 bytes; what is shown is in both [source: driver].
        data = read(arg, 40)
        if not data:
            self.row("MEM_CREATE #%d unreadable arg=0x%x" % (n, arg))
            return None
        handle, flags, wanted, obj, dma, sram = struct.unpack("<IIQQQQ", data)
        self.row("MEM_CREATE #%d size=%d flags=0x%08x handle=0x%x obj=0x%x dma=0x%x sram=%d" %
                 (n, wanted, flags, handle, obj, dma, sram))

        def end(result):
            after = read(arg, 40)
            if not after:
                self.row("MEM_CREATE_RET #%d unreadable arg=0x%x" % (n, arg))
                return
            handle, _, size, obj, dma, sram = struct.unpack("<IIQQQQ", after)
            self.row("MEM_CREATE_RET #%d handle=0x%x obj=0x%x dma=0x%x sram=%d" % (n, handle, obj, dma, sram))
            if result == 0:
                self.creates.append((size, flags, handle, obj, dma))
        return "MEM_CREATE #%d" % n, end

    def begin_mem_map(self, _, arg):
        n = self.count("MEM_MAP")
        data = read(arg, 16)
        if not data:
            self.row("MEM_MAP #%d unreadable arg=0x%x" % (n, arg))
            return None
        self.row("MEM_MAP #%d handle=0x%x reserved=0x%x offset=0x%x" % ((n,) + struct.unpack("<IIQ", data)))

        def end(result):
            after = read(arg, 16)
            if not after:
                self.row("MEM_MAP_RET #%d unreadable arg=0x%x" % (n, arg))
                return
            handle, reserved, offset = struct.unpack("<IIQ", after)
            self.row("MEM_MAP_RET #%d handle=0x%x reserved=0x%x offset=0x%x" % (n, handle, reserved, offset))
            if result == 0:
                self.offsets.setdefault(offset, []).append(n)
        return "MEM_MAP #%d" % n, end

    def begin_mem_destroy(self, _, arg):
        data = read(arg, 16)
        if not data:
            return None
        n = self.count("MEM_DESTROY")
        self.row("MEM_DESTROY #%d handle=0x%x reserved=0x%x obj=0x%x" % ((n,) + struct.unpack("<IIQ", data)))
        return "MEM_DESTROY #%d" % n, None

    def begin_mem_sync(self, _, arg):
        data = read(arg, 32)
        if not data:
            self.row("MEM_SYNC unreadable arg=0x%x" % arg)
            return None
        flags, _, obj, offset, size = struct.unpack("<IIQQQ", data)
        self.row("MEM_SYNC flags=0x%08x obj=0x%x offset=%d size=%d" % (flags, obj, offset, size))
        self.syncs.append((obj, flags, offset, size))
        return "MEM_SYNC flags=0x%08x" % flags, None

    def begin_gem_close(self, _, arg):
        data = read(arg, 8)
        if not data:
            return None
        n = self.count("GEM_CLOSE")
        self.row("GEM_CLOSE #%d handle=0x%x" % (n, struct.unpack("<II", data)[0]))
        return "GEM_CLOSE #%d" % n, None

    def begin_submit(self, cmd, arg):
        n = self.count("SUBMIT")
        self.snapshot("before_submit_%d" % n)
        self.row("")
        self.row("=== DRM_IOCTL_RKNPU_SUBMIT #%d cmd=0x%08x size=%d arg=0x%x ===" % (n, cmd, cmd >> 16 & 0x3fff, arg))
        data = read(arg, SUBMIT_SIZE)
        if not data:
            self.row("  submit struct unreadable")
        else:
            self.submit_rows(data)

        def end(_):
            self.snapshot("after_submit_%d" % n)
        # The snapshot stands in front of the row that tells of the return.
        end.first = True
        return "SUBMIT #%d" % n, end

    def submit_rows(self, data):
        flags, timeout, start, number, counter, priority, obj = struct.unpack_from("<IIIIIiQ", data)
        regcfg, base, user, mask, fence = struct.unpack_from("<QQQIi", data, 32)
        self.row("  flags=0x%08x timeout=%d task_start=%d task_number=%d" % (flags, timeout, start, number))
        self.row("  task_counter=%d priority=%d task_obj_addr=0x%x" % (counter, priority, obj))
        self.row("  regcfg_obj_addr=0x%x task_base_addr=0x%x user_data=0x%x" % (regcfg, base, user))
        self.row("  core_mask=0x%08x fence_fd=%d" % (mask, fence))
        for i in range(SUBCORES):
            self.row("  subcore_task[%d]={task_start=%d, task_number=%d}" %
                     ((i,) + struct.unpack_from("<II", data, 64 + 8 * i)))
        creates = [c for c in self.creates if c[3] == obj]
        self.row("  task_obj_mem_create_matches=%d" % len(creates))
        for size, flags, handle, _, dma in creates:
            self.row("    match size=%d handle=0x%x dma=0x%x flags=0x%08x" % (size, handle, dma, flags))
        syncs = [s for s in self.syncs if s[0] == obj]
        self.row("  task_obj_mem_sync_matches=%d" % len(syncs))
        for _, flags, offset, size in syncs:
            self.row("    sync flags=0x%08x offset=%d size=%d" % (flags, offset, size))

    def snapshot(self, label):
        command = os.environ.get("RKREPLAY_GDB_SYSFS")
        if not command:
            return
        self.out.flush()
        try:
            done = subprocess.run(shlex.split(command) + ["--label", label], stdout=subprocess.PIPE, timeout=10,
                                  check=False)
            self.out.write(done.stdout.decode("utf-8", "replace"))
        except (OSError, ValueError, subprocess.TimeoutExpired) as e:
            sys.stderr.write("rkreplay-gdb: %s: %s; see RKREPLAY_GDB_SYSFS\n" % (command, e))

    BEGIN = {
        ACTION: begin_action, SUBMIT: begin_submit, MEM_CREATE: begin_mem_create, MEM_MAP: begin_mem_map,
        MEM_DESTROY: begin_mem_destroy, MEM_SYNC: begin_mem_sync, GEM_CLOSE: begin_gem_close,
    }

    # ---- the four functions: each returns what to do with the result and the errno, or None

    def ioctl(self):
        fd = signed(self.machine.argument(0), 32)
        cmd, arg = self.machine.argument(1) & 0xffffffff, self.machine.argument(2)
        number = cmd & 0xff
        if cmd >> 8 & 0xff != DRM_TYPE or number not in self.BEGIN:
            return None
        # Any GPU's buffers are closed by the same call: only the NPU's are of interest.
        if number == GEM_CLOSE and fd not in self.fds:
            return None
        self.fds.add(fd)
        begun = self.BEGIN[number](self, cmd, arg)
        self.calls += 1
        call = self.calls
        if begun is None:
            return None
        what, after = begun
        first = getattr(after, "first", False)

        def end(result, errno):
            result = signed(result, 32)
            if after and first:
                after(result)
            self.row("IOCTL_RET #%d %s ret=%d" % (call, what, result))
            if after and not first:
                after(result)
            if errno is not None:
                self.row("IOCTL_ERRNO #%d %s errno=%d" % (call, what.split()[0], errno))
        return end

    def mmap(self):
        a = [self.machine.argument(i) for i in range(6)]
        fd, offset = signed(a[4], 32), a[5]
        if offset not in self.offsets or fd < 0:
            return None
        n = self.count("MMAP")
        maps = ",".join(str(m) for m in self.offsets[offset])
        self.row("MMAP #%d maps=%s addr=0x%x length=%d prot=0x%x flags=0x%x fd=%d offset=0x%x" %
                 (n, maps, a[0], a[1], a[2] & 0xffffffff, a[3] & 0xffffffff, fd, offset))

        def end(result, errno):
            if signed(result, 64) == -1:
                self.row("MMAP_RET #%d addr=0x-1" % n)
                if errno is not None:
                    self.row("CALL_ERRNO MMAP errno=%d" % errno)
                return
            self.mappings[result] = (maps, a[1], fd, offset)
            self.row("MMAP_RET #%d addr=0x%x" % (n, result))
        return end

    def munmap(self):
        address, length = self.machine.argument(0), self.machine.argument(1)
        if address not in self.mappings:
            return None
        maps, expected, fd, offset = self.mappings.pop(address)
        n = self.count("MUNMAP")
        self.row("MUNMAP #%d maps=%s addr=0x%x length=%d expected_length=%d fd=%d offset=0x%x" %
                 (n, maps, address, length, expected, fd, offset))
        return self.plain_end("MUNMAP", n)

    def close(self):
        fd = signed(self.machine.argument(0), 32)
        if fd not in self.fds:
            return None
        self.fds.discard(fd)
        n = self.count("CLOSE")
        self.row("CLOSE #%d fd=%d" % (n, fd))
        return self.plain_end("CLOSE", n)

    def plain_end(self, what, n):
        def end(result, errno):
            self.row("%s_RET #%d ret=%d" % (what, n, signed(result, 32)))
            if errno is not None:
                self.row("CALL_ERRNO %s errno=%d" % (what, errno))
        return end


class Tracer:
    """Stops at the functions and at their returns. The errno of a call that
    failed is behind a function of the C library, which can be called only
    when the program has really stopped: then, and only then, it does."""

    def __init__(self, log):
        self.log = log
        self.failed = []  # (thread, return breakpoint, what to do, result)

    def fail(self, stop):
        self.failed.append(stop)

    def settle(self):
        """What waits for an errno gets it. True if there was something."""
        waiting, self.failed = self.failed, []
        for thread, end, result in waiting:
            thread.switch()
            end(result, self.errno())
        return bool(waiting)

    def errno(self):
        """Of the thread; None: it cannot be told."""
        gdb.execute("set scheduler-locking on")
        try:
            return int(gdb.parse_and_eval("*((int *(*)(void))__errno_location)()"))
        except gdb.error as e:
            sys.stderr.write("rkreplay-gdb: no errno: %s\n" % e)
            return None
        finally:
            gdb.execute("set scheduler-locking replay")


class Return(gdb.Breakpoint):
    """Where a call comes back to."""

    def __init__(self, tracer, end, address, stack):
        super().__init__("*0x%x" % address, internal=True)
        self.thread = gdb.selected_thread().num
        self.tracer, self.end, self.stack, self.over = tracer, end, stack, False

    def stop(self):
        machine = self.tracer.log.machine
        # A handler of a signal may come by here with a deeper stack.
        if self.over or machine.stack() < self.stack:
            return False
        self.over = True
        self.enabled = False
        result = machine.register(machine.result)
        if signed(result, 64) == -1 or (self.end.narrow and signed(result, 32) == -1):
            self.tracer.fail((gdb.selected_thread(), self.end, result))
            return True
        self.end(result, None)
        return False


class Entry(gdb.Breakpoint):
    """The start of a function of the C library."""

    def __init__(self, tracer, name, begin, narrow):
        super().__init__(name, internal=False)
        self.silent = True
        self.tracer, self.begin, self.narrow = tracer, begin, narrow
        self.returns = []

    def stop(self):
        machine = self.tracer.log.machine
        end = self.begin()
        if end is None:
            return False
        end.narrow = self.narrow
        # Where gdb stops may be behind a prologue, which has moved the return address; gdb knows where.
        caller = gdb.newest_frame().older()
        if caller is None:
            return False
        self.returns = [r for r in self.returns if not self.spent(r)]
        self.returns.append(Return(self.tracer, end, caller.pc(), machine.stack()))
        return False

    @staticmethod
    def spent(breakpoint):
        if breakpoint.over and breakpoint.is_valid():
            breakpoint.delete()
        return breakpoint.over


def alive():
    return gdb.selected_inferior().pid != 0


def main():
    for setting in ("pagination off", "confirm off", "breakpoint pending on", "print thread-events off",
                    "disable-randomization off", "debuginfod enabled off"):
        try:
            gdb.execute("set " + setting, to_string=True)
        except gdb.error:
            pass  # an older gdb, or a machine on which it cannot be set
    # gdb keeps it to itself otherwise, and Ctrl-C would end nothing.
    gdb.execute("handle SIGINT pass", to_string=True)
    try:
        # The code's own architecture is known once it runs.
        gdb.execute("starti", to_string=True)
        log = Log(Machine(gdb.selected_frame().architecture().name()))
    except gdb.error as e:
        raise gdb.GdbError("rkreplay-gdb: the program cannot be started: %s" % e)
    tracer = Tracer(log)
    # An "int" is all that these return; mmap returns an address.
    for name, begin, narrow in (("ioctl", log.ioctl, True), ("mmap", log.mmap, False),
                                ("munmap", log.munmap, True), ("close", log.close, True)):
        Entry(tracer, name, begin, narrow)
    while alive():
        gdb.execute("continue", to_string=True)
        if not alive() or tracer.settle():
            continue
        # Stopped by something of its own, such as a signal: let it have it.
        if not isinstance(LAST_STOP[0], gdb.SignalEvent):
            continue
        if LAST_STOP[0].stop_signal in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE"):
            sys.stderr.write("rkreplay-gdb: the program received %s\n" % LAST_STOP[0].stop_signal)
    log.out.flush()
    if not log.calls:
        sys.stderr.write("rkreplay-gdb: no call of the NPU was seen; a static program must have its symbols, and what "
                         "it starts is not followed\n")


LAST_STOP = [None]


def remember(event):
    LAST_STOP[0] = event


gdb.events.stop.connect(remember)
main()
