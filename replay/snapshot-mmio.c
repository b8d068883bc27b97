/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "snapshot-mmio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/regs-ids.h"
#include "lib/util.h"

#define MEMORY_DEVICE "/dev/mem"
#define WINDOW ((size_t)64 << 10)

/* Each core's registers [captured: snapshot logs; source: device tree]. */
static const uint32_t bases[] = { 0xfdab0000, 0xfdac0000, 0xfdad0000 };

/*
 * The registers, by the names that snapshots have for them [source: capture
 * script]. None changes by being read; ENABLE_MASK is said to be write-only
 * [source: TRM], and is read because snapshots have it.
 */
static const struct {
	const char *name;
	uint16_t offset;
} registers[] = {
	{ "VERSION", RKR_REG_PC_VERSION },
	{ "VERSION_NUM", RKR_REG_PC_VERSION_NUM },
	{ "PC_OP_EN", RKR_REG_PC_OPERATION_ENABLE },
	{ "PC_DATA_ADDR", RKR_REG_PC_BASE_ADDRESS },
	{ "PC_DATA_AMOUNT", RKR_REG_PC_REGISTER_AMOUNTS },
	{ "INT_MASK", RKR_REG_PC_INTERRUPT_MASK },
	{ "INT_CLEAR", RKR_REG_PC_INTERRUPT_CLEAR },
	{ "INT_STATUS", RKR_REG_PC_INTERRUPT_STATUS },
	{ "INT_RAW_STATUS", RKR_REG_PC_INTERRUPT_RAW_STATUS },
	{ "PC_TASK_CONTROL", RKR_REG_PC_TASK_CON },
	{ "PC_DMA_BASE_ADDR", RKR_REG_PC_TASK_DMA_BASE_ADDR },
	{ "PC_TASK_STATUS", RKR_REG_PC_TASK_STATUS },
	{ "CNA_S_POINTER", RKR_REG_CNA_S_POINTER },
	{ "CORE_S_POINTER", RKR_REG_CORE_S_POINTER },
	{ "ENABLE_MASK", RKR_REG_GLOBAL_OPERATION_ENABLE },
};

int
rkx_mmio_ready(const char *root, const struct rkx_npu *npu, struct rkr_error *err)
{
	struct rkr_buf status = { 0 };
	char path[sizeof(npu->device) + 32], expected[32];

	snprintf(expected, sizeof(expected), "%" PRIx32 ".npu", bases[0]);
	if (strcmp(npu->name, expected) != 0)
		return rkr_error_set(
			err, -EOPNOTSUPP, npu->device, 0, 0, "use snapshot sysfs",
			"this is not the NPU of an RK3588, and where its registers are is not known");
	snprintf(path, sizeof(path), "%s/power/runtime_status", npu->device);
	int r = rkx_sysfs_read(root, path, 64, &status);

	if (r == 0 && (status.len != strlen("active") || memcmp(status.data, "active", status.len) != 0))
		r = rkr_error_set(
			err, -EAGAIN, path, 0, 0,
			"run a job and try again within 3 s, or keep the device on by its power/control",
			"the NPU is not powered (%.*s); reading its registers would hang the bus",
			(int)status.len, status.data ? status.data : "");
	else if (r < 0 && r != -ENOMEM)
		r = rkr_error_set(
			err, -EAGAIN, path, 0, 0, NULL,
			"whether the NPU is powered cannot be read (%s); reading its registers could hang"
			" the bus",
			strerror(-r));
	rkr_buf_free(&status);
	return r;
}

int
rkx_mmio_plan(struct rkr_buf *buf)
{
	for (size_t c = 0; c < RKR_ARRAY_LEN(bases); c++) {
		rkr_buf_printf(buf, "core %zu, %s from 0x%08" PRIx32 ", %zu bytes, read only:", c,
			       MEMORY_DEVICE, bases[c], WINDOW);
		for (size_t i = 0; i < RKR_ARRAY_LEN(registers); i++)
			rkr_buf_printf(buf, " %s+0x%x", registers[i].name, registers[i].offset);
		rkr_buf_put(buf, "\n", 1);
	}
	return buf->failed;
}

/* A mapping past the end of a plain file is no error until it is read. */
static bool
file_has(int fd, uint32_t base)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size >= (off_t)base + (off_t)WINDOW);
}

static int
read_core(int fd, size_t core, struct rkr_buf *buf)
{
	if (!file_has(fd, bases[core]))
		return -ENXIO;
	void *window = mmap(NULL, WINDOW, PROT_READ, MAP_SHARED, fd, (off_t)bases[core]);

	if (window == MAP_FAILED)
		return -errno;
	rkr_buf_printf(buf, "  core=%zu base=0x%08" PRIx32 "\n", core, bases[core]);
	for (size_t i = 0; i < RKR_ARRAY_LEN(registers); i++) {
		/* One load of 32 bits each: a device may not be read otherwise. */
		const volatile uint32_t *reg = (const volatile uint32_t *)window + registers[i].offset / 4;

		rkr_buf_printf(buf, "    %-20s off=0x%04x value=0x%08" PRIx32 "\n", registers[i].name,
			       registers[i].offset, *reg);
	}
	munmap(window, WINDOW);
	return buf->failed;
}

static int
read_cores(const char *root, const struct rkx_npu *npu, const char *path, struct rkr_buf *buf,
	   bool *ret_unpowered, struct rkr_error *err)
{
	/* Uncached, as registers are to be read. */
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_SYNC | O_NOCTTY);
	int r = fd < 0 ? -errno : 0;

	for (size_t c = 0; c < RKR_ARRAY_LEN(bases) && r == 0; c++) {
		r = rkx_mmio_ready(root, npu, err);
		*ret_unpowered = r < 0;
		if (r == 0)
			r = read_core(fd, c, buf);
	}
	return r;
}

int
rkx_snapshot_mmio(const char *root, const struct rkx_npu *npu, const char *label, bool *ret_available,
		  struct rkr_buf *buf, struct rkr_error *err)
{
	struct rkr_buf cores = { 0 };
	char path[PATH_MAX];
	bool unpowered = false;
	int r = rkx_mmio_ready(root, npu, err);

	if (r == 0)
		r = rkx_under_root(root, MEMORY_DEVICE, path, sizeof(path));
	if (r < 0)
		return r;
	r = read_cores(root, npu, path, &cores, &unpowered, err);
	if (!unpowered && r != -ENOMEM) {
		rkr_buf_printf(buf, "MMIO_SNAPSHOT %s\n", label);
		if (r < 0)
			rkr_buf_printf(buf, "  MMIO_UNAVAILABLE device=%s errno=%d error=%s\n", MEMORY_DEVICE,
				       -r, strerror(-r));
		else
			rkr_buf_put(buf, cores.data, cores.len);
		*ret_available = r == 0;
		r = buf->failed;
	}
	rkr_buf_free(&cores);
	return r;
}
