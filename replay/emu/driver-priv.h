/* SPDX-License-Identifier: MIT */
#ifndef RKE_DRIVER_PRIV_H
#define RKE_DRIVER_PRIV_H

/*
 * The inside of a board. board.c makes it, ioctl.c, drm.c and action.c take
 * calls, memory.c has BOs, handles.c and prime.c who holds them, iommu.c gives
 * them to the NPU; submit.c takes jobs, sched.c starts and ends them, wait.c
 * waits, reset.c resets, registers.c is what the driver sees of the NPU,
 * effects.c lets faults strike; clock.c is time and power, klog.c and trace.c
 * say what happened.
 */

#include "driver.h"

#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/model-submit.h"
#include "lib/model-wait.h"
#include "lib/run.h"

#define RKE_US UINT64_C(1000)
#define RKE_MS UINT64_C(1000000)

/** The driver holds the power this long after the last call [source]. */
#define RKE_POWER_OFF_NS (3000 * RKE_MS)

/** A soft reset sleeps first, an abort too [source]. */
#define RKE_SLEEP_NS (RKR_GRACE_US * RKE_US)

/** Reset lines of an RK3588's NPU [captured: "soft reset, num: 6"]. */
#define RKE_RESET_LINES 6

/** A BO. It lives while a handle, mapping, exported descriptor or job holds it. */
struct rke_bo {
	uint64_t size; /**< whole pages */
	uint64_t arena;
	uint64_t iova;
	uint64_t map_offset;
	uint64_t obj_addr;
	uint32_t flags;
	uint32_t domain;
	uint32_t holds;
	uint32_t name; /**< FLINK's; 0: none */
};

/** What a file holds of a BO. */
struct rke_handle {
	uint32_t handle; /**< 0: mappings alone are left */
	uint32_t maps;
	struct rke_bo *bo;
};

struct rke_file {
	struct rke_board *board;
	struct rkr_taken handles, bos; /**< struct rke_handle by handle, and by the BO's mmap offset */
	struct rke_file *next;
};

struct rke_job {
	struct rke_file *file; /**< NULL once that is closed */
	struct rkr_abi_submit args;
	uint64_t serial;
	uint32_t flags;                           /**< RKR_JOB_ */
	uint64_t submitted, committed, completed; /**< ns; RKR_NEVER */
	unsigned to_take;                         /**< cores that have not taken it */
	unsigned to_end;                          /**< cores that have not ended it */
	struct rke_bo *tasks;                     /**< NULL: no task object */
	bool has_last_task;                       /**< some commit came as far as the task table */
	bool invalid_irq;
	bool crashed;
	bool held;       /**< a call has it in hand: it is not freed at its end */
	int ret;         /**< of its commit */
	uint64_t number; /**< of its commit, from 1: what faults count */
	struct {
		uint32_t round;
		uint32_t int_mask;
		uint32_t int_status;
		uint32_t last; /**< row of the last task */
		bool irq_entry;
	} on[RKR_NPU_CORES];
	struct rke_job *next[RKR_NPU_CORES];
};

/** An interrupt that will come. */
struct rke_irq {
	uint64_t at;    /**< ns; RKR_NEVER */
	uint32_t hides; /**< bits of the raw status that are not up when it comes */
	int counter;    /**< what the task counter says then; -1: the hardware's */
};

#define RKE_IRQS 2

/** What is laid over a core's registers, by faults: reset and power-off take it away. */
struct rke_overlay {
	bool frozen;    /**< the PC is not started: the hardware is as at rest */
	uint32_t set;   /**< bits of the raw status */
	uint32_t hides; /**< bits of the raw status that are not seen */
	int counter;    /**< the task counter; -1: the hardware's */
	bool mute;      /**< no interrupt */
	bool reused;    /**< the last job's last task had WEIGHT_REUSE */
	bool skewed;    /**< a job wrote DPU.S_POINTER */
};

struct rke_core_state {
	struct rke_job *job;  /**< that runs, or waits for other cores */
	struct rke_job *todo; /**< first in the queue */
	bool dangling;        /**< the driver's pointer is to a job that it freed */
	bool ghost;           /**< a freed job is still in the queue */
	uint32_t outstanding; /**< task_num */
	struct rke_irq irq[RKE_IRQS];
	struct rke_overlay over;
	bool read_outside, write_outside; /**< in the run under way */
	uint32_t outside_at;
};

struct rke_board {
	struct rke_board_options options;
	struct rke_hw hw;
	struct rke_fault *faults;

	uint8_t *arena;
	bool own_arena;
	uint64_t arena_used; /**< what is below was in use once, and may hold something */

