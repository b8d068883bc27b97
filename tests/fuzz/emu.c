/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/util.h"

#define PAGES (FUZZ_ARENA / RKR_PAGE)
/* No input writes more than so many lines of log. */
#define LOG_MAX ((size_t)4 << 20)

static const uint32_t sizes[] = {
#define B(name, size) [FUZZ_BO_##name] = (size),
	FUZZ_BOS(B)
#undef B
};

uint32_t
fuzz_bo_size(enum fuzz_bo bo)
{
	return sizes[bo];
}

uint32_t
fuzz_bo_iova(enum fuzz_bo bo)
{
	uint64_t at = RKE_IOVA_TOP;

	for (unsigned i = 0; i <= bo; i++)
		at -= sizes[i];
	return (uint32_t)at;
}

/* Made once: what is written here between inputs is undone by whoever comes next. */
static uint8_t *
memory(void)
{
	static uint8_t *whole;

	if (!whole) {
		/* The arena, what is remembered of it, and a page around each that nobody may touch. */
		whole = mmap(NULL, 2 * FUZZ_ARENA + 3 * RKR_PAGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		FUZZ_ASSERT(whole != MAP_FAILED);
		for (size_t i = 0; i < 2; i++)
			FUZZ_ASSERT(mprotect(whole + RKR_PAGE + i * (FUZZ_ARENA + RKR_PAGE), FUZZ_ARENA,
					     PROT_READ | PROT_WRITE) == 0);
	}
	return whole + RKR_PAGE;
}

static uint8_t *
remembered(void)
{
	return memory() + FUZZ_ARENA + RKR_PAGE;
}

static void
take_line(void *data, const char *line)
{
	struct fuzz_emu *emu = data;
	size_t len = strlen(line);

	FUZZ_ASSERT(emu->log.len < LOG_MAX);
	for (size_t i = 0; i < len; i++)
		FUZZ_ASSERT(line[i] == '\t' || isprint((unsigned char)line[i]));
	rkr_buf_put(&emu->log, line, len);
	rkr_buf_put(&emu->log, "\n", 1);
}

void
fuzz_emu_start(struct fuzz_emu *emu, const struct rke_board_options *options)
{
	static uint64_t work = FUZZ_WORK;
	struct rke_board_options with = options ? *options : (struct rke_board_options){ 0 };

	*emu = (struct fuzz_emu){ .arena = memory() };
	memset(emu->arena, 0, FUZZ_ARENA);
	with.make_hw = rke_hw_npu;
	with.hw_data = &work;
	with.arena = emu->arena;
	with.arena_size = FUZZ_ARENA;
	with.klog = take_line;
	with.klog_data = emu;
	FUZZ_ASSERT(rke_board_new(&with, &emu->board) == 0);
	fuzz_emu_look(emu);
}

void
fuzz_emu_stop(struct fuzz_emu *emu)
{
	rke_board_free(emu->board);
	rkr_buf_free(&emu->log);
}

struct rke_bo *
fuzz_emu_next(const struct rke_board *board, const struct rke_bo *bo)
{
	uint64_t from = bo ? bo->map_offset + bo->size : 0;

	return rkr_taken_by(&board->maps, from, UINT64_MAX - from);
}

static void
mark(const struct rke_board *board, bool *live)
{
	for (const struct rke_bo *bo = NULL; (bo = fuzz_emu_next(board, bo));)
		for (uint64_t page = 0; page < bo->size / RKR_PAGE; page++)
			live[bo->arena / RKR_PAGE + page] = true;
}

void
fuzz_emu_look(struct fuzz_emu *emu)
{
	memset(emu->live, 0, sizeof(emu->live));
	mark(emu->board, emu->live);
	memcpy(remembered(), emu->arena, FUZZ_ARENA);
	emu->clock = rke_now(emu->board);
}

/* Whether a job is on a core, or waits for it. */
static bool
is_on(const struct rke_board *board, unsigned core, const struct rke_job *job)
{
	const struct rke_core_state *c = &board->core[core];

	if (c->job == job)
		return true;
	for (const struct rke_job *j = c->todo; j; j = j->next[core])
		if (j == job)
			return true;
	return false;
}

/* 1 if a job that is seen on @core holds the BO, and was seen on no core before. */
static uint64_t
job_hold(const struct rke_board *board, unsigned core, const struct rke_job *job, const struct rke_bo *bo)
{
	if (!job || job->tasks != bo)
		return 0;
	for (unsigned before = 0; before < core; before++)
		if (is_on(board, before, job))
			return 0;
	return 1;
}

/* Who holds a BO: handles, mappings, descriptors, jobs. */
static uint64_t
count_holds(const struct rke_board *board, const struct rke_bo *bo)
{
	uint64_t n = 0;

	for (const struct rke_file *file = board->files; file; file = file->next) {
		const struct rke_handle *e = rkr_taken_by(&file->bos, bo->map_offset, 1);

		if (!e)
			continue;
		FUZZ_ASSERT(e->bo == bo && (e->handle || e->maps));
		FUZZ_ASSERT(!e->handle || rkr_taken_by(&file->handles, e->handle, 1) == e);
		n += (uint64_t)e->maps + (e->handle != 0);
	}
	for (size_t i = 0; i < board->n_primes; i++)
		n += board->primes[i].token == bo->obj_addr;
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		n += job_hold(board, core, board->core[core].job, bo);
		for (const struct rke_job *job = board->core[core].todo; job; job = job->next[core])
			n += job_hold(board, core, job, bo);
	}
	return n;
}

