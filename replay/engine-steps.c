/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "bracket.h"
#include "engine-priv.h"
#include "fingerprint.h"
#include "lib/model-memory.h"

/* The steps: each is in the journal, taken on the device, and its answer noted. */

/* How long to wait before a submit that was refused at once is tried again: a reset takes 0.2 s [source]. */
#define RETRY_MS 500
#define MS UINT64_C(1000000)

static const struct rkx_device_ops *
ops(const struct rkx_work *w)
{
	return w->e->device->ops;
}

/* ---- the journal */

int
rkx_work_begin(struct rkx_work *w, uint64_t *ret_seq, const char *fmt, ...)
{
	char text[RKX_JOURNAL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	int r = w->out.journal;

	if (r == 0)
		r = rkx_journal_begin(w->e->journal, ret_seq, "%s: %s", w->e->name, text);
	w->out.journal = r;
	return r < 0 ? -ECANCELED : 0;
}

int
rkx_work_end(struct rkx_work *w, uint64_t seq, int result)
{
	int r = rkx_journal_end(w->e->journal, seq, result);

	if (r < 0 && w->out.journal == 0)
		w->out.journal = r;
	return result;
}

static const char *
name_of(const struct rkx_work *w, uint32_t bo)
{
	const char *role = bo == RKX_NONE ? "" : w->real[bo].bo.role;

	return role[0] ? role : "BO";
}

/* ---- the steps */

/* A call's record: its struct as it was sent, and as it came back. */
#define NOTE(nr, sent, got, r) rkx_calls_ioctl(w->notes.calls, RKR_IOCTL_##nr, (sent), (got), sizeof(*(got)), (r))

static int
do_action(struct rkx_work *w, const struct rkx_step *s)
{
	const struct rkr_abi_action sent = { s->flags, s->value };
	struct rkr_abi_action arg = sent;
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "action %u, value 0x%x", s->flags, s->value);

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_action(w->e->device, w->permit, &arg));
	NOTE(ACTION, &sent, &arg, r);
	return r;
}

/* The BO is somewhere now: the plan moves there, and the gates look at it there. */
static int
settle(struct rkx_work *w)
{
	static const struct rkx_gate_options none;
	struct rkx_gate_report report;
	struct rkx_permit *permit = NULL;
	int r = rkx_expect(w->plan, w->real, w->layout);

	if (r == 0)
		r = rkx_plan_place(w->plan, w->layout, w->n_bos, w->err);
	if (r == 0)
		r = rkx_gate_judge(w->plan, w->e->facts, w->e->options ? w->e->options : &none, &report,
				   &permit, w->err);
	if (r < 0)
		return r;
	/* Without a permit nothing but cleaning up is done: with the one that there was. */
	if (permit) {
		rkx_permit_free(w->own);
		w->own = permit;
		w->permit = permit;
		return 0;
	}
	w->refused = true;
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (report.gate[i].verdict >= RKX_REFUSE)
			return rkr_fail(w->err, -EACCES, NULL,
					"gate %s refuses the run where its BOs are: %s", rkx_gate_get(i)->id,
					report.gate[i].reason);
	return -EACCES;
}

static int
do_create(struct rkx_work *w, const struct rkx_step *s)
{
	struct rkx_real *real = &w->real[s->bo];
	const struct rkr_abi_mem_create sent = { .flags = real->bo.flags, .size = real->bo.size };
	struct rkr_abi_mem_create arg = sent;
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "create %s, %" PRIu64 " bytes, flags 0x%x", name_of(w, s->bo),
			       sent.size, sent.flags);

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_mem_create(w->e->device, w->permit, &arg));
	if (r == 0) {
		real->created = true;
		real->born = rkr_run_n_records(w->notes.run);
		real->bo.handle = arg.handle;
		real->bo.obj = arg.obj_addr;
		real->bo.dma = arg.dma_addr;
		real->bo.known |= RKR_BO_HANDLE | RKR_BO_OBJ | RKR_BO_DMA;
	}
	NOTE(MEM_CREATE, &sent, &arg, r);
	return r < 0 ? r : settle(w);
}

static int
do_map(struct rkx_work *w, const struct rkx_step *s)
{
	struct rkx_real *real = &w->real[s->bo];
	const struct rkr_abi_mem_map sent = { .handle = real->bo.handle };
	struct rkr_abi_mem_map arg = sent;
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "map %s", name_of(w, s->bo));

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_mem_map(w->e->device, w->permit, &arg));
	NOTE(MEM_MAP, &sent, &arg, r);
	w->maps++;
	if (r < 0)
		return r;
	real->n_map = w->maps;
	real->bo.map = arg.offset;
	real->bo.map_n = real->n_map;
	real->bo.known |= RKR_BO_MAP | RKR_BO_MAP_N;
	return 0;
}

/*
 * The bytes that the source's client gave: the kernel maps whole pages
 * whatever is asked for, so that both numbers mean the same mapping.
 */
