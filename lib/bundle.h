/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_H
#define RKR_BUNDLE_H

/*
 * Bundles: a run as a directory, DIR.rkrun. Writing a run and reading it
 * again gives an equal run; reading a bundle and writing it again gives the
 * same bytes.
 *
 *	run.yaml       everything but bulk bytes
 *	bo-000.bin     what is known of BO 0's contents: its extents, one after
 *	               another, as they are in memory (little endian)
 *	words-000.bin  64-bit words that records show and no BO's contents hold,
 *	               little endian
 *
 * run.yaml is a YAML map; its keys may stand in any order:
 *
 *	format     name "rkreplay-run" and version "MAJOR.MINOR". A minor version
 *	           adds keys, record kinds, region kinds and witnesses, never
 *	           files; all else makes a major version.
 *	tool       who made the run
 *	counts     how many entries the lists have, so that a file that was cut
 *	           short is noticed
 *	files      names of the files that the records were read from
 *	witness    record kinds that the sources would have shown
 *	bos        the BO table. "contents" names the file, its SHA-256, and
 *	           [offset in the BO, bytes, evidence, record] of each extent
 *	regions    what stretches of BOs hold
 *	conflicts  stretches that two records say different things of
 *	things     values that name things other than BOs, in order of appearance
 *	bound      how many records the BO table is derived from, if not from all
 *	words      words-000.bin and its SHA-256
 *	records    the records. A record is named by its position, from 0.
 *
 * Integers are decimal, or hexadecimal with 0x; those that a double cannot
 * hold are quoted. A string that is not printable UTF-8 is {hex: "..."}. The
 * last line is a comment with the SHA-256 of what is above it; who edits
 * run.yaml by hand deletes it.
 *
 * Anchors, aliases, tags, directives and duplicate keys are refused.
 */

#include <stdbool.h>

#include "error.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/**
 * Write a run as a bundle. It takes the place of a bundle that is there
 * already, in one step: at any time, and whatever interrupts it, @dir is the
 * old bundle or the new one. What a newer version's bundle held that this
 * version does not know is written again with the run that was read from it.
 *
 * @param dir  the directory, with its ".rkrun". Its parent must be there.
 * @return 0, or negative errno with *err: -EEXIST if @dir is there and is not
 *         a bundle, or holds files that no bundle has; -EFBIG if the run
 *         passes a limit of the format; -EINVAL if the run contradicts itself.
 */
int
rkr_bundle_write(const struct rkr_run *run, const char *dir, struct rkr_error *err);

/**
 * Read a bundle. Nothing in it is trusted.
 *
 * @param ret_run  free with rkr_run_free(). As bound as it was when written.
 * @return 0, or negative errno with *err: -EINVAL for all that is wrong with
 *         what is in the bundle, with file and line.
 */
int
rkr_bundle_read(const char *dir, struct rkr_run **ret_run, struct rkr_error *err);

/** Whether a path is a directory with a run.yaml. */
bool
rkr_bundle_is(const char *path);

RKR_END_DECLS

#endif
