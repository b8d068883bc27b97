/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

/* Logs of snapshots of sysfs and of registers. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_log(data, size, FUZZ_snapshot);
}
