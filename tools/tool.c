/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "lib/bundle.h"
#include "output.h"

static size_t
option_index(const struct tool_args *args, const char *option)
{
	size_t i = 0;

	while (strcmp(args->verb->options[i].name, option) != 0)
		i++;
	return i;
}

bool
tool_given(const struct tool_args *args, const char *option)
{
	return args->given[option_index(args, option)] > 0;
}

const char *
tool_value(const struct tool_args *args, const char *option)
{
	size_t o = option_index(args, option);

	for (size_t i = args->n_values; i-- > 0;)
		if (args->values[i].option == o)
			return args->values[i].value;
	return NULL;
}

enum tool_exit
tool_error(const struct rkr_error *err, int code)
{
	char text[1200];

	if (code == TOOL_OUTPUT_FAILED)
		return TOOL_YES; /* tool_finish() says what is to be said */
	fflush(stdout);
	if (err && err->code) {
		rkr_error_format(err, text, sizeof(text));
		fprintf(stderr, "rkreplay: %s\n", text);
	} else {
		fprintf(stderr, "rkreplay: %s\n", strerror(-code));
	}
	/* What is outside the known domain is refused: that is an answer, not a mishap. */
	return code == -EOPNOTSUPP ? TOOL_NO : TOOL_TROUBLE;
}

enum tool_exit
tool_trouble(const char *fmt, ...)
{
	struct rkr_error err;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Through the error object, which makes untrusted bytes printable. */
	rkr_fail(&err, -EINVAL, NULL, "%s", text);
	return tool_error(&err, -EINVAL);
}

bool
tool_number(const char *text, uint64_t *ret_value)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 0);

	if (errno || *end)
		return false;
	*ret_value = v;
	return true;
}

int
tool_formats(const char *list, unsigned *ret_formats, struct rkr_error *err)
{
	unsigned formats = 0;

	for (const char *p = list; *p || p == list;) {
		size_t n = strcspn(p, ",");
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		enum rkp_format f = rkp_format_by_name(name);

		if (f == RKP_FORMAT_INVALID_) {
			char all[160] = "one of";

			for (int i = 0; i < RKP_FORMAT_MAX_; i++)
				strncat(strncat(all, " ", sizeof(all) - strlen(all) - 1),
					rkp_format_name((enum rkp_format)i), sizeof(all) - strlen(all) - 1);
			return rkr_fail(err, -EINVAL, all, "no kind of log is called '%s'", name);
		}
		formats |= 1U << f;
		p += n;
		p += *p == ',';
	}
	*ret_formats = formats;
	return 0;
}

sigset_t
tool_block_signals(sigset_t *ret_stop)
{
	sigset_t old;

	sigemptyset(ret_stop);
	sigaddset(ret_stop, SIGINT);
	sigaddset(ret_stop, SIGTERM);
	sigaddset(ret_stop, SIGHUP);
	sigprocmask(SIG_BLOCK, ret_stop, &old);
	return old;
}

void
tool_json_member(struct rkr_buf *buf, const char *name, const char *text)
{
	if (!text)
		return;
	rkr_buf_printf(buf, ",\"%s\":", name);
	rkr_buf_json_string(buf, text, strlen(text));
}

int
tool_write_bundle(const struct rkr_run *run, const char *dir, struct rkr_error *err)
{
	sigset_t stop, old = tool_block_signals(&stop);
	int r = rkr_bundle_write(run, dir, err);

	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

bool
tool_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(stream)) && (!no || !no[0]) && term && strcmp(term, "dumb") != 0;
}

enum tool_exit
tool_finish(enum tool_exit status)
{
	bool bad = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !bad)
		return status;
	if (errno == EPIPE || tool_reader_is_gone()) /* the reader has seen enough */
		return status;
	/* What failed earlier mostly fails again, and tells why. */
	if (!errno && write(STDOUT_FILENO, "", 0) == 0)
		errno = EIO;
	return tool_trouble("cannot write to standard output: %s", strerror(errno));
}
