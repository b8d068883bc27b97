/* SPDX-License-Identifier: MIT */
#ifndef RKX_TEMPDIR_H
#define RKX_TEMPDIR_H

/* A directory for the time that a command runs. */

#include <stddef.h>

/**
 * Make a directory of our own in $TMPDIR, $XDG_RUNTIME_DIR or /tmp, whichever
 * works first.
 *
 * @param max      the longest name that its users can take
 * @param ret_dir  its name without links, to be freed
 * @return 0 or negative errno
 */
int
rkx_tempdir_make(size_t max, char **ret_dir);

/** Remove it and all that is in it. */
void
rkx_tempdir_remove(const char *dir);

#endif
