/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bundle-emit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "utf8.h"
#include "util.h"

static int
drain(void *data, unsigned char *buffer, size_t size)
{
	struct rkr_emit *e = data;

	rkr_out_put(e->out, buffer, size);
	return !e->out->failed;
}

/* Emit an event that was made, if it was. The emitter frees it. */
static void
emit(struct rkr_emit *e, int made, yaml_event_t *event)
{
	if (!made) {
		if (!e->failed)
			e->failed = -ENOMEM;
		return;
	}
	if (e->failed) {
		yaml_event_delete(event);
		return;
	}
	if (!yaml_emitter_emit(&e->yaml, event))
		e->failed = e->out->failed                       ? e->out->failed
			    : e->yaml.error == YAML_MEMORY_ERROR ? -ENOMEM
								 : -EINVAL;
}

static void
scalar(struct rkr_emit *e, const char *text, size_t len, yaml_scalar_style_t style)
{
	yaml_event_t event;

	if (len > INT32_MAX) {
		e->failed = e->failed ? e->failed : -EFBIG;
		return;
	}
	emit(e,
	     yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)len, 1, 1,
					  style),
	     &event);
}

static void
begin(struct rkr_emit *e, bool map, int style)
{
	yaml_event_t event;

	if (map)
		emit(e,
		     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, (yaml_mapping_style_t)style),
		     &event);
	else
		emit(e,
		     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
							  (yaml_sequence_style_t)style),
		     &event);
}

static void
end(struct rkr_emit *e, bool map)
{
	yaml_event_t event;

	emit(e, map ? yaml_mapping_end_event_initialize(&event) : yaml_sequence_end_event_initialize(&event),
	     &event);
}

void
rkr_emit_node(struct rkr_emit *e, const struct rkr_node *node)
{
	if (node->type == RKR_NODE_SCALAR) {
		scalar(e, node->text, node->len, (yaml_scalar_style_t)node->style);
		return;
	}
	begin(e, node->type == RKR_NODE_MAP, node->style);
	for (size_t i = 0; i < node->n; i++)
		rkr_emit_node(e, node->items[i]);
	end(e, node->type == RKR_NODE_MAP);
}

/* Put back what was kept of a map or list, up to behind its last known entry. */
static void
put_back(struct rkr_emit *e, bool all)
{
	struct rkr_emit_level *l = &e->levels[e->depth - 1];

	for (; l->n_kept && (all || l->kept->at <= l->count); l->kept++, l->n_kept--) {
		if (l->map)
			rkr_emit_node(e, l->kept->key);
		rkr_emit_node(e, l->kept->value);
	}
}

static void
enter(struct rkr_emit *e, bool map, enum rkr_scope scope, size_t index, bool flow)
{
	struct rkr_emit_level *l = &e->levels[e->depth++];

	begin(e, map,
	      map ? (int)(flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE)
		  : (int)(flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
	*l = (struct rkr_emit_level){ .map = map };
	l->kept = rkr_kept_find(e->kept, scope, index, &l->n_kept);
}

void
rkr_emit_map(struct rkr_emit *e, enum rkr_scope scope, size_t index, bool flow)
{
	enter(e, true, scope, index, flow);
}

void
rkr_emit_list(struct rkr_emit *e, enum rkr_scope scope, size_t index, bool flow)
{
	enter(e, false, scope, index, flow);
}

void
rkr_emit_end(struct rkr_emit *e)
{
	put_back(e, true);
	end(e, e->levels[--e->depth].map);
}

void
rkr_emit_item(struct rkr_emit *e)
{
	put_back(e, false);
	e->levels[e->depth - 1].count++;
}

void
rkr_emit_key(struct rkr_emit *e, const char *key)
{
	/* Without quotes these are no strings to other readers. [source: YAML 1.1, bool and null] */
	static const char *const not_strings[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null"
	};

	rkr_emit_item(e);
	for (size_t i = 0; i < RKR_ARRAY_LEN(not_strings); i++) {
		if (strcmp(key, not_strings[i]) == 0) {
			rkr_emit_text(e, key);
			return;
		}
	}
	rkr_emit_word(e, key);
}

void
rkr_emit_word(struct rkr_emit *e, const char *word)
{
	scalar(e, word, strlen(word), YAML_PLAIN_SCALAR_STYLE);
}

void
rkr_emit_text(struct rkr_emit *e, const char *text)
{
	scalar(e, text, strlen(text), YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void
rkr_emit_u64(struct rkr_emit *e, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	rkr_emit_word(e, text);
}

void
rkr_emit_s64(struct rkr_emit *e, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	rkr_emit_word(e, text);
}

void
rkr_emit_hex(struct rkr_emit *e, uint64_t v, bool quoted)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	scalar(e, text, strlen(text), quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE);
}

/* Whether YAML can hold the bytes as a string: ASCII, controls included, or printable UTF-8. */
static bool
is_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = (unsigned char)s[i] < 0x80 ? 1 : rkr_utf8_length(s + i, len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

void
rkr_emit_bytes(struct rkr_emit *e, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	if (len > RKR_BUNDLE_STRING_MAX) {
		e->failed = e->failed ? e->failed : -EFBIG;
		return;
	}
	if (is_text(data, len)) {
		scalar(e, len ? data : "", len, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
		return;
	}
	_autofree_ char *hex = malloc(2 * len + 1);

	if (!hex) {
		e->failed = e->failed ? e->failed : -ENOMEM;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[p[i] >> 4];
		hex[2 * i + 1] = digits[p[i] & 15];
	}
	hex[2 * len] = '\0';
	rkr_emit_map(e, RKR_SCOPE_NONE, 0, true);
	rkr_emit_key(e, "hex");
	rkr_emit_text(e, hex);
	rkr_emit_end(e);
}

int
rkr_emit_begin(struct rkr_emit *e, struct rkr_out *out, const struct rkr_kept *kept)
{
	yaml_event_t event;

	e->out = out;
	e->kept = kept;
	e->failed = 0;
	e->depth = 0;
	if (!yaml_emitter_initialize(&e->yaml))
		return -ENOMEM;
	yaml_emitter_set_output(&e->yaml, drain, e);
	yaml_emitter_set_unicode(&e->yaml, 1);
	yaml_emitter_set_width(&e->yaml, -1); /* a record is a line */
	emit(e, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
	emit(e, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
	rkr_emit_map(e, RKR_SCOPE_TOP, 0, false);
	return e->failed;
}

int
rkr_emit_finish(struct rkr_emit *e)
{
	yaml_event_t event;

	rkr_emit_end(e);
	emit(e, yaml_document_end_event_initialize(&event, 1), &event);
	emit(e, yaml_stream_end_event_initialize(&event), &event);
	if (!e->failed && !yaml_emitter_flush(&e->yaml))
		e->failed = e->out->failed ? e->out->failed : -ENOMEM;
	return e->failed;
}

void
rkr_emit_free(struct rkr_emit *e)
{
	yaml_emitter_delete(&e->yaml);
}
