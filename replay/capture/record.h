/* SPDX-License-Identifier: MIT */
#ifndef RKC_RECORD_H
#define RKC_RECORD_H

/*
 * The inside of the preload library that records what a program asks of the
 * NPU. It calls on, to the C library or to another preload library, with what
 * it was called with, and gives back what it was given: a result and an errno.
 * Whatever goes wrong in here ends the recording and nothing else.
 *
 * It lives in processes that know nothing of it, as the emulated board's
 * library does (replay/preload/preload.h), and has variables at file scope for
 * the same reason.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "replay/preload/interpose.h"
#include "spool.h"

/* ---- next.c: the functions behind ours */

/** How the program calls, and how it is called on: a function by its name, or the kernel by number. */
enum rkc_way { RKC_BY_NAME, RKC_BY_NUMBER };

int
rkc_next_ioctl(enum rkc_way way, int fd, unsigned long command, void *arg);
void *
rkc_next_mmap(enum rkc_way way, void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int
rkc_next_munmap(enum rkc_way way, void *addr, size_t len);
rke_syscall_fn *
rkc_next_syscall(void);

/** This process, without asking each time. A fork is noticed; of a vfork, it is the parent. */
uint32_t
rkc_pid(void);

/** Whether we are a child of vfork: our memory is the parent's, and our descriptors are our own. */
bool
rkc_is_guest(void);

/** A lock that a fork, a signal or the end of a thread cannot leave taken for ever. */
struct rkc_lock {
	_Atomic uint32_t owner; /* pid */
};

/** Take a lock, with signals blocked: their mask before, for rkc_unlock(). */
uint64_t
rkc_lock(struct rkc_lock *lock);

void
rkc_unlock(struct rkc_lock *lock, uint64_t old_signals);

/* ---- spool.c: writing events */

/** The page that all clients share, or NULL: nothing is recorded. */
struct rkc_control *
rkc_control(void);

/** The directory of it, if there is one. */
const char *
rkc_dir(void);

/**
 * Take room for an event with @bytes behind it, and fill in what is the same
 * of all. While it is held its file stays mapped.
 *
 * @return NULL: nothing is recorded (any more)
 */
struct rkc_event *
rkc_event_new(enum rkc_kind kind, uint64_t file, int fd, uint64_t bytes);

/** Stamp it anew, as what has happened only now. */
void
rkc_event_stamp(struct rkc_event *event);

/** The event is complete, as far as @state says; with RKC_DONE it is let go. @event may be NULL. */
void
rkc_event_set(struct rkc_event *event, enum rkc_state state);

/** What stands behind an event. */
static inline void *
rkc_event_bytes(struct rkc_event *event)
{
	return event + 1;
}

/* ---- room.c */

/**
 * Map a file of ours; with O_CREAT in @flags it is made, and has its room.
 * NULL with *ret_error, an errno.
 */
void *
rkc_map_file(const char *path, int flags, uint64_t size, int *ret_error);

/* ---- device.c: the calls that are recorded, for all names of them; errno as of the C library */

int
rkc_do_ioctl(enum rkc_way way, int fd, unsigned long command, void *arg);
void *
rkc_do_mmap(enum rkc_way way, void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int
rkc_do_munmap(enum rkc_way way, void *addr, size_t len);

/** Nothing more may be seen of this memory: record what jobs wrote that nobody waited for. */
void
rkc_record_last(void);

/** Mappings are about to be changed by mprotect() or mremap(). */
void
rkc_before_mprotect(uintptr_t addr, size_t len, int prot);
void
rkc_before_mremap(uintptr_t addr, size_t old_len, size_t new_len, int flags, uintptr_t to);

/* ---- files.c */

/** A descriptor was opened, or not: @fd is negative. */
void
rkc_opened(long fd);

/* ---- exec.c */

/** A program is about to be executed, as rkc_unseen_check() has it. */
void
rkc_before_exec(int dir, const char *path, char *const *envp);

/* ---- unseen.c: programs that cannot be recorded */

/**
 * A program is about to be executed: @path below @dir, or @dir itself if it is
 * "". Note it, if it will not have the library. @envp may be any address.
 */
void
rkc_unseen_check(int dir, const char *path, char *const *envp);

/** This process has the library: what was noted of it is wrong. */
void
rkc_unseen_forget(struct rkc_control *control);

/* ---- sysfs.c */

/** Record the files of sysfs that are wanted, before a submit (false) or after it. */
void
rkc_sysfs_record(uint64_t file, bool after);

/* ---- fds.c: which descriptors are of the NPU's node */

/** The open file that a descriptor is of; 0: none of the NPU's. May ask the driver for its name. */
uint64_t
rkc_file_of_fd(int fd);

/** The same from memory alone. */
uint64_t
rkc_file_known(int fd);

/** What rkc_fd_gone() takes; changes whenever the descriptor becomes another. */
uint64_t
rkc_fd_token(int fd);

/** The open file of a token. */
uint64_t
rkc_token_file(uint64_t token);

/** Whether one that is known is in truth what it is known as; in a child of vfork it may be gone. */
bool
rkc_fd_is_same(int fd);

/** The first descriptor from @fd on that rkc_file_known() knows, or -1. */
int
rkc_next_known(int fd);

/** A descriptor names something new. */
void
rkc_fd_forget(int fd);

/** It was closed, and had this token; by now another thread may have it, which stays known. */
void
rkc_fd_gone(int fd, uint64_t token);

/** @to is a copy of @from now. */
void
rkc_fd_copied(int from, int to);

/* ---- close.c: descriptors that are closed */

/** One that may be closed. */
struct rkc_closing {
	int fd;
	uint64_t file;  /**< 0: none of the node */
	uint64_t token; /**< of it */
	struct rkc_event *event;
};

/** It is about to be. */
struct rkc_closing
rkc_close_begin(int fd);

/** It was, with this result. errno is left alone. */
void
rkc_close_end(const struct rkc_closing *closing, long r);

/** All from @first to @last are about to be, which cannot fail. */
void
rkc_close_all(int first, int last);

/** close_range() is about to be called. */
void
rkc_close_range(unsigned first, unsigned last, unsigned flags);

/**
 * A copy of @from is about to be made: @to, or whatever is free (-1). One that
 * nobody asked about would be asked about twice.
 *
 * @return what rkc_copied() takes
 */
uint64_t
rkc_before_copy(int from, int to);

/** @to is a copy of @from now, unless it is negative; what it was before is closed. */
void
rkc_copied(int from, long to, uint64_t old);

/* ---- maps.c: where BOs are mapped, and what is in them */

/** A BO was mapped by a descriptor of its open file. */
void
rkc_maps_add(uint64_t file, int fd, uintptr_t addr, size_t len, int prot, uint64_t offset);

/** Is anything mapped at all? Costs nothing. */
bool
rkc_maps_any(void);

/** munmap() by the next one, recorded if it is of a BO. */
int
rkc_maps_unmap(enum rkc_way way, void *addr, size_t len);

/** Something else took its place (MAP_FIXED), or it may no longer be read. */
void
rkc_maps_cut(uintptr_t addr, size_t len);

/** Record what has changed in the BOs of an open file, or of all (0), since the last time. */
void
rkc_maps_record(uint64_t file);

#endif
