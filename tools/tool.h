/* SPDX-License-Identifier: MIT */
#ifndef TOOL_H
#define TOOL_H

/*
 * What the verbs share: options from one table each, errors, sources. Only
 * this room prints and exits.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "gen/gen.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/run.h"
#include "lib/util.h"
#include "parsers/parse.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

/** Exit statuses of every verb. */
enum tool_exit {
	TOOL_YES = 0,     /**< same, all passed, done */
	TOOL_NO = 1,      /**< different, failed, refused */
	TOOL_TROUBLE = 2, /**< usage, unreadable, malformed */
	TOOL_DEVICE = 3,  /**< the device is absent or failed */
};

/** An option of a verb. */
struct tool_option {
	const char *name;
	const char *arg; /**< what to call its argument; NULL: it takes none */
	const char *help;
};

#define TOOL_OPTIONS_MAX 32
#define TOOL_VALUES_MAX 64

/** What was on the command line. */
struct tool_args {
	const struct tool_verb *verb;
	const char *const *sources;
	size_t n_sources;
	size_t given[TOOL_OPTIONS_MAX]; /**< how often each option was given */
	struct {
		size_t option;
		const char *value;
	} values[TOOL_VALUES_MAX]; /**< arguments of options, in order */
	size_t n_values;
};

/** A verb of the command. */
struct tool_verb {
	const char *name;
	const char *usage;                 /**< operands, as in the usage line */
	const char *summary;               /**< one line */
	const char *details;               /**< more lines for --help; may be NULL */
	const struct tool_option *options; /**< ended by a NULL name */
	size_t min_sources, max_sources;
	enum tool_exit (*run)(const struct tool_args *args);
};

extern const struct tool_verb tool_verb_parse;
extern const struct tool_verb tool_verb_show;
extern const struct tool_verb tool_verb_gen;
extern const struct tool_verb tool_verb_export;
extern const struct tool_verb tool_verb_diff;
extern const struct tool_verb tool_verb_predict;
extern const struct tool_verb tool_verb_capture;
extern const struct tool_verb tool_verb_emulate;
extern const struct tool_verb tool_verb_replay;
extern const struct tool_verb tool_verb_state;
extern const struct tool_verb tool_verb_triage;
extern const struct tool_verb tool_verb_verify;
extern const struct tool_verb tool_verb_snapshot;
extern const struct tool_verb tool_verb_report;
extern const struct tool_verb tool_verb_doctor;

/** Whether an option was given. */
bool
tool_given(const struct tool_args *args, const char *option);

/** The last argument given to an option, or NULL. */
const char *
tool_value(const struct tool_args *args, const char *option);

/**
 * Print "rkreplay: FILE:LINE: what is wrong; what to do".
 *
 * @return TOOL_NO if it was refused (-EOPNOTSUPP), else TOOL_TROUBLE
 */
enum tool_exit
tool_error(const struct rkr_error *err, int code);

/** The same from a text. */
__attribute__((format(printf, 1, 2))) enum tool_exit
tool_trouble(const char *fmt, ...);

/** Room for a text that had to be made printable. */
struct tool_room {
	char text[1024];
};

/**
 * Text of input (a file's name, words of a log) as a terminal can show it:
 * what is not printable is '?', as in errors. JSON has it as it is.
 *
 * @return @text if all of it is printable, else what is in @room
 */
const char *
tool_shown(const char *text, struct tool_room *room);

/** The same, until the end of the block. */
#define TOOL_SHOWN(text) tool_shown((text), &(struct tool_room){ { 0 } })

/** A number with an optional 0x; false if it is none or does not fit. */
bool
tool_number(const char *text, uint64_t *ret_value);

/** The options of verbs that generate: rows for their option tables. */
#define TOOL_GEN_OPTIONS                                                                          \
	{ "iova-top", "ADDR", "of a shape: place the BOs downwards from here (default 0x100000000)" }, \
	{ "profiling", NULL, "of a shape: as a runtime does that profiles each operator" },            \
	{ "reset", NULL, "of a shape: reset the NPU before the submit" }

/** Read TOOL_GEN_OPTIONS. False, with a message, if one is wrong. */
bool
tool_gen_options(const struct tool_args *args, struct rkg_options *ret_options);

/** Have the signals that end a program wait. @return the mask as it was, to be set again */
sigset_t
tool_block_signals(sigset_t *ret_stop);

/** Append a member of a JSON object, with the comma before it; none for a NULL. */
void
tool_json_member(struct rkr_buf *buf, const char *name, const char *text);

/** Whether a source is a shape, so that its run is generated. */
bool
tool_is_shape(const char *source);

/** Whether a source is a compiled model. */
bool
tool_is_model(const char *source);

/** Whether a source is to be read as a log: it is nothing else that is known. */
bool
tool_is_log(const char *source);

/** Load a model. @ret_acc may be NULL. 0 or negative errno with *err. */
int
tool_load_model(const char *path, struct rkr_run **ret_run, struct rkp_accounting *ret_acc,
		struct rkr_error *err);

/**
 * Load sources as one run, bound: a shape, a bundle, a model, or logs.
 *
 * @param options  for a shape; NULL: defaults
 * @return 0 or negative errno with *err.
 */
int
tool_load(const char *const *sources, size_t n, const struct rkg_options *options, struct rkr_run **ret_run,
	  struct rkr_error *err);

/**
 * Names of kinds of logs, "gem-dump,rknn-debug", as a bit set of 1 << enum
 * rkp_format. 0, or -EINVAL with *err.
 */
int
tool_formats(const char *list, unsigned *ret_formats, struct rkr_error *err);

/** The operators of a model, as show --ops prints them. */
enum tool_exit
tool_show_ops(const struct rkr_run *run, bool json);

/** The tile plan of one of them. */
enum tool_exit
tool_show_op_tiles(const struct rkr_run *run, uint32_t op_idx, bool json);

/** The tile plan of a shape. @layer: as a layer of a network, whose domain is wider. */
enum tool_exit
tool_show_shape_tiles(const struct rkg_shape *shape, bool layer, bool json);

/** The tile plan of a shape, as show --tiles prints it. */
enum tool_exit
tool_show_tiles(const char *source, bool json);

/**
 * The regcmd of a run, or of one of its tasks (-1: all), as show --regcmd prints it.
 *
 * @param raw  offset and word alone
 */
enum tool_exit
tool_show_regcmd(const struct rkr_run *run, long task, bool raw, bool json);

/** The registers of each task (or of one; -1: all) of a run, as show --resolved prints them. */
enum tool_exit
tool_show_resolved(const struct rkr_run *run, long task, bool json);

/** Whether a run is one of a runtime that profiles each operator. */
bool
tool_profiles(const struct rkr_run *run);

/** Write a bundle. Ctrl-C waits until it is written, so as to leave no mess. As rkr_bundle_write(). */
int
tool_write_bundle(const struct rkr_run *run, const char *dir, struct rkr_error *err);

/** Whether a stream is a terminal that may be sent colours (and NO_COLOR is not set). */
bool
tool_colour(FILE *stream);

/** Flush standard output; TOOL_TROUBLE with a message if anything was not written, else @status. */
enum tool_exit
tool_finish(enum tool_exit status);

#endif
