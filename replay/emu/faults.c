/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "faults.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model-abi.h"
#include "lib/util.h"

/* clang-format off */
static const struct rke_fault_desc faults[] = {
	{ RKE_FAULT_STALL, "stall", RKE_ARG_FIRST, "job",
	  "the job never ends: no bit, no interrupt, counter 0", "captured: dmesg of timeouts" },
	{ RKE_FAULT_INVALID_IRQ, "invalid-irq", RKE_ARG_FIRST, "job",
	  "an interrupt comes that completes nothing and takes the bits along: a timeout, and a wedged core",
	  "source" },
	{ RKE_FAULT_LATE_IRQ, "late-irq", RKE_ARG_FIRST, "job",
	  "the interrupt comes 50 ms after the timeout: ETIMEDOUT with job flags 0x1", "source" },
	{ RKE_FAULT_DMA_ERROR, "dma-error", RKE_ARG_FIRST, "job",
	  "a DMA read fails: the job stands with bit 12 in its raw status", "source: bit; inferred: rest" },
	{ RKE_FAULT_IOVA_FAULT, "iova-fault", RKE_ARG_FIRST, "job",
	  "the IOMMU finds no page behind the job's regcmd, says so, and the job stands", "inferred" },
	{ RKE_FAULT_STUCK_GROUP, "stuck-group", RKE_ARG_FIRST, "job",
	  "register group 0 of the DPU stays busy: CNA and CORE bits, none of the DPU", "inferred" },
	{ RKE_FAULT_RESET_FAILURE, "reset-failure", RKE_ARG_FIRST, "soft reset",
	  "a reset line fails: each submit from then on is EINVAL", "source" },
	{ RKE_FAULT_DANGLING_JOB, "dangling-job", RKE_ARG_FIRST, "job",
	  "the job ends well but its core keeps it: later jobs never start there", "source" },
	{ RKE_FAULT_MISSED_KICK, "missed-kick", RKE_ARG_FIRST, "submit",
	  "the job is queued and its core is not told: EINVAL after three timeouts", "source" },
	{ RKE_FAULT_POWER_LOSS, "power-loss", RKE_ARG_EACH, "submit",
	  "the NPU loses its power, and so all registers, just before", "source: after 3 s without a call" },
	{ RKE_FAULT_EARLY_COMPLETION, "early-completion", RKE_ARG_EACH, "job",
	  "a job of several tasks reports its end after the first; a second interrupt finds no job",
	  "inferred" },
	{ RKE_FAULT_WEIGHT_REUSE_RESIDUE, "weight-reuse-residue", RKE_ARG_EACH, "job",
	  "after a job whose last task has WEIGHT_REUSE the next one stands, CNA weight bits in its raw"
	  " status",
	  "inferred" },
	{ RKE_FAULT_GROUP_SKEW, "group-skew", RKE_ARG_EACH, "job",
	  "after a job that wrote DPU.S_POINTER a job that does not write it stands", "inferred" },
	{ RKE_FAULT_STALE_IOTLB, "stale-iotlb", RKE_ARG_EACH, "job",
	  "a job whose regcmd is where a freed BO was stands, until a reset flushes the IOMMU", "inferred" },
	{ RKE_FAULT_LOST_OP_EN, "lost-op-en", RKE_ARG_FIRST, "job",
	  "the write that starts the PC is lost: registers armed, nothing fetched", "inferred" },
	{ RKE_FAULT_CHAIN_OVERRUN, "chain-overrun", RKE_ARG_FIRST, "job",
	  "the PC goes on after the last task: all tasks counted, no bit left, a timeout", "inferred" },
	{ RKE_FAULT_ERRNO, "errno", RKE_ARG_ERRNO, "ioctl of a kind",
	  "the N-th ioctl of a kind fails with an errno and does nothing", "none: for tests of clients" },
	{ RKE_FAULT_POLLUTE, "pollute", RKE_ARG_EACH, "job",
	  "a job whose last task has WEIGHT_REUSE is right, the next one times out, and after the soft reset"
	  " all is well",
	  "captured: C64/H56 and four pointwise shapes; inferred: the cause" },
};

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "EINTR", EINTR }, { "EIO", EIO }, { "ENXIO", ENXIO },
	{ "EBADF", EBADF }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "EFAULT", EFAULT }, { "EBUSY", EBUSY }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL },
	{ "ENOSPC", ENOSPC }, { "ENOTTY", ENOTTY }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ETIMEDOUT", ETIMEDOUT }, { "ENOTRECOVERABLE", ENOTRECOVERABLE },
};
/* clang-format on */

