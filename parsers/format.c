/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parse.h"

#include <string.h>

static const char *const names[RKP_FORMAT_MAX_] = {
	[RKP_FORMAT_GDB_IOCTL] = "gdb-ioctl",
	[RKP_FORMAT_GEM_DUMP] = "gem-dump",
	[RKP_FORMAT_RKNN_DEBUG] = "rknn-debug",
	[RKP_FORMAT_SYSFS] = "sysfs",
	[RKP_FORMAT_MMIO] = "mmio",
	[RKP_FORMAT_DMESG] = "dmesg",
	[RKP_FORMAT_PC_TRACE] = "pc-trace",
	[RKP_FORMAT_TRACER] = "tracer",
	[RKP_FORMAT_SWEEP] = "sweep",
};

const char *
rkp_format_name(enum rkp_format format)
{
	return names[format];
}

enum rkp_format
rkp_format_by_name(const char *name)
{
	for (int i = 0; i < RKP_FORMAT_MAX_; i++)
		if (strcmp(names[i], name) == 0)
			return (enum rkp_format)i;
	return RKP_FORMAT_INVALID_;
}
