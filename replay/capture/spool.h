/* SPDX-License-Identifier: MIT */
#ifndef RKC_SPOOL_H
#define RKC_SPOOL_H

/*
 * What the preload library of capture leaves for the capturing process, in a
 * directory of files that both map. Both are of one build, on one machine.
 *
 *	control   what is wanted, counters that all clients share, and which programs cannot be seen
 *	spool-N   events; a process makes one when it has none or its own is full
 *
 * An event is in the file as soon as its stores are done, so that whatever
 * kills a client loses nothing of the calls that had returned. Room for an
 * event is taken by adding to the file's head, so that threads, handlers of
 * signals and a child after a fork may all write into one file. Its size is
 * stored first, its state last: where a writer died between, the reader finds
 * zeros, or an event that is not complete, and goes on behind it.
 */

#include <stdatomic.h>
#include <stdint.h>

/** In a client's environment: the directory. */
#define RKC_ENV "RKREPLAY_CAPTURE"
#define RKC_CONTROL "/control"
#define RKC_SPOOL "/spool-"

/** Longest name of the directory, 0 byte included. */
#define RKC_DIR_MAX 256

#define RKC_MAGIC UINT64_C(0x315041434b52) /* "RKCAP1" */

/** A file of events; longer ones are made for events that need it. The first of a process is short: it may ask little. */
#define RKC_SPOOL_BYTES ((uint64_t)1 << 20)
#define RKC_SPOOL_FIRST ((uint64_t)1 << 16)

/** Contents are compared, and kept, by this much. */
#define RKC_PAGE ((uint64_t)4096)

/** Contents of one event: BOs are longer. */
#define RKC_PIECE_MAX ((uint64_t)256 << 10)

/** Room for names of files of sysfs. */
#define RKC_SYSFS_BYTES 3072

/** Why a program that a client executes cannot be given the library. */
enum rkc_why {
	RKC_STATIC = 1,  /**< it is linked statically */
	RKC_PRIVILEGED,  /**< it is set-uid, set-gid, or has capabilities */
	RKC_MACHINE,     /**< it is of another machine, or of 32 bits */
	RKC_ENVIRONMENT, /**< it is not told of the library */
};

/** Such a program. If its process loads the library after all, it is forgotten. */
struct rkc_unseen {
	_Atomic uint32_t state; /**< 0: free; RKC_ENTERED: being written; RKC_DONE */
	_Atomic uint32_t pid;
	uint32_t why;
	char path[244]; /**< its end, if it is longer */
};

#define RKC_UNSEEN 16

struct rkc_control {
	uint64_t magic;
	uint32_t contents;           /**< whether BOs are wanted, too */
	_Atomic int32_t error;       /**< the errno that ended the recording; 0: it goes on */
	_Atomic uint64_t stamp;      /**< the order of events */
	_Atomic uint64_t files;      /**< open files of the node so far */
	_Atomic uint64_t spools;     /**< files of events so far */
	_Atomic uint64_t lost;       /**< events that could not be kept */
	_Atomic uint64_t processes;  /**< that have loaded the library */
	uint32_t n_sysfs;            /**< files of sysfs to read around submits */
	char sysfs[RKC_SYSFS_BYTES]; /**< their names, one after another, each with its 0 byte */
	_Atomic uint64_t more;       /**< programs for which @unseen had no room */
	struct rkc_unseen unseen[RKC_UNSEEN];
};

/** Of the file. */
#define RKC_CONTROL_BYTES (2 * RKC_PAGE)
_Static_assert(sizeof(struct rkc_control) <= RKC_CONTROL_BYTES, "it has room");

struct rkc_spool {
	uint64_t magic;
	uint64_t size;         /**< of the file */
	_Atomic uint64_t head; /**< bytes taken; more than @size: it is full */
	uint64_t reserved;
};

enum rkc_kind {
	RKC_IOCTL =
		1,  /**< command, arg, bytes, what could be read; the struct as it went in, and came back */
	RKC_MMAP,   /**< hint, length, prot, flags, offset, address */
	RKC_MUNMAP, /**< address, length, length that was mapped, offset that was mapped */
	RKC_CLOSE,
	RKC_CONTENTS, /**< offset of the mapping, bytes in it, length of the mapping; the bytes */
	RKC_SYSFS,    /**< which file, 0 before a submit and 1 after it, bytes; those of the file */
	RKC_NODE,     /**< the driver's major, minor, patch; its date: the first sight of an open file */
};

enum rkc_state {
	RKC_TAKEN,   /**< being written */
	RKC_ENTERED, /**< a call that has not returned; all but its results is there */
	RKC_DONE,
};

#define RKC_ARGS 6

/** Bits of args[3] of an ioctl. */
#define RKC_HAS_IN 1u
#define RKC_HAS_OUT 2u

struct rkc_event {
	_Atomic uint32_t size; /**< with what follows, a multiple of RKC_ALIGN */
	_Atomic uint32_t state;
	uint64_t stamp;
	uint64_t file; /**< which open file, from 1 */
	uint32_t kind;
	uint32_t pid;
	int32_t fd;
	int32_t error; /**< errno, if it failed */
	int64_t ret;
	uint64_t args[RKC_ARGS];
};

#define RKC_ALIGN 16

/** Bytes that follow an event are a multiple of 8: two structs of an ioctl, or contents. */
#define RKC_ROUND(n, to) (((uint64_t)(n) + (to)-1) & ~((uint64_t)(to)-1))

#endif