static uint64_t
asked_bytes(const struct rkx_work *w, const struct rkx_step *s, int field)
{
	if (s->record == SIZE_MAX)
		return s->size;
	uint64_t asked = rkr_get_u(rkr_run_record(rkx_plan_run(w->plan), s->record), field);

	return rkr_page_round(asked) == s->size ? asked : s->size;
}

static int
do_mmap(struct rkx_work *w, const struct rkx_step *s)
{
	struct rkx_real *real = &w->real[s->bo];
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "mmap %s, %" PRIu64 " bytes", name_of(w, s->bo), s->size);

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_map(w->e->device, w->permit, real->bo.map, s->size, &real->data));
	if (r == 0) {
		real->mapped = true;
		real->length = s->size;
		real->bo.virt = (uintptr_t)real->data;
		real->bo.known |= RKR_BO_VIRT;
	}
	rkx_calls_mapping(w->notes.calls, RKE_CALL_MMAP, &real->bo, asked_bytes(w, s, RKR_F_mmap_length),
			  s->size, r);
	return r;
}

static int
do_fill(struct rkx_work *w, const struct rkx_step *s)
{
	size_t n;
	const struct rkx_piece *p = &rkx_plan_pieces(w->plan, &n)[s->index];
	struct rkx_real *real = &w->real[s->bo];
	uint64_t seq;

	if (!real->mapped || p->offset > real->length || p->len > real->length - p->offset)
		return -EFAULT;
	int r = rkx_work_begin(w, &seq, "fill %s+0x%" PRIx64 ", %" PRIu64 " bytes, %s", name_of(w, s->bo),
			       p->offset, p->len, rkx_fill_name(p->fill));

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_plan_piece_bytes(w->plan, s->index, (uint8_t *)real->data + p->offset));
	w->filled[s->index] = r == 0;
	return r;
}

static int
do_sync(struct rkx_work *w, const struct rkx_step *s)
{
	struct rkr_abi_mem_sync arg = {
		.flags = s->flags, .obj_addr = w->real[s->bo].bo.obj, .offset = s->offset, .size = s->size
	};
	const struct rkr_abi_mem_sync sent = arg;
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "sync %s+0x%" PRIx64 ", %" PRIu64 " bytes, direction %u",
			       name_of(w, s->bo), s->offset, s->size, s->flags);

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_mem_sync(w->e->device, w->permit, &arg));
	NOTE(MEM_SYNC, &sent, &arg, r);
	return r;
}

/* What the driver left in the last task of the first core. */
static uint32_t
int_status(const struct rkx_work *w, size_t nth, uint32_t task_bo)
{
	struct rkx_slot slots[RKR_NPU_CORES];
	size_t n = rkx_submit_slots(w->plan, nth, slots);
	uint8_t bytes[RKR_TASK_BYTES];
	struct rkr_task task;

	if (n == 0 || slots[0].number == 0 || !w->real[task_bo].mapped)
		return 0;
	uint64_t at = ((uint64_t)slots[0].start + slots[0].number - 1) * RKR_TASK_BYTES;

	if (at > w->real[task_bo].length || RKR_TASK_BYTES > w->real[task_bo].length - at)
		return 0;
	/* The kernel's view and ours are of the same cache lines: no sync is needed [source]. */
	memcpy(bytes, (const uint8_t *)w->real[task_bo].data + at, sizeof(bytes));
	rkr_task_decode(bytes, &task);
	return task.int_status;
}

static int
send(struct rkx_work *w, const struct rkx_step *s, const struct rkr_abi_submit *sent, struct rkx_answer *a)
{
	struct rkr_abi_submit arg = *sent;
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, RKX_LINE_SUBMIT "%u, flags 0x%x, core mask 0x%x, %u tasks, %u ms",
			       s->index, sent->flags, sent->core_mask, sent->task_number, sent->timeout);

	if (r < 0)
		return r;
	/* Without the journal's syncs, which may take longer than a short timeout. */
	const uint64_t start = ops(w)->now(w->e->device);

	r = rkx_device_submit(w->e->device, w->permit, &arg);
	const uint64_t elapsed = ops(w)->now(w->e->device) - start;

	rkx_work_end(w, seq, r);
	*a = (struct rkx_answer){
		.ret = r,
		.elapsed_ns = elapsed,
		.timeout_ms = sent->timeout,
		.task_counter = arg.task_counter,
		.core_mask = arg.core_mask,
		.hw_ns = arg.hw_elapse_time,
		.int_status = int_status(w, s->index, s->bo),
	};
	NOTE(SUBMIT, sent, &arg, r);
	return r;
}

static enum rkx_job_end
judge(const struct rkx_answer *a)
{
	return rkx_job_judge(a->ret, a->elapsed_ns / MS, a->timeout_ms, true);
}