const struct rke_fault_desc *
rke_faults(size_t *ret_n)
{
	_Static_assert(RKR_ARRAY_LEN(faults) == RKE_FAULTS, "a row for each fault");
	*ret_n = RKR_ARRAY_LEN(faults);
	return faults;
}

/* A number from 1 to @max at *@p, which is moved behind it. 0: none. */
static uint64_t
number(const char **p, uint64_t max)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return 0;
	errno = 0;
	unsigned long long v = strtoull(*p, &end, 10);

	if (errno || v > max)
		return 0;
	*p = end;
	return v;
}

static int
parse_chance(const char *arg, struct rke_fault *fault)
{
	uint64_t n = number(&arg, UINT32_MAX);

	if (n == 0)
		return -EINVAL;
	if (arg[0] == '%' && arg[1] == '\0' && n <= 100) {
		fault->percent = (uint8_t)n;
		return 0;
	}
	fault->nth = n;
	return arg[0] ? -EINVAL : 0;
}

/* The ioctl whose name the first @len characters are: names are those of its struct. 0: none. */
static unsigned
ioctl_of(const char *text, size_t len)
{
	static const enum rkr_ioctl numbers[] = { RKR_IOCTL_ACTION,   RKR_IOCTL_MEM_CREATE,
						  RKR_IOCTL_MEM_MAP,  RKR_IOCTL_MEM_DESTROY,
						  RKR_IOCTL_MEM_SYNC, RKR_IOCTL_SUBMIT };
	size_t n, at = 0;
	const struct rkr_abi_struct *structs = rkr_abi_structs(&n);

	for (size_t i = 0; i < n && at < RKR_ARRAY_LEN(numbers); i++) {
		/* A part of a submit, and no ioctl. */
		if (strcmp(structs[i].name, "subcore_task") == 0)
			continue;
		bool same = strlen(structs[i].name) == len;

		for (size_t c = 0; same && c < len; c++)
			same = tolower((unsigned char)text[c]) == structs[i].name[c];
		if (same)
			return numbers[at];
		at++;
	}
	return 0;
}

static int
parse_errno(const char *arg, struct rke_fault *fault)
{
	size_t len = strcspn(arg, ":");

	fault->ioctl = ioctl_of(arg, len);
	if (fault->ioctl == 0 || arg[len] != ':')
		return -EINVAL;
	arg += len + 1;
	fault->nth = number(&arg, UINT32_MAX);
	if (fault->nth == 0 || *arg++ != ':')
		return -EINVAL;
	for (size_t i = 0; i < RKR_ARRAY_LEN(errors); i++) {
		if (strcmp(arg, errors[i].name) != 0)
			continue;
		fault->error = -errors[i].error;
		return 0;
	}
	/* An errno has no more than 12 bits: above are no errors but pointers. */
	fault->error = -(int)number(&arg, 4095);
	return fault->error && !*arg ? 0 : -EINVAL;
}

int
rke_fault_parse(const char *text, struct rke_fault *ret_fault)
{
	size_t len = strcspn(text, "=");
	const char *arg = text[len] ? text + len + 1 : NULL;

	for (size_t i = 0; i < RKR_ARRAY_LEN(faults); i++) {
		struct rke_fault fault = { .id = faults[i].id };
		int r = 0;

		if (strlen(faults[i].name) != len || strncmp(faults[i].name, text, len) != 0)
			continue;
		if (faults[i].arg == RKE_ARG_ERRNO)
			r = arg ? parse_errno(arg, &fault) : -EINVAL;
		else if (arg)
			r = parse_chance(arg, &fault);
		else if (faults[i].arg == RKE_ARG_EACH)
			fault.each = true;
		else
			fault.nth = 1;
		if (r == 0)
			*ret_fault = fault;
		return r;
	}
	return -ENOENT;
}

/* A number that looks random: splitmix64's last step. */
static uint64_t
mix(uint64_t v)
{
	v += UINT64_C(0x9e3779b97f4a7c15);
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

bool
rke_fault_strikes(const struct rke_fault *fault, uint64_t chance, uint64_t seed)
{
	if (fault->each)
		return true;
	if (fault->percent)
		/* Of the chance alone, so that one fault's luck does not depend on another's. */
		return mix(mix(seed ^ (uint64_t)fault->id << 56) + chance) % 100 < fault->percent;
	return fault->nth == chance;
}
