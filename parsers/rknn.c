/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "rknn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "rknn-run.h"

/* A model: read, turned into a run, and each byte of it accounted for. */

/* ---- accounting ---- */

/* Where bytes are that give no record. */
enum rule {
	RULE_CONTAINER,
	RULE_CONSTANTS,
	RULE_PADDING,
	RULE_UNDECODED,
	RULE_MAX_,
};

static const char *const rule_names[RULE_MAX_] = {
	[RULE_CONTAINER] = "model container",
	[RULE_CONSTANTS] = "constants of the model",
	[RULE_PADDING] = "padding between regcmd records",
	[RULE_UNDECODED] = "regcmd words of a chip whose registers are not known",
};

static void
skip(struct rkp_accounting *acc, enum rule rule, uint64_t bytes)
{
	if (!bytes)
		return;
	acc->rule[rule].lines++;
	acc->rule[rule].bytes += bytes;
	acc->skipped += bytes;
}

/* Words between records are zero; others are nobody's. */
static void
account_gap(const struct rkp_model *m, uint64_t from, uint64_t to, struct rkp_accounting *acc)
{
	uint64_t zero = 0;

	for (uint64_t o = from; o + 8 <= to; o += 8)
		zero += rkp_le64(m->bytes.p + m->program.regcmd.off + o) == 0;
	skip(acc, RULE_PADDING, 8 * zero);
	acc->unknown += to - from - 8 * zero;
}

/* Body words are known registers, or told as they are; the tail is what the record was found by. */
static void
account_record(const struct rkp_model *m, const struct rkp_rknn_record *r, struct rkp_accounting *acc)
{
	uint64_t known = 0;

	for (uint64_t w = 0; w < r->amount; w++) {
		uint64_t word = rkp_le64(m->bytes.p + m->program.regcmd.off + r->start + 8 * w);
		struct rkr_qword q = rkr_qword_decode(word);

		known += m->decoded && rkr_reg_by_qword(q.target, q.offset, NULL) != NULL;
	}
	acc->parsed += 8 * (known + RKR_REGCMD_TAIL);
	if (m->decoded)
		acc->unknown += 8 * (r->amount - known);
	else
		skip(acc, RULE_UNDECODED, 8 * (uint64_t)r->amount);
}

static void
account(const struct rkp_model *m, const struct rkr_run *run, struct rkp_accounting *ret)
{
	const struct rkp_program *p = &m->program;
	struct rkp_accounting acc = { .bytes = m->bytes.len };
	uint64_t at = 0;

	for (size_t i = 0; i < RULE_MAX_; i++)
		acc.rule[i].name = rule_names[i];
	for (size_t i = 0; i < p->n_records; i++) {
		account_gap(m, at, p->records[i].start, &acc);
		account_record(m, &p->records[i], &acc);
		at = p->records[i].start + 8 * ((uint64_t)p->records[i].amount + RKR_REGCMD_TAIL);
	}
	account_gap(m, at, p->regcmd.len, &acc);
	acc.parsed += p->tasks.len;
	skip(&acc, RULE_CONSTANTS, m->constants.len);
	skip(&acc, RULE_CONTAINER, acc.bytes - acc.parsed - acc.skipped - acc.unknown);
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		acc.kind[rkr_run_record(run, i)->kind]++;
	*ret = acc;
}

/* ---- reading ---- */

int
rkp_rknn_read_memory(const void *data, size_t len, const char *name, struct rkr_run *run,
		     struct rkp_accounting *ret_acc, struct rkr_error *err)
{
	struct rkp_model m = { .bytes = { data, len } };
	uint32_t file;
	int r = rkp_container_read(&m.bytes, &m.container, err);

	if (r == 0)
		r = rkp_program_find(&m.bytes, &m.program, err);
	if (r == 0) {
		r = rkr_run_add_file(run, name, &file);
		if (r == 0)
			r = rkp_model_to_run(&m, run);
		if (r < 0)
			rkr_fail(err, r, NULL,
				 r == -ENOMEM ? "out of memory" : "its sizes contradict each other");
	}
	if (r == 0 && ret_acc)
		account(&m, run, ret_acc);
	rkp_program_clear(&m.program);
	free(m.container.buffers);
	return r < 0 ? rkr_error_in_file(err, r, name) : 0;
}

struct mapping {
	void *p;
	size_t len;
};

static void
unmap(const struct mapping *m)
{
	munmap(m->p, m->len);
}

static int
open_model(const char *path, int *ret_fd, uint64_t *ret_size, struct rkr_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return rkr_error_set(err, -errno, path, 0, 0, NULL, "cannot read the model: %s",
				     strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return rkr_error_set(err, -EINVAL, path, 0, 0, NULL, "a model is a file; this is none");
	}
	*ret_fd = fd;
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

int
rkp_rknn_read(const char *path, struct rkr_run *run, struct rkp_accounting *ret_acc, struct rkr_error *err)
{
	_autoclose_ int fd = -1;
	uint64_t size = 0;
	int r = open_model(path, &fd, &size, err);

	if (r < 0)
		return r;
	if (size == 0)
		return rkr_error_set(err, -EINVAL, path, 0, 0, "copy the model again", "it is empty");
	if (size > RKP_RKNN_BYTES_MAX)
		return rkr_error_set(err, -EFBIG, path, 0, 0, NULL,
				     "it has more than %llu bytes, which no model for this NPU has",
				     (unsigned long long)RKP_RKNN_BYTES_MAX);
	struct mapping m = { NULL, (size_t)size };

	m.p = mmap(NULL, m.len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m.p == MAP_FAILED)
		return rkr_error_set(err, -errno, path, 0, 0, NULL, "cannot read the model: %s",
				     strerror(errno));
	r = rkp_rknn_read_memory(m.p, m.len, path, run, ret_acc, err);
	unmap(&m);
	return r;
}

bool
rkp_rknn_is(const char *path)
{
	char magic[8];
	struct stat st;

	/* Who writes to a pipe that is opened and closed again loses its reader. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, "RKNN\0\0\0\0", sizeof(magic)) == 0;
}