	/** Live BOs, by what they have in each space. */
	struct rkr_taken iovas[RKR_IOMMU_DOMAINS], maps, objs, names;
	struct rke_bo *last_bo[RKR_NPU_CORES]; /**< that each core touched */
	struct rkr_range *freed;               /**< IOVAs given back since the IOMMU was last flushed */
	size_t n_freed, freed_size;

	struct rke_file *files;
	struct rke_core_state core[RKR_NPU_CORES];
	bool resetting; /**< the driver's flag: for ever, if a reset line failed */
	uint32_t domain;
	int domain_holds;
	uint32_t next_name;
	struct {
		uint64_t token;
		int fd;
	} * primes; /**< exported and not closed */
	size_t n_primes, primes_size;

	uint64_t clock;      /**< ns, if it is the board's */
	uint64_t host_start; /**< ns, if it is the host's */
	uint64_t idle_since; /**< when the last call ended */
	bool powered;
	uint64_t jobs, submits, soft_resets;
	uint64_t calls[RKR_IOCTL_MEM_SYNC - RKR_IOCTL_ACTION + 1];
	struct rke_stats stats;
};

/* ---- clock.c */

void
rke_clock_start(struct rke_board *board);

/** Let it be @at. Never goes back. */
void
rke_clock_reach(struct rke_board *board, uint64_t at);

/** A call begins: the NPU may have lost its power since the last one. */
void
rke_power_get(struct rke_board *board);

/** A call ends. */
void
rke_power_put(struct rke_board *board);

/** Registers, overlays and interrupts under way are lost. */
void
rke_state_lost(struct rke_board *board);

/* ---- klog.c */

