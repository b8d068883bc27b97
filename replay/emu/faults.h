/* SPDX-License-Identifier: MIT */
#ifndef RKE_FAULTS_H
#define RKE_FAULTS_H

/*
 * What can be made to go wrong, by name.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rke_fault_id {
	RKE_FAULT_STALL,
	RKE_FAULT_INVALID_IRQ,
	RKE_FAULT_LATE_IRQ,
	RKE_FAULT_DMA_ERROR,
	RKE_FAULT_IOVA_FAULT,
	RKE_FAULT_STUCK_GROUP,
	RKE_FAULT_RESET_FAILURE,
	RKE_FAULT_DANGLING_JOB,
	RKE_FAULT_MISSED_KICK,
	RKE_FAULT_POWER_LOSS,
	RKE_FAULT_EARLY_COMPLETION,
	RKE_FAULT_WEIGHT_REUSE_RESIDUE,
	RKE_FAULT_GROUP_SKEW,
	RKE_FAULT_STALE_IOTLB,
	RKE_FAULT_LOST_OP_EN,
	RKE_FAULT_CHAIN_OVERRUN,
	RKE_FAULT_ERRNO,
	RKE_FAULT_POLLUTE,
	RKE_FAULTS,
};

/** What a fault's argument is. */
enum rke_fault_arg {
	RKE_ARG_FIRST, /**< N: the N-th chance; N%: that share of chances; nothing: the first */
	RKE_ARG_EACH,  /**< the same, and nothing: each chance */
	RKE_ARG_ERRNO, /**< IOCTL:N:ERRNO */
};

struct rke_fault_desc {
	enum rke_fault_id id;
	const char *name;
	enum rke_fault_arg arg;
	const char *chance; /**< what is counted */
	const char *what;   /**< what it does */
	const char *evidence;
};

/** All faults, in the order of their ids. */
const struct rke_fault_desc *
rke_faults(size_t *ret_n);

/** A fault that was asked for. */
struct rke_fault {
	enum rke_fault_id id;
	bool each;       /**< every chance */
	uint8_t percent; /**< this share of chances; 0: not by share */
	uint64_t nth;    /**< this chance, from 1; 0: not by count */
	unsigned ioctl;  /**< RKE_FAULT_ERRNO: number of the ioctl */
	int error;       /**< RKE_FAULT_ERRNO: negative errno */
};

/**
 * Read "NAME" or "NAME=ARG".
 *
 * @return 0; -ENOENT: no such fault; -EINVAL: no such argument
 */
int
rke_fault_parse(const char *text, struct rke_fault *ret_fault);

/**
 * Whether a fault strikes.
 *
 * @param chance  which one, from 1
 * @param seed    decides those that go by share: the same ones each time
 */
bool
rke_fault_strikes(const struct rke_fault *fault, uint64_t chance, uint64_t seed);

#endif