static int
do_submit(struct rkx_work *w, const struct rkx_step *s)
{
	size_t n;
	const struct rkx_plan_submit *p = &rkx_plan_submits(w->plan, &n)[s->index];
	struct rkx_answer *a;

	if (rkr_grow((void **)&w->out.answers, &w->cap_answers, w->out.n_answers + 1, sizeof(*a)) < 0)
		return -ENOMEM;
	/* Where its BOs are now, by the gates' own word. */
	if (!rkx_permit_covers(w->permit, w->plan))
		return -EACCES;
	a = &w->out.answers[w->out.n_answers];
	int r = send(w, s, &p->abi, a);

	/* The journal failed: nothing was sent. */
	if (r == -ECANCELED && w->out.journal)
		return r;
	/* Refused at once: perhaps somebody's reset was on. Once more, and no more. */
	if (judge(a) == RKX_JOB_REFUSED) {
		ops(w)->sleep(w->e->device, RETRY_MS * MS);
		r = send(w, s, &p->abi, a);
		if (r == -ECANCELED && w->out.journal)
			r = a->ret;
		else
			a->retried = true;
	}
	w->out.n_answers++;
	w->rest_ms = r < 0 ? RKX_REST_MS : 0;
	/* It may still run: nothing that it uses may go before the driver has given it up. */
	if (r == -EINTR || r == -EAGAIN)
		w->rest_ms += p->abi.timeout;
	/* The driver knows of a job that it never gave to a core, and may do so for ever [source]. */
	w->out.left = judge(a) == RKX_JOB_NOT_COMMITTED;
	return r;
}

static int
do_read(struct rkx_work *w, const struct rkx_step *s)
{
	const struct rkx_real *real = &w->real[s->bo];
	uint64_t seq;

	if (!real->mapped || s->size > real->length)
		return -EFAULT;
	int r = rkx_work_begin(w, &seq, "read %s, %" PRIu64 " bytes", name_of(w, s->bo), s->size);

	if (r < 0)
		return r;
	if (!w->read[s->bo])
		w->read[s->bo] = malloc(s->size + 1);
	if (w->read[s->bo])
		memcpy(w->read[s->bo], real->data, s->size);
	return rkx_work_end(w, seq, w->read[s->bo] ? 0 : -ENOMEM);
}

int
rkx_work_unmap(struct rkx_work *w, uint32_t bo)
{
	struct rkx_real *real = &w->real[bo];
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "munmap %s, %" PRIu64 " bytes", name_of(w, bo), real->length);

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, ops(w)->unmap(w->e->device, real->data, real->length));
	real->mapped = real->mapped && r < 0;
	return r;
}

static int
do_munmap(struct rkx_work *w, const struct rkx_step *s)
{
	int r = rkx_work_unmap(w, s->bo);

	/* The journal failed: nothing was done that a record could tell of. */
	if (r == -ECANCELED && w->out.journal)
		return r;
	rkx_calls_mapping(w->notes.calls, RKE_CALL_MUNMAP, &w->real[s->bo].bo,
			  asked_bytes(w, s, RKR_F_munmap_length), w->real[s->bo].length, r);
	return r;
}

int
rkx_work_destroy(struct rkx_work *w, uint32_t bo)
{
	struct rkx_real *real = &w->real[bo];
	struct rkr_abi_mem_destroy arg = { .handle = real->bo.handle, .obj_addr = real->bo.obj };
	uint64_t seq;
	int r = rkx_work_begin(w, &seq, "destroy %s", name_of(w, bo));

	if (r < 0)
		return r;
	r = rkx_work_end(w, seq, rkx_device_mem_destroy(w->e->device, w->permit, &arg));
	real->destroyed = real->destroyed || r == 0;
	return r;
}

static int
do_destroy(struct rkx_work *w, const struct rkx_step *s)
{
	const struct rkr_abi_mem_destroy arg = { .handle = w->real[s->bo].bo.handle,
						 .obj_addr = w->real[s->bo].bo.obj };
	int r = rkx_work_destroy(w, s->bo);

	if (r == -ECANCELED && w->out.journal)
		return r;
	w->real[s->bo].died = r == 0 ? rkr_run_n_records(w->notes.run) : w->real[s->bo].died;
	NOTE(MEM_DESTROY, &arg, &arg, r);
	return r;
}

int
rkx_work_take(struct rkx_work *w, const struct rkx_step *s)
{
	static int (*const take_step[RKX_STEP_MAX_])(struct rkx_work *, const struct rkx_step *) = {
		[RKX_STEP_ACTION] = do_action,   [RKX_STEP_CREATE] = do_create, [RKX_STEP_MAP] = do_map,
		[RKX_STEP_MMAP] = do_mmap,       [RKX_STEP_FILL] = do_fill,     [RKX_STEP_SYNC] = do_sync,
		[RKX_STEP_SUBMIT] = do_submit,   [RKX_STEP_READ] = do_read,     [RKX_STEP_MUNMAP] = do_munmap,
		[RKX_STEP_DESTROY] = do_destroy,
	};

	return take_step[s->kind](w, s);
}
