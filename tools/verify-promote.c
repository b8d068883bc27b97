/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "captures/promoted-yaml.h"
#include "gen/domain.h"
#include "lib/digest.h"
#include "lib/format.h"
#include "output.h"
#include "verify.h"

/* The ledger, and how a shape gets into it. */

static int
read_file(const char *path, char **ret_text, size_t *ret_len, struct rkr_error *err)
{
	_autofclose_ FILE *file = fopen(path, "rb");
	_autofree_ char *text = NULL;
	size_t len = 0, cap = 0, n;

	if (!file)
		return rkr_error_set(err, -errno, path, 0, 0, "check the name", "cannot open the ledger: %s",
				     strerror(errno));
	do {
		if (rkr_grow((void **)&text, &cap, len + 4096, 1) < 0)
			return rkr_fail(err, -ENOMEM, NULL, "no memory to read the ledger");
		n = fread(text + len, 1, cap - len, file);
		len += n;
		/* The reader refuses more than this. */
	} while (n > 0 && len <= (size_t)1 << 20);
	if (ferror(file))
		return rkr_error_set(err, -EIO, path, 0, 0, "name a file of YAML", "cannot read the ledger");
	*ret_text = rkr_steal(text);
	*ret_len = len;
	return 0;
}

int
verify_ledger(const char *path, struct rkr_ledger **ret_ledger, struct rkr_error *err)
{
	static const char built_in[] = PROMOTED_YAML;
	_autofree_ char *text = NULL;
	size_t len = 0;

	if (!path)
		return rkr_ledger_parse(built_in, sizeof(built_in) - 1, "promoted.yaml", ret_ledger, err);
	int r = read_file(path, &text, &len, err);

	return r < 0 ? r : rkr_ledger_parse(text, len, path, ret_ledger, err);
}

/* The entry that a shape would get. 0 or -ENOMEM. */
static int
print_entry(const char *shape, const struct rkr_run *run, const struct rkr_promotion_evidence *evidence)
{
	const struct rkr_region *regcmd = rkr_run_region(run, RKR_REGION_REGCMD);
	const struct rkr_region *tasks = rkr_run_region(run, RKR_REGION_TASKS);
	char max_diff[32];
	struct rkr_ledger_entry e = {
		.shape = shape,
		.promoted = true,
		.max_diff = max_diff,
		.capture = evidence->best,
		.n_words = regcmd->size / 8,
		.n_tasks = rkr_run_n_tasks(run),
	};
	struct rkr_buf buf = { 0 };

	rkr_dec_format(evidence->max_diff, max_diff, sizeof(max_diff));
	/* All of a generated run is known. */
	if (rkr_region_digest(run, regcmd, e.regcmd_sha256) < 0 ||
	    rkr_region_digest(run, tasks, e.tasks_sha256) < 0)
		return -ENOMEM;
	rkr_ledger_entry_yaml(&buf, &e);
	return tool_print(&buf);
}

static int
print_json(const char *shape, bool promoted, const struct rkr_ledger_entry *entry,
	   const struct rkr_promotion_evidence *evidence, const char *reason)
{
	struct rkr_buf buf = { 0 };

	rkr_buf_printf(&buf, "{\"record\":\"promotion\",\"shape\":");
	rkr_buf_json_string(&buf, shape, strlen(shape));
	rkr_buf_printf(&buf, ",\"promoted\":%s,\"captures\":%zu,\"whole\":%s,\"hardware\":%s,\"reason\":",
		       promoted ? "true" : "false", evidence->n_captures, evidence->whole ? "true" : "false",
		       evidence->hardware ? "true" : "false");
	rkr_buf_json_string(&buf, reason, strlen(reason));
	if (entry && entry->max_diff)
		rkr_buf_printf(&buf, ",\"ledger_max_diff\":%s", entry->max_diff);
	if (entry && entry->reason) {
		rkr_buf_printf(&buf, ",\"ledger_reason\":");
		rkr_buf_json_string(&buf, entry->reason, strlen(entry->reason));
	}
	rkr_buf_printf(&buf, "}\n");
	return tool_print(&buf);
}

static void
print_text(const char *shape, bool promoted, enum rkr_promotion verdict, const struct rkr_ledger_entry *entry,
	   const struct rkr_promotion_evidence *evidence)
{
	printf("%s %s: %s", promoted ? "promoted" : "refused", shape, rkr_promotion_text(verdict));
	if (verdict == RKR_PROMOTION_BLOCKED && entry)
		printf(": %s", TOOL_SHOWN(entry->reason));
	putchar('\n');
	if (evidence->best)
		printf("  capture: %s\n", TOOL_SHOWN(evidence->best));
	/* What is not in a given run is said to be not in it. */
	if (!evidence->hardware)
		printf("  hardware: no given run holds a bracketed hardware run%s%s\n",
		       entry && entry->max_diff ? "; the ledger records one with max_diff " : "",
		       entry && entry->max_diff ? entry->max_diff : "");
	if (verdict == RKR_PROMOTION_DIFFERENT)
		printf("  rkreplay diff RUN conv:%s shows where\n", shape);
}

enum tool_exit
verify_promote(const struct tool_args *args, const struct rkr_ledger *ledger, const struct rkg_options *gen)
{
	_cleanup_run_ struct rkr_run *generated = NULL;
	struct rkr_promotion_evidence evidence = { 0 };
	const char *name = tool_value(args, "promote");
	char canonical[RKG_SHAPE_NAME_MAX];
	struct rkg_shape shape;
	struct rkr_error err = { 0 };
	int r = rkg_shape_parse(tool_is_shape(name) ? name + strlen("conv:") : name, &shape, &err);

	if (r == 0)
		r = rkg_conv_run(&shape, gen, &generated, &err);
	if (r == 0 && args->n_sources == 0)
		r = rkr_fail(&err, -EINVAL, "give logs or bundles that show them",
			     "a promotion needs the runs that it rests on");
	for (size_t i = 0; i < args->n_sources && r == 0; i++) {
		_cleanup_run_ struct rkr_run *run = NULL;

		r = tool_load(&args->sources[i], 1, gen, &run, &err);
		if (r == 0)
			r = rkr_promotion_gather(run, generated, args->sources[i], &evidence);
	}
	if (r < 0)
		return tool_error(&err, r);
	rkg_shape_format(&shape, canonical, sizeof(canonical));
	const struct rkr_ledger_entry *entry = rkr_ledger_find(ledger, canonical);
	enum rkr_promotion verdict = rkr_promotion_judge(entry, &evidence);
	bool promoted = verdict == RKR_PROMOTION_GRANTED || verdict == RKR_PROMOTION_STANDS;

	if (tool_given(args, "json")) {
		r = print_json(canonical, promoted, entry, &evidence, rkr_promotion_text(verdict));
	} else {
		print_text(canonical, promoted, verdict, entry, &evidence);
		if (verdict == RKR_PROMOTION_GRANTED)
			r = print_entry(canonical, generated, &evidence);
	}
	if (r < 0)
		return tool_error(&err, r);
	return promoted ? TOOL_YES : TOOL_NO;
}
