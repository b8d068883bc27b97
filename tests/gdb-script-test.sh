#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The gdb capture script on a client of its own, which makes the calls on a
# file that is no device: they fail, and are logged all the same. Writes TAP.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

cat >client.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct create { uint32_t handle, flags; uint64_t size, obj, dma, sram; int32_t domain; uint32_t mask; };
struct map { uint32_t handle, reserved; uint64_t offset; };
struct sync { uint32_t flags, reserved; uint64_t obj, offset, size; };
struct submit { uint32_t flags, timeout, start, number, counter; int32_t priority; uint64_t obj, regcfg, base, user;
		uint32_t mask; int32_t fence; uint32_t sub[10]; };

#ifdef FAKE
/* In place of the library's: a driver that says yes. */
int
ioctl(int fd, unsigned long cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	(void)fd;
	if ((cmd & 0xff) == 0x42) {
		struct create *c = arg;
		c->handle = 1; c->obj = 0xffffff8100000400; c->dma = 0xfff8d000; c->size = 4096;
	}
	if ((cmd & 0xff) == 0x43)
		((struct map *)arg)->offset = 0;
	if ((cmd & 0xff) == 0x40 && *(uint32_t *)arg == 0x14) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
#endif

int
main(void)
{
	int fd = open("device", O_RDWR | O_CREAT, 0600);
	uint32_t action[2] = { 1, 0 }, refused[2] = { 0x14, 0 }, gem_close[2] = { 1, 0 };
	struct create c = { .flags = 0x40b, .size = 680 };
	struct map m = { .handle = 1 }, d = { .handle = 1 };
	struct sync s = { .flags = 1, .obj = 0xffffff8100000400, .size = 680 };
	struct submit j = { .flags = 5, .timeout = 6000, .number = 2, .obj = 0xffffff8100000400, .fence = -1,
			    .sub = { 0, 2, 0, 2, 0, 2 } };

	if (ftruncate(fd, 4096) < 0)
		return 2;
	ioctl(fd, _IOWR('d', 0x40, action), action);
	ioctl(fd, _IOWR('d', 0x40, refused), refused);
	ioctl(fd, _IOWR('d', 0x42, struct create), &c);
	ioctl(fd, _IOWR('d', 0x43, struct map), &m);
	void *p = mmap(NULL, 680, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ioctl(fd, _IOWR('d', 0x45, struct sync), &s);
	ioctl(fd, _IOWR('d', 0x41, struct submit), &j);
	ioctl(fd, _IOWR('d', 0x41, struct submit), (void *)8);
	munmap(p, 680);
	ioctl(fd, _IOWR('d', 0x44, struct map), &d);
	ioctl(fd, _IOW('d', 0x09, gem_close), gem_close);
	close(fd);
	return 0;
}
END

if ! command -v gdb >/dev/null 2>&1; then
	echo '1..0 # SKIP no gdb: apt-get install gdb'
	exit 0
fi
${CC:-cc} -o refused client.c && ${CC:-cc} -DFAKE -o taken client.c || exit 1

# trace CLIENT: its log, in the file "log".
trace()
{
	rm -f log
	RKREPLAY_GDB_LOG=log timeout 60 gdb -q -batch -nx -x "$top_srcdir/scripts/rkreplay-gdb.py" --args "./$1" \
		>out 2>err
}

trace refused
if grep -q -i -e 'ptrace: Operation not permitted' -e 'cannot be started' out err && [ ! -s log ]; then
	echo '1..0 # SKIP gdb may not trace here'
	exit 0
fi

# has NAME ROW: the row is in the log, whole.
has()
{
	grep -q -x -F -e "$2" log && ok "$1" || {
		cat log >>err
		not_ok "$1"
	}
}

has 'a call of a file that is no device' 'ACTION flags=0x00000001 value=0x00000000'
has 'its failure' 'IOCTL_RET #1 ACTION flags=0x00000001 ret=-1'
has 'and why' 'IOCTL_ERRNO #1 ACTION errno=25'
has 'the struct after a failed call' 'MEM_CREATE_RET #1 handle=0x0 obj=0x0 dma=0x0 sram=0'
has 'a submit' '  flags=0x00000005 timeout=6000 task_start=0 task_number=2'
has 'a submit that cannot be read' '  submit struct unreadable'
has 'MEM_DESTROY' 'MEM_DESTROY #1 handle=0x1 reserved=0x0 obj=0x0'
has 'GEM_CLOSE' 'GEM_CLOSE #1 handle=0x1'
has 'the last call' 'IOCTL_RET #9 GEM_CLOSE #1 ret=-1'
has 'close' 'CLOSE_RET #1 ret=0'
expect 'all of it is read' 0 '"unknown":0}' parse --json log
expect 'as calls with their returns' 0 'gem_close n=1 call=9 handle=0x1 ret=-1' show --timeline log

trace taken
has 'a call that succeeds' 'IOCTL_RET #1 ACTION flags=0x00000001 ret=0'
has 'one that fails' 'IOCTL_ERRNO #2 ACTION errno=22'
has 'what a BO got' 'MEM_CREATE_RET #1 handle=0x1 obj=0xffffff8100000400 dma=0xfff8d000 sram=0'
grep -q -x -e 'MMAP #1 maps=1 addr=0x0 length=680 prot=0x3 flags=0x1 fd=[0-9]* offset=0x0' log &&
	ok 'its mapping' || not_ok 'its mapping'
has 'the BO of the tasks' '    match size=4096 handle=0x1 dma=0xfff8d000 flags=0x0000040b'
has 'and its syncs' '    sync flags=0x00000001 offset=0 size=680'
grep -q -e '^MUNMAP #1 maps=1 .* length=680 expected_length=680' log && ok 'its end' || not_ok 'its end'
expect 'all of it is read, too' 0 '"unknown":0}' parse --json log
grep -q '"record":"mmap".*"addr":"0x' out && ok 'with the address of the mapping' ||
	not_ok 'with the address of the mapping'

# A signal that gdb would keep, as it is its own Ctrl-C.
cat >interrupted.c <<'END'
#include <signal.h>
#include <stdio.h>

int
main(void)
{
	raise(SIGINT);
	puts("goes on");
	return 0;
}
END
${CC:-cc} -o interrupted interrupted.c || exit 1
trace interrupted
grep -q 'goes on' out && not_ok 'an interrupt ends the program' || ok 'an interrupt ends the program'
grep -q 'no call of the NPU was seen' err && ok 'a program without calls is told of' ||
	not_ok 'a program without calls is told of'

if ${CC:-cc} -static -o static client.c 2>err; then
	trace static
	has 'a static program' 'IOCTL_RET #1 ACTION flags=0x00000001 ret=-1'
	! grep -q 'errno=0' log && ok 'an errno that cannot be told is left out' ||
		not_ok 'an errno that cannot be told is left out'
	expect 'and all of it is read' 0 '"unknown":0}' parse --json log
else
	n=$((n + 1))
	echo "ok $n - a static program # SKIP none can be linked"
fi

# Snapshots come from a command, and stand around the submit.
cat >snapshot <<'END'
#!/bin/sh
echo "SYSFS_SNAPSHOT $2"
END
chmod +x snapshot
RKREPLAY_GDB_SYSFS="$PWD/snapshot"
export RKREPLAY_GDB_SYSFS
trace taken
sed -n '/before_submit_1/=; /RKNPU_SUBMIT #1/=; /after_submit_1/=; /SUBMIT #1 ret=0/=' log >order
sort -n order | cmp -s - order && [ "$(wc -l <order)" -eq 4 ] && ok 'snapshots around the submit' ||
	not_ok 'snapshots around the submit'

echo "1..$n"
