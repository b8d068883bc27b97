/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

/* Logs of rows of tracers, and results of sweeps. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_log(data, size, FUZZ_dialects);
}
