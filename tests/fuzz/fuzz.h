/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

/*
 * What the fuzz targets share. Each target is a file that defines
 * LLVMFuzzerTestOneInput(). Linked with libFuzzer it is fuzzed by that; with
 * main.c it is a program that runs the files it is given, or that AFL++ runs.
 */

#include <stddef.h>
#include <stdint.h>

#include "parsers/parse.h"

/** Take one input. Ends the process if anything is wrong with what is made of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Sets of kinds of logs: one target each. T(name, formats) */
#define FUZZ_BIT(format) (1u << RKP_FORMAT_##format)
#define FUZZ_LOGS(T)                                   \
	T(ioctl, FUZZ_BIT(GDB_IOCTL))                  \
	T(gem, FUZZ_BIT(GEM_DUMP))                     \
	T(runtime, FUZZ_BIT(RKNN_DEBUG))               \
	T(kernel, FUZZ_BIT(DMESG))                     \
	T(trace, FUZZ_BIT(DMESG) | FUZZ_BIT(PC_TRACE)) \
	T(snapshot, FUZZ_BIT(SYSFS) | FUZZ_BIT(MMIO))  \
	T(dialects, FUZZ_BIT(TRACER) | FUZZ_BIT(SWEEP))
#define FUZZ_T(name, formats) FUZZ_##name = (formats),
enum fuzz_log { FUZZ_LOGS(FUZZ_T) };
#undef FUZZ_T

/** Inputs that are longer teach a fuzzer nothing new, and take long. */
#define FUZZ_MAX ((size_t)256 << 10)

/** A number that depends on all of an input, for choices that are to be the same each time. */
uint64_t
fuzz_hash(const uint8_t *data, size_t size);

/** End the process with a message if a condition does not hold. */
#define FUZZ_ASSERT(cond)                                    \
	do {                                                 \
		if (!(cond))                                 \
			fuzz_die(__FILE__, __LINE__, #cond); \
	} while (0)

__attribute__((noreturn)) void
fuzz_die(const char *file, int line, const char *what);

/**
 * Parse an input as a log of these formats, and hold the parser to its
 * invariants: all bytes are accounted for; records and stretches lie in the
 * input, and records are in order; how the input is cut does not matter; and
 * what is exported reads back as the same records. Returns 0.
 */
int
fuzz_log(const uint8_t *data, size_t size, enum fuzz_log formats);

#endif
