/* SPDX-License-Identifier: MIT */
#ifndef RKP_BOIMAGES_PRIV_H
#define RKP_BOIMAGES_PRIV_H

/* A directory of BO images while it is read: boimages.c, and boimages-meta.c for what meta.txt says. */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "boimages.h"

#define META "meta.txt"
#define IMAGES_MAX 256
#define NO_IMAGE UINT64_MAX

struct image {
	uint64_t idx;
	uint64_t size;
	uint64_t obj;
	uint64_t line; /* of meta.txt */
};

struct reader {
	struct rkr_run *run;
	struct rkr_error *err;
	const char *path;
	int dir;
	char *meta;          /* its bytes, and a NUL */
	char name[PATH_MAX]; /* of the file in hand */
	uint64_t line;       /* of meta.txt in hand; 0: none */

	struct image images[IMAGES_MAX];
	size_t n;
	uint64_t bytes;    /* of all images */
	uint64_t task_idx; /* idx of the task BO, or NO_IMAGE */
	uint64_t task_line;
	uint64_t submit_line; /* first line that tells of the submit; 0: none does */
	struct rkr_record_buf submit;
};

/* An error about the file in hand, and the line if it is meta.txt. */
#define REFUSE(rd, code, cure, ...) \
	rkr_error_set((rd)->err, code, (rd)->name, (rd)->line, 0, cure, __VA_ARGS__)

/**
 * Take in the text of meta.txt, rd->meta: a record for each BO and one for the
 * submit, in rd->run. 0 or negative errno, with an error that names the line.
 */
int
rkp_boimages_take_meta(struct reader *rd);

#endif
