/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/run.h"
#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/bench-parse.h"

/*
 * The inputs of bench-parse. Dumps and ioctls are exported runs of generated
 * shapes; the kernel's log is written by the driver's own formats; prose is
 * words at random. The random numbers have a fixed seed.
 */

struct random {
	uint64_t state;
};

/* splitmix64 */
static uint64_t
draw(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned
below(struct random *r, unsigned n)
{
	return (unsigned)(draw(r) >> 32) % n;
}

/* ---- exported runs ---- */

static const char *const shapes[] = {
	"b1_c32_h14_w14_oc128_wic32_k3x3_g1",   "b1_c256_h14_w14_oc512_wic256_k1x1_g1",
	"b1_c64_h56_w56_oc128_wic64_k1x1_g1",   "b1_c160_h40_w40_oc320_wic160_k3x3_g1",
	"b1_c512_h14_w14_oc512_wic1_k3x3_g512", "b1_c96_h28_w28_oc96_wic1_k3x3_g96",
	"b1_c128_h7_w7_oc256_wic128_k1x1_g1",   "b1_c64_h28_w28_oc64_wic64_k3x3_g1",
};

struct text {
	char *data;
	size_t len;
};

static int
export_shape(const char *name, unsigned formats, struct text *ret)
{
	struct rkg_shape shape;
	struct rkr_error err = { 0 };
	struct rkr_run *run = NULL;
	int r = rkg_shape_parse(name, &shape, &err);

	if (r == 0)
		r = rkg_conv_run(&shape, NULL, &run, &err);
	if (r == 0)
		r = rkr_run_view_gem(run);
	FILE *out = r == 0 ? open_memstream(&ret->data, &ret->len) : NULL;

	if (out) {
		r = rkp_export(run, formats, out, &err);
		fclose(out);
	}
	rkr_run_free(run);
	if (r < 0)
		fprintf(stderr, "bench-parse: %s: %s\n", name, err.code ? err.what : strerror(-r));
	return r;
}

/* The runs' logs, in random order, one after the other. */
static int
write_exports(FILE *out, uint64_t bytes, unsigned formats)
{
	struct text texts[RKR_ARRAY_LEN(shapes)] = { 0 };
	struct random random = { 1 };
	int r = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(shapes) && r == 0; i++)
		r = export_shape(shapes[i], formats, &texts[i]);
	for (uint64_t n = 0; n < bytes && r == 0;) {
		const struct text *t = &texts[below(&random, RKR_ARRAY_LEN(shapes))];

		if (!t->len || fwrite(t->data, 1, t->len, out) != t->len)
			r = -EIO;
		n += t->len;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(shapes); i++)
		free(texts[i].data);
	return r;
}

static int
write_dump(FILE *out, uint64_t bytes)
{
	return write_exports(out, bytes, 1u << RKP_FORMAT_GEM_DUMP);
}

static int
write_ioctl(FILE *out, uint64_t bytes)
{
	return write_exports(out, bytes, 1u << RKP_FORMAT_GDB_IOCTL);
}

/* ---- the kernel's log ---- */

#define CORES 3

struct kernel {
	FILE *out;
	struct random random;
	uint64_t us; /* since the kernel's start */
	int written; /* of the last row; negative: an error */
	uint64_t bytes;
	struct {
		unsigned step, task;
		uint32_t addr, amount;
	} core[CORES];
};

static void
stamp(struct kernel *k)
{
	k->us += 1 + below(&k->random, 200);
	k->written =
		fprintf(k->out, "[%5" PRIu64 ".%06" PRIu64 "] RKNPU: ", k->us / 1000000, k->us % 1000000);
	k->bytes += (uint64_t)(k->written > 0 ? k->written : 0);
}

__attribute__((format(printf, 2, 3))) static void
say(struct kernel *k, const char *fmt, ...)
{
	va_list ap;

	stamp(k);
	va_start(ap, fmt);
	k->written = vfprintf(k->out, fmt, ap);
	va_end(ap);
	k->bytes += (uint64_t)(k->written > 0 ? k->written : 0);
}

