/* SPDX-License-Identifier: MIT */
#ifndef RKP_BOIMAGES_H
#define RKP_BOIMAGES_H

/*
 * A directory of BO images: meta.txt, which says what the BOs and the submit
 * were, and boNN.bin, which are the BOs' bytes. [captured: one submit]
 *
 * meta.txt has lines of words KEY=VALUE, numbers in decimal or with 0x:
 *
 *   bo idx= handle= dma= obj= size=   one a BO; its bytes are in boNN.bin, NN
 *                                     being idx in two digits or more
 *   subcoreN start= number=           of the submit, N from 0 to 4
 *   task_array_bo=                    idx of the BO that starts with the tasks
 *   flags= timeout= task_start= ...   the submit's fields by their names
 */

#include <stdbool.h>

#include "lib/error.h"
#include "lib/run.h"

/** All images of a directory have no more bytes than this. */
#define RKP_BOIMAGES_BYTES_MAX (UINT64_C(1) << 30)

/** Whether this is a directory that has a meta.txt. */
bool
rkp_boimages_is(const char *path);

/**
 * Read such a directory into an empty run: a mem_create record for each BO
 * and the submit, bound; the BOs' contents; the table of tasks and the regcmd
 * that it points at.
 *
 * @return 0, or a negative errno with *err, which names the file and what to
 *         do: -EINVAL (meta.txt is wrong, or a file is not as it says), -EFBIG
 *         (too large), -ENOMEM, or what opening and reading a file gave. The
 *         run is then to be freed.
 */
int
rkp_boimages_read(const char *path, struct rkr_run *run, struct rkr_error *err);

#endif
