/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * The kernel log. The kernel prints the 0 of "%#x" as 0x0 [captured], which
 * C's printf does not: formats here say "0x%x".
 */

#define LINE_MAX_BYTES 512

static void
put(struct rke_board *board, const char *prefix, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void
put(struct rke_board *board, const char *prefix, const char *format, va_list ap)
{
	char line[LINE_MAX_BYTES];
	uint64_t us = rke_now(board) / RKE_US;

	if (!board->options.klog)
		return;
	int n = snprintf(line, sizeof(line), "[%5lu.%06lu] %s", (unsigned long)(us / 1000000),
			 (unsigned long)(us % 1000000), prefix);

	if (n > 0 && (size_t)n < sizeof(line))
		vsnprintf(line + n, sizeof(line) - (size_t)n, format, ap);
	board->options.klog(board->options.klog_data, line);
}

void
rke_klog(struct rke_board *board, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(board, "RKNPU: ", format, ap);
	va_end(ap);
}

void
rke_klog_device(struct rke_board *board, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(board, "RKNPU fdab0000.npu: RKNPU: ", format, ap);
	va_end(ap);
}

void
rke_klog_plain(struct rke_board *board, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(board, "", format, ap);
	va_end(ap);
}

int
rke_crash(struct rke_board *board, const char *call, unsigned gate, const char *format, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	rke_klog_plain(board, "rkreplay: this %s would have crashed the board: G%u (%s)", call, gate, why);
	board->stats.crashes++;
	return -ENOTRECOVERABLE;
}

uint64_t
rke_job_token(const struct rke_board *board, const struct rke_job *job)
{
	uint64_t v = (board->options.seed ^ job->serial) * UINT64_C(0x9e3779b97f4a7c15);

	/* The upper half is zero in each log [captured]. */
	return (v ^ v >> 31) & UINT32_MAX;
}
