/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_DIR_H
#define RKR_BUNDLE_DIR_H

/* Names in and around the directory of a bundle. */

#include <stdbool.h>

#define RKR_BUNDLE_TMP ".tmp-" /**< being written, or left by a killed writer */
#define RKR_BUNDLE_OLD ".old-" /**< replaced where names cannot be exchanged */

/**
 * Take "foo/bar.rkrun//" apart.
 *
 * @param ret_base    the last part, to be freed
 * @param ret_parent  a descriptor of the directory that it is in
 * @return 0 or negative errno; -EINVAL: there is no last part
 */
int
rkr_bundle_split(const char *path, char **ret_base, int *ret_parent);

/** A name of a writer's own beside a bundle, to be freed; NULL: no memory. @infix: RKR_BUNDLE_TMP or _OLD */
char *
rkr_bundle_random_name(const char *base, const char *infix);

/** Whether rkr_bundle_random_name() makes such names. */
bool
rkr_bundle_is_random_name(const char *name, const char *base, const char *infix);

/**
 * Give each entry but "." and ".." to a function, until it does not return 0. 0,
 * what it returned, or -errno.
 */
int
rkr_bundle_each_entry(int fd, int (*fn)(int fd, const char *name, void *data), void *data);

/** Open a directory, no links followed. A descriptor or negative errno. */
int
rkr_bundle_open_dir(int parent, const char *name);

/** Whether a name still means what was opened by it. */
bool
rkr_bundle_is_at(int parent, const char *name, int fd);

/**
 * Check that a directory holds files of a bundle only.
 *
 * @param ret_strange  another one, to be freed; NULL if there is no memory
 * @return 0 or negative errno; -EEXIST: there is another one
 */
int
rkr_bundle_check_own(int fd, char **ret_strange);

/** Remove a bundle's directory. What is not a bundle's stays, and so does then the directory. */
void
rkr_bundle_remove_own(int parent, const char *name);

#endif
