/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * Results of a sweep over shapes: its live log, the log of details, and the
 * summary. [source: their grammar] The log pads its columns with blanks.
 */

#define ROW(k, t) \
	{ .kind = RKR_KIND_##k, .op = RKP_WHOLE, .format = RKP_FORMAT_SWEEP, .prefix = RKP_PREFIX_NONE, \
	  .text = t }
#define SKIP(t) { .op = RKP_SKIP, .kind = RKR_KIND_INVALID_, .rule = "sweep", .text = t }

#define ANNOUNCED                                                                                          \
	"[{:blanks}{index:d}/{total:d}] {name:w} (b={b:d} c={c:d} h={h:w} oc={oc:d} k={k:w} g={g:d}" \
	" path={path:w} est~{est:d}"
#define RESULT "shape={name:w} kind={kind:w} tasks={tasks:d} "
#define DETAIL \
	" {:blanks}{name:w} :: {kind:w} tasks={tasks:d} max_diff={max_diff:k} elapsed={:blanks}{elapsed:k}s"

static const struct rkp_shape shapes[] = {
	/* the live log */
	ROW(sweep_total, "total_shapes={total:d} (from {pool:d} pool, start={start:d} limit={limit:w})"),
	SKIP("running pre_health {:z}"),
	SKIP("running post_health {:z}"),
	ROW(sweep_total, "pre_health_rc={pre_health_rc:s}"),
	ROW(sweep_total, "post_health_rc={post_health_rc:s}"),
	ROW(sweep_shape, ANNOUNCED ") ..."),
	ROW(sweep_shape, ANNOUNCED " SLOW_DW est_tasks={est_tasks:d}) ..."),
	ROW(sweep_shape, "plan shape={name:w} {text:z}"),
	/* a shape that ended in an error has none */
	ROW(sweep_shape, RESULT "{status=PASS} max_diff={max_diff:k}"),
	ROW(sweep_shape, RESULT "{status=FAIL} max_diff={max_diff:k}"),
	ROW(sweep_shape, "  {:blanks}{status:caps} running={running:name} elapsed={:blanks}{elapsed:k}s"
			 "  {text:z}"),
	SKIP("summary={:z}"),
	ROW(sweep_total, "pre_health_rc={pre_health_rc:s} post_health_rc={post_health_rc:s} total={total:d}"
			 " counts={counts:z}"),
	SKIP("detail_log={:z}"),

	/* the details */
	ROW(sweep_shape, "{status=PASS}" DETAIL),
	ROW(sweep_shape, "{status=PASS}" DETAIL " SLOW_DW est_tasks={est_tasks:d}"),
	ROW(sweep_shape, "{status=FAIL}" DETAIL),
	ROW(sweep_shape, "{status=FAIL}" DETAIL " SLOW_DW est_tasks={est_tasks:d}"),
	ROW(sweep_shape, "{status=ERROR} {:blanks}{name:w} :: EXC: {text:name}"
			 " elapsed={:blanks}{elapsed:k}s"),

	/* the summary */
	ROW(sweep_total, "timestamp={timestamp:w}"),
	ROW(sweep_total, "total={total:d} counts={counts:z}"),
	ROW(sweep_total, "pre_health_rc={pre_health_rc:s} post_health_rc={post_health_rc:s}"),
	ROW(sweep_shape, "{status=PASS} {name:w}"),
	ROW(sweep_shape, "{status=FAIL} {name:w}"),
	ROW(sweep_shape, "{status=ERROR} {name:w}"),
};
const struct rkp_table rkp_sweep_table = { shapes, RKR_ARRAY_LEN(shapes) };