static void
check_bos(const struct rke_board *board)
{
	uint64_t bytes = 0, n = 0;

	for (const struct rke_bo *bo = NULL; (bo = fuzz_emu_next(board, bo)); n++) {
		FUZZ_ASSERT(bo->holds > 0 && bo->holds == count_holds(board, bo));
		FUZZ_ASSERT(bo->size > 0 && bo->size % RKR_PAGE == 0 && bo->arena % RKR_PAGE == 0);
		FUZZ_ASSERT(bo->size <= FUZZ_ARENA && bo->arena <= FUZZ_ARENA - bo->size);
		FUZZ_ASSERT(bo->iova <= RKR_IOVA_END - bo->size);
		FUZZ_ASSERT(rkr_taken_by(&board->iovas[bo->domain], bo->iova, bo->size) == bo);
		FUZZ_ASSERT(rke_bo_by_obj(board, bo->obj_addr) == bo);
		bytes += bo->size;
		for (const struct rke_bo *other = NULL;
		     (other = fuzz_emu_next(board, other)) && other != bo;) {
			FUZZ_ASSERT(bo->arena >= other->arena + other->size ||
				    other->arena >= bo->arena + bo->size);
			FUZZ_ASSERT(bo->domain != other->domain || bo->iova >= other->iova + other->size ||
				    other->iova >= bo->iova + bo->size);
			FUZZ_ASSERT(bo->obj_addr != other->obj_addr);
			FUZZ_ASSERT(bo->map_offset != other->map_offset);
		}
	}
	FUZZ_ASSERT(bytes == board->stats.bytes && n == board->stats.bos);
}

void
fuzz_emu_check(struct fuzz_emu *emu)
{
	bool live[PAGES];

	memcpy(live, emu->live, sizeof(live));
	check_bos(emu->board);
	mark(emu->board, live);
	for (size_t page = 0; page < PAGES; page++)
		FUZZ_ASSERT(live[page] || memcmp(emu->arena + page * RKR_PAGE, remembered() + page * RKR_PAGE,
						 RKR_PAGE) == 0);
	FUZZ_ASSERT(rke_now(emu->board) >= emu->clock);
	FUZZ_ASSERT(!emu->log.failed);
}

int
fuzz_emu_ioctl(struct fuzz_emu *emu, struct rke_file *file, uint32_t command, void *arg, size_t len)
{
	/* Of its exact size, and at an odd address. */
	uint8_t *copy = malloc(len + 1);

	FUZZ_ASSERT(copy);
	if (len)
		memcpy(copy + 1, arg, len);
	fuzz_emu_look(emu);
	int r = rke_ioctl(file, command, copy + 1, len);

	fuzz_emu_check(emu);
	if (len)
		memcpy(arg, copy + 1, len);
	free(copy);
	return r;
}

/* How much of a line is a time or a name that depends on one; @line: from here on. */
static size_t
skip_time(const char *line)
{
	static const char *const words[] = { "elapsed time: ", "elapse time: ", "wait time: ", "job: " };

	for (size_t i = 0; i < RKR_ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(line, words[i], len) == 0)
			return len + strcspn(line + len, ",u\n");
	}
	return 0;
}

void
fuzz_emu_plain(const struct fuzz_emu *emu, struct rkr_buf *out)
{
	struct rkr_buf text = { 0 };
	bool start = true;

	rkr_buf_put(&text, emu->log.data, emu->log.len);
	rkr_buf_put(&text, "", 1);
	FUZZ_ASSERT(!text.failed);
	for (const char *p = text.data; *p; p++) {
		p += start && *p == '[' ? strcspn(p, "]\n") : skip_time(p);
		start = *p == '\n';
		rkr_buf_put(out, p, 1);
	}
	rkr_buf_free(&text);
}

void
fuzz_emu_parse(const struct fuzz_emu *emu)
{
	struct rkp_parser *parser;
	const struct rkp_sink sink = { .formats = 0 };

	if (!emu->log.len)
		return;
	FUZZ_ASSERT(rkp_parser_new(0, &sink, &parser) == 0);
	FUZZ_ASSERT(rkp_parser_feed(parser, emu->log.data, emu->log.len) == 0);
	FUZZ_ASSERT(rkp_parser_finish(parser) == 0);
	FUZZ_ASSERT(rkp_parser_accounting(parser)->unknown == 0);
	rkp_parser_free(parser);
}