/** A line as the driver's LOG_ERROR and LOG_INFO print it. */
void
rke_klog(struct rke_board *board, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A line as LOG_DEV_ERROR prints it. */
void
rke_klog_device(struct rke_board *board, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A line that is no line of the driver's, with its own prefix in @format. */
void
rke_klog_plain(struct rke_board *board, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Say that a call would have crashed a board, by which gate and why. -ENOTRECOVERABLE. */
int
rke_crash(struct rke_board *board, const char *call, unsigned gate, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** What the kernel prints for the address of a job: 16 digits that are none. */
uint64_t
rke_job_token(const struct rke_board *board, const struct rke_job *job);

/* ---- trace.c: rows of the PC-commit trace patch, if they are wanted */

void
rke_trace_prelude(struct rke_board *board, const struct rke_job *job, unsigned core);

void
rke_trace_commit(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice,
		 const struct rkr_task *first, const struct rkr_task *last);

void
rke_trace_regs(struct rke_board *board, unsigned core);

void
rke_trace_armed(struct rke_board *board, unsigned core);

void
rke_trace_timeout(struct rke_board *board, unsigned core);

void
rke_trace_valid_irq(struct rke_board *board, unsigned core, uint32_t status, uint32_t require);

void
rke_trace_invalid_irq(struct rke_board *board, unsigned core);

/* ---- memory.c */

/** Make a BO, held once. 0, -ENOMEM. */
int
rke_bo_new(struct rke_board *board, uint64_t size, uint32_t flags, uint32_t domain, struct rke_bo **ret_bo);

void
rke_bo_hold(struct rke_bo *bo);

void
rke_bo_drop(struct rke_board *board, struct rke_bo *bo);

/** The live BO at this kernel address, or NULL. */
struct rke_bo *
rke_bo_by_obj(const struct rke_board *board, uint64_t obj_addr);

struct rke_bo *
rke_bo_by_map(const struct rke_board *board, uint64_t map_offset);

struct rke_bo *
rke_bo_by_name(const struct rke_board *board, uint32_t name);

/** Give a BO a name, if it has none. 0 or -ENOMEM. */
int
rke_bo_name(struct rke_board *board, struct rke_bo *bo);

/** The BO that holds this IOVA in the domain in use, or NULL. */
struct rke_bo *
rke_bo_by_iova(const struct rke_board *board, uint64_t iova);

/* ---- handles.c */

/** What a file knows by a handle, or NULL. */
struct rke_handle *
rke_handle_find(struct rke_file *file, uint32_t handle);

/** A handle of a BO: the one it has, or the lowest free. Takes a hold of its own. 0 or -ENOMEM. */
int
rke_handle_make(struct rke_file *file, struct rke_bo *bo, uint32_t *ret_handle);

/** Give a handle back. 0 or -EINVAL. */
int
rke_handle_close(struct rke_file *file, uint32_t handle);

void
rke_handles_free(struct rke_file *file);

int
rke_mem_create(struct rke_file *file, struct rkr_abi_mem_create *arg);

int
rke_mem_map(struct rke_file *file, struct rkr_abi_mem_map *arg);

int
rke_mem_destroy(struct rke_file *file, const struct rkr_abi_mem_destroy *arg);

int
rke_mem_sync(struct rke_file *file, const struct rkr_abi_mem_sync *arg);

/* ---- prime.c */

int
rke_prime_export(struct rke_file *file, uint32_t handle, int *ret_fd);

int
rke_prime_import(struct rke_file *file, int fd, uint32_t *ret_handle);

/* ---- iommu.c */

/** The NPU's way to memory; data is the board. */
void *
rke_iommu_map(void *data, unsigned core, uint32_t iova, size_t len, bool write, size_t *ret_len);

void
rke_iommu_fault(void *data, unsigned core, uint32_t iova, size_t len, bool write);

/** What rk_iommu prints. */
void
rke_iommu_log(struct rke_board *board, uint64_t iova, bool write);

/**
 * Take a domain: switches to it if nobody holds the one in use, and waits for
 * that up to 6 s. 0 or -EINVAL.
 */
int
rke_domain_get(struct rke_board *board, uint32_t domain);

void
rke_domain_put(struct rke_board *board);

/* ---- drm.c, action.c */

/** An ioctl of the DRM core, its struct at @data; -EINVAL if it is none. */
int
rke_drm_ioctl(struct rke_file *file, unsigned nr, void *data);

/** Size of the struct of an ioctl of the DRM core; 0: no such ioctl. */
size_t
rke_drm_size(unsigned nr);

int
rke_action(struct rke_board *board, struct rkr_abi_action *arg);

/* ---- registers.c */

uint32_t
rke_read(const struct rke_board *board, unsigned core, uint16_t offset);

void
rke_write(struct rke_board *board, unsigned core, uint16_t offset, uint32_t value);

/** The task counter of a core. */
uint32_t
rke_counter(const struct rke_board *board, unsigned core);

/* ---- submit.c, wait.c */

int
rke_submit(struct rke_file *file, struct rkr_abi_submit *arg);

/** Wait for a job that is scheduled; on a timeout, give it up and reset. */
int
rke_wait(struct rke_board *board, struct rke_job *job);

/** Take a job off its cores: those that it has not been interrupted on forget it. */
void
rke_job_detach(struct rke_board *board, struct rke_job *job);

/** Free a job, wherever it still is. */
void
rke_job_free(struct rke_board *board, struct rke_job *job);

/* ---- sched.c */

/** Queue a job and start what can start. 0, or negative errno: its domain cannot be had. */
int
rke_schedule(struct rke_board *board, struct rke_job *job, bool kick);

/** The cores that a job of this mask would get. */
uint32_t
rke_core_mask(const struct rke_board *board, uint32_t mask);

/** Start the next job of a core, if it is free. */
void
rke_job_next(struct rke_board *board, unsigned core);

/** Let interrupts come until @at, or until @job is done; NULL: no job. */
void
rke_run_until(struct rke_board *board, uint64_t at, const struct rke_job *job);

/** When the next interrupt comes; RKR_NEVER. */
uint64_t
rke_irq_at(struct rke_board *board);

/** No interrupts come from a core any more. */
void
rke_irqs_forget(struct rke_core_state *core);

/** A task of a job, as it is in memory now. False: past its BO. */
bool
rke_job_task(const struct rke_board *board, const struct rke_job *job, uint64_t row,
	     struct rkr_task *ret_task);

/* ---- reset.c */

/** A soft reset, its sleep included. 0, or negative errno: a line failed. */
int
rke_soft_reset(struct rke_board *board);

/** The part of it that comes after the sleep. */
int
rke_soft_reset_lines(struct rke_board *board);

/* ---- effects.c */

/** Whether a fault of this kind strikes now. */
bool
rke_fault_now(const struct rke_board *board, enum rke_fault_id id, uint64_t chance);

/** The errno that a fault gives to the @nth ioctl of this number, or 0. */
int
rke_fault_errno(const struct rke_board *board, unsigned ioctl, uint64_t nth);

/** Before a commit's writes: what is laid over the core. */
void
rke_fault_before(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice);

/**
 * After a run: which interrupts come, and when.
 *
 * @param ns  how long it took
 */
void
rke_fault_after(struct rke_board *board, const struct rke_job *job, unsigned core, uint64_t ns);

/** A core has ended a slice of a job: what it leaves behind. */
void
rke_fault_ended(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice);

#endif