/* A core's next row: a commit is five rows, the last of which is its interrupt or, now and then, that there was none. */
static void
step_core(struct kernel *k, unsigned c)
{
	unsigned task = k->core[c].task, dma = 0;
	uint32_t addr = k->core[c].addr, amount = k->core[c].amount;

	switch (k->core[c].step++) {
	case 0:
		say(k,
		    "pc commit prelude: core=%u core_mask=0x%x use_core_num=%u task_status=0x%x int_status=0x%x int_raw=0x%x"
		    " enable_mask=0x%x\n",
		    c, 7u, 3u, 0u, 0u, 0u, 0u);
		break;
	case 1:
		say(k,
		    "pc commit trace: core=%u submit_index=%u task_start=%u task_number=%u task_end=%u first_regcmd=0x%x"
		    " first_amount=%u first_enable=0x%x first_int=0x%x last_int=0x%x task_base_addr=0x%x flags=0x%x"
		    " use_core_num=%u\n",
		    c, 0u, task, 1u, task, addr, amount, 0xdu, 0x300u, 0x300u, 0u, 0x5u, 3u);
		break;
	case 2:
		say(k,
		    "pc commit regs: core=%u PC_DATA_ADDR=0x%x PC_DATA_AMOUNT=0x%x INT_MASK=0x%x INT_RAW=0x%x"
		    " TASK_CONTROL=0x%x DMA_BASE=0x%x TASK_STATUS=0x%x ENABLE_MASK=0x%x\n",
		    c, addr, amount / 2 - 1, 0x300u, 0u, 0x7001u, dma, 0u, 0u);
		break;
	case 3:
		say(k,
		    "pc commit armed: core=%u PC_OP_EN=0x%x INT_STATUS=0x%x INT_RAW=0x%x TASK_STATUS=0x%x\n",
		    c, 0u, 0u, 0u, 0u);
		break;
	default:
		if (below(&k->random, 200) == 0) {
			say(k,
			    "job: %016" PRIx64
			    ", mask: 0x%x, job iommu domain id: %d, dev iommu domain id: %d, wait_count: %d,"
			    " continue wait: %d, commit elapse time: %dus, wait time: %dus, timeout: %uus\n",
			    draw(&k->random), 7u, 0, 0, 1, 0, 6134122, 6134125, 6000000u);
			say(k,
			    "failed to wait job, task counter: %d, flags: 0x%x, ret = %d, elapsed time: %dus\n",
			    (int)task, 0x5u, -110, 6134300);
			say(k, "job timeout, flags: 0x%x:\n", 0u);
			say(k,
			    "\tcore %u irq status: 0x%x, raw status: 0x%x, require mask: 0x%x, task counter: 0x%x, elapsed time:"
			    " %dus\n",
			    c, 0x40000000u, 0u, 0x300u, task & 0xfff, 6134310);
			say(k,
			    "\tcore %u timeout pc regs: PC_DATA_ADDR=0x%x PC_DATA_AMOUNT=0x%x TASK_CONTROL=0x%x DMA_BASE=0x%x"
			    " PC_OP_EN=0x%x ENABLE_MASK=0x%x\n",
			    c, addr, amount / 2 - 1, 0x7001u, dma, 0u, 0u);
			say(k, "soft reset, num: %d\n", 6);
		} else {
			say(k,
			    "valid irq trace: core=%u status=0x%x raw=0x%x require=0x%x task_counter=0x%x PC_DATA_ADDR=0x%x"
			    " PC_DATA_AMOUNT=0x%x TASK_CONTROL=0x%x DMA_BASE=0x%x ENABLE_MASK=0x%x\n",
			    c, 0x300u, 0x300u, 0x300u, 1u, addr, amount / 2 - 1, 0x7001u, dma, 0u);
		}
		k->core[c].step = 0;
		k->core[c].task = (task + 1) % 64;
		k->core[c].addr = 0xfff00000u + below(&k->random, 0x8000) * 16;
		k->core[c].amount = 104 + 4 * below(&k->random, 3);
		break;
	}
}

static int
write_kernel(FILE *out, uint64_t bytes)
{
	struct kernel k = { .out = out, .random = { 2 }, .us = UINT64_C(1234567890) };

	for (unsigned c = 0; c < CORES; c++) {
		k.core[c].addr = 0xfff90000u + 0x1000u * c;
		k.core[c].amount = 104;
	}
	while (k.bytes < bytes && k.written >= 0)
		step_core(&k, below(&k.random, CORES));
	return k.written < 0 ? -EIO : 0;
}

/* ---- text that no row is of ---- */

static int
write_prose(FILE *out, uint64_t bytes)
{
	static const char *const words[] = {
		"the",   "a",      "of",     "core",     "job",     "buffer",   "and",  "was",
		"waits", "for",    "frame",  "model",    "loaded",  "[info]",   "took", "12",
		"ms,",   "ready.", "Camera", "stream=0", "device:", "/dev/dri", "is",   "not",
	};
	struct random random = { 3 };
	char line[256];

	for (uint64_t n = 0; n < bytes;) {
		size_t want = 20 + below(&random, 181), len = 0;

		while (len < want) {
			const char *word = words[below(&random, RKR_ARRAY_LEN(words))];
			size_t w = strlen(word);

			memcpy(line + len, word, w);
			len += w;
			line[len++] = ' ';
		}
		len = want;
		line[len++] = '\n';
		if (fwrite(line, 1, len, out) != len)
			return -EIO;
		n += len;
	}
	return 0;
}

/* Of the rows that a file is full of: all their fields, and the whole line. */
const struct bench_input bench_inputs[] = {
	{ "dump", "^  regcmd_qword\\[\\d+\\] off=0x[0-9a-f]{4,} value=0x[0-9a-f]{16}$", "regcmd_qword", 1000,
	  300, true, write_dump },
	{ "ioctl", "^MEM_SYNC flags=0x[0-9a-f]{8} obj=0x[0-9a-f]+ offset=\\d+ size=\\d+$", "MEM_SYNC", 500,
	  300, false, write_ioctl },
	{ "trace",
	  "RKNPU: (?:pc commit (?:prelude|trace|regs|armed)|valid irq trace): core=\\d+"
	  "(?: [A-Za-z_]+=(?:0x[0-9a-f]+|\\d+))+$",
	  "trace: core=", 1000, 300, true, write_kernel },
	{ "unknown", "^[^ ]+ core [^ ]+ .*waits", "core", 300, 300, false, write_prose },
};
const size_t bench_n_inputs = RKR_ARRAY_LEN(bench_inputs);
