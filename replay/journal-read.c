/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "journal-line.h"
#include "lib/util.h"

static const char *const state_names[RKX_JOURNAL_MAX_] = { "open", "begin", "end", "note", "close" };

/* FNV-1a: tells a torn line from a whole one, which is all that is asked of it. */
static uint32_t
checksum(const char *data, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 16777619u;
	return h;
}

size_t
rkx_journal_line_format(const struct rkx_journal_entry *entry, char *line, size_t size)
{
	int n = snprintf(line, size, "%" PRIu64 " %" PRIu64 " %" PRId64 " %s %" PRId64 " %s", entry->seq,
			 entry->ms, entry->pid, state_names[entry->state], entry->result, entry->text);

	for (char *s = line; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	return (size_t)n +
	       (size_t)snprintf(line + n, size - (size_t)n, " *%08" PRIx32 "\n", checksum(line, (size_t)n));
}

int
rkx_journal_line_parse(const char *line, size_t len, struct rkx_journal_entry *ret_entry)
{
	struct rkx_journal_entry e = { 0 };
	char copy[RKX_JOURNAL_LINE], state[8];
	int text = -1;
	uint32_t sum;

	/* " *" and eight digits end it. */
	if (len < 10 || len >= sizeof(copy) || memchr(line, '\0', len) || line[len - 10] != ' ' ||
	    line[len - 9] != '*')
		return -EINVAL;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (strspn(copy + len - 8, "0123456789abcdef") != 8)
		return -EINVAL;
	sum = (uint32_t)strtoul(copy + len - 8, NULL, 16);
	copy[len - 10] = '\0';
	if (sum != checksum(copy, len - 10))
		return -EINVAL;
	if (sscanf(copy, "%" SCNu64 " %" SCNu64 " %" SCNd64 " %7s %" SCNd64 "%n", &e.seq, &e.ms, &e.pid,
		   state, &e.result, &text) != 5 ||
	    text < 0 || copy[text] != ' ')
		return -EINVAL;
	while (e.state < RKX_JOURNAL_MAX_ && strcmp(state, state_names[e.state]) != 0)
		e.state++;
	if (e.state == RKX_JOURNAL_MAX_)
		return -EINVAL;
	snprintf(e.text, sizeof(e.text), "%s", copy + text + 1);
	*ret_entry = e;
	return 0;
}

void
rkx_journal_log_free(struct rkx_journal_log *log)
{
	free(log->entries);
	*log = (struct rkx_journal_log){ 0 };
}

static int
add_line(struct rkx_journal_log *log, size_t *cap, const char *line, size_t len)
{
	if (rkr_grow((void **)&log->entries, cap, log->n + 1, sizeof(*log->entries)) < 0)
		return -ENOMEM;
	struct rkx_journal_entry *e = &log->entries[log->n];

	if (rkx_journal_line_parse(line, len, e) < 0) {
		log->torn++;
		return 0;
	}
	if (e->state == RKX_JOURNAL_OPEN)
		log->session = log->n;
	log->unfinished = e->state != RKX_JOURNAL_CLOSE;
	e->in_flight = e->state == RKX_JOURNAL_BEGIN;
	/* Steps nest, so the begin that ends is among the last ones. */
	for (size_t i = log->n; e->state == RKX_JOURNAL_END && i-- > log->session;)
		if (log->entries[i].state == RKX_JOURNAL_BEGIN && log->entries[i].seq == e->seq) {
			log->entries[i].in_flight = false;
			break;
		}
	log->n++;
	return 0;
}

int
rkx_journal_read(const char *dir, struct rkx_journal_log *ret_log, struct rkr_error *err)
{
	struct rkx_journal_log log = { 0 };
	_autofree_ char *path = NULL;
	_autofree_ char *line = NULL;
	size_t size = 0, cap = 0, lines = 0;
	int r = 0;

	if (asprintf(&path, "%s/" RKX_JOURNAL_FILE, dir) < 0) {
		path = NULL;
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	}
	_autofclose_ FILE *file = NULL;

	r = rkx_open_file(path, &file, err);
	if (r < 0)
		return r;
	while (file && r == 0) {
		ssize_t n = getline(&line, &size, file);

		if (n < 0) {
			/* Without memory it fails as at the end, and is neither there nor in error. */
			r = ferror(file) ? -EIO : feof(file) ? 0 : -ENOMEM;
			break;
		}
		/* Without a newline it is torn, whatever it says: its sync never returned. */
		r = line[n - 1] == '\n' ? add_line(&log, &cap, line, (size_t)n - 1) : (log.torn++, 0);
		lines++;
		if (log.torn && !log.torn_at)
			log.torn_at = lines;
	}
	if (r < 0) {
		rkx_journal_log_free(&log);
		return rkr_error_set(err, r, path, 0, 0, NULL, "cannot be read: %s", strerror(-r));
	}
	*ret_log = log;
	return 0;
}

const struct rkx_journal_entry *
rkx_journal_in_flight(const struct rkx_journal_log *log)
{
	for (size_t i = log->n; i-- > log->session;)
		if (log->entries[i].in_flight)
			return &log->entries[i];
	return NULL;
}
