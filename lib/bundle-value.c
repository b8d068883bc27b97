/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "bundle-read.h"
#include "util.h"

/* From YAML nodes to values. All numbers are checked: they come from anywhere. */

#define REFUSE_VALUE(rd, node, what, wanted) RKR_REFUSE(rd, node, NULL, "'%s' is to be %s", what, wanted)

int
rkr_read_no_memory(struct rkr_reader *rd)
{
	return rkr_error_set(rd->err, -ENOMEM, rd->path, 0, 0, NULL, "no memory to read it");
}

static int
digit(char c, unsigned base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

	return v >= 0 && (unsigned)v < base ? v : -1;
}

/* A number of at least one digit, all of the text; false if it is none or does not fit. */
static bool
parse_digits(const char *text, size_t len, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		int d = digit(text[i], base);

		if (d < 0 || v > (UINT64_MAX - (uint64_t)d) / base)
			return false;
		v = v * base + (uint64_t)d;
	}
	*ret = v;
	return len > 0;
}

static bool
parse_u64(const char *text, size_t len, uint64_t *ret)
{
	if (len > 2 && text[0] == '0' && text[1] == 'x')
		return parse_digits(text + 2, len - 2, 16, ret);
	return parse_digits(text, len, 10, ret);
}

int
rkr_read_u64(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t max,
	     uint64_t *ret)
{
	uint64_t v;

	if (node->type != RKR_NODE_SCALAR || !parse_u64(node->text, node->len, &v))
		return REFUSE_VALUE(rd, node, what, "a number");
	if (v > max)
		return RKR_REFUSE(rd, node, NULL, "'%s' is %llu, and cannot be above %llu", what,
				  (unsigned long long)v, (unsigned long long)max);
	*ret = v;
	return 0;
}

int
rkr_read_s64(struct rkr_reader *rd, const struct rkr_node *node, const char *what, int64_t *ret)
{
	bool minus = node->type == RKR_NODE_SCALAR && node->len && node->text[0] == '-';
	uint64_t v;

	if (node->type != RKR_NODE_SCALAR || !parse_u64(node->text + minus, node->len - minus, &v) ||
	    v > (uint64_t)INT64_MAX + minus)
		return REFUSE_VALUE(rd, node, what, "a number");
	*ret = minus ? (int64_t)-v : (int64_t)v;
	return 0;
}

int
rkr_read_dec(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t *ret)
{
	const char *dot = node->type == RKR_NODE_SCALAR ? memchr(node->text, '.', node->len) : NULL;
	size_t len = dot ? (size_t)(dot - node->text) : node->len, decimals = dot ? node->len - len - 1 : 0;
	uint64_t whole, part = 0;

	if (node->type != RKR_NODE_SCALAR || !parse_digits(node->text, len, 10, &whole) || decimals > 6 ||
	    (dot && !parse_digits(dot + 1, decimals, 10, &part)))
		return REFUSE_VALUE(rd, node, what, "a decimal fraction");
	for (size_t i = decimals; i < 6; i++)
		part *= 10;
	if (whole > (UINT64_MAX - part) / 1000000)
		return REFUSE_VALUE(rd, node, what, "a smaller number");
	*ret = whole * 1000000 + part;
	return 0;
}

int
rkr_read_time(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t *ret)
{
	static const size_t tail = sizeof(":MM:SS.mmm") - 1;
	uint64_t h, m, s, ms;
	const char *t;

	if (node->type != RKR_NODE_SCALAR || node->len <= tail)
		return REFUSE_VALUE(rd, node, what, "a time like 13:37:36.493");
	t = node->text + node->len - tail;
	if (t[0] != ':' || t[3] != ':' || t[6] != '.' ||
	    !parse_digits(node->text, node->len - tail, 10, &h) || !parse_digits(t + 1, 2, 10, &m) ||
	    !parse_digits(t + 4, 2, 10, &s) || !parse_digits(t + 7, 3, 10, &ms) || m > 59 || s > 59)
		return REFUSE_VALUE(rd, node, what, "a time like 13:37:36.493");
	ms += (m * 60 + s) * 1000;
	if (h > (UINT64_MAX - ms) / 3600000)
		return REFUSE_VALUE(rd, node, what, "a smaller time");
	*ret = h * 3600000 + ms;
	return 0;
}

int
rkr_read_bytes(struct rkr_reader *rd, struct rkr_node *node, const char *what, const char **ret_bytes,
	       size_t *ret_len)
{
	struct rkr_node *hex;

	if (node->type == RKR_NODE_SCALAR) {
		*ret_bytes = node->text;
		*ret_len = node->len;
		return 0;
	}
	if (node->type != RKR_NODE_MAP || node->n != 2 || !rkr_node_is(node->items[0], "hex") ||
	    node->items[1]->type != RKR_NODE_SCALAR || node->items[1]->len % 2)
		return REFUSE_VALUE(rd, node, what, "a string, or {hex: \"..\"}");
	hex = node->items[1];
	/* In place: a byte takes the room of its two digits. */
	for (size_t i = 0; i < hex->len; i += 2) {
		int hi = digit(hex->text[i], 16), lo = digit(hex->text[i + 1], 16);

		if (hi < 0 || lo < 0)
			return REFUSE_VALUE(rd, hex, what, "hex digits, in lower case");
		hex->text[i / 2] = (char)(hi << 4 | lo);
	}
	hex->text[hex->len / 2] = '\0';
	*ret_bytes = hex->text;
	*ret_len = hex->len / 2;
	return 0;
}

int
rkr_read_word(const struct rkr_node *node, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rkr_node_is(node, words[i]))
			return (int)i;
	return -1;
}

int
rkr_read_link(struct rkr_reader *rd, const struct rkr_node *node, const char *what, enum rkr_link_place place,
	      size_t a, size_t b)
{
	struct rkr_link link = { .place = place, .line = node->line, .column = node->column, .a = a, .b = b };
	int r;

	if (rkr_node_is(node, "none"))
		return 0;
	r = rkr_read_u64(rd, node, what, SIZE_MAX - 1, &link.position);
	if (r < 0)
		return r;
	if (rkr_grow((void **)&rd->links, &rd->cap_links, rd->n_links + 1, sizeof(link)) < 0)
		return rkr_read_no_memory(rd);
	rd->links[rd->n_links++] = link;
	return 0;
}

int
rkr_read_index(struct rkr_reader *rd, const struct rkr_node *node, const char *what, struct rkr_most *most,
	       uint32_t *ret)
{
	uint64_t v;
	int r = rkr_read_u64(rd, node, what, UINT32_MAX, &v);

	if (r < 0)
		return r;
	if (!most->any || v > most->index)
		*most = (struct rkr_most){ true, v, node->line, node->column };
	*ret = (uint32_t)v;
	return 0;
}

/* ---- maps ---- */

static size_t
count_nodes(const struct rkr_node *node)
{
	size_t n = 1;

	for (size_t i = 0; node && i < node->n; i++)
		n += count_nodes(node->items[i]);
	return n;
}

int
rkr_read_keep(struct rkr_reader *rd, enum rkr_scope scope, size_t index, size_t at, struct rkr_node **key,
	      struct rkr_node **value)
{
	const struct rkr_kept_entry entry = { scope, index, at, key ? *key : NULL, *value };

	rd->n_kept += count_nodes(*value);
	if (rd->n_kept > RKR_BUNDLE_NODES_MAX)
		return RKR_REFUSE(rd, *value, "read it with the version that wrote it",
				  "there is too much in the bundle that this version does not know");
	if (rkr_kept_add(rd->run->kept, &entry) < 0)
		return rkr_read_no_memory(rd);
	if (key)
		*key = NULL;
	*value = NULL;
	return 0;
}

int
rkr_read_map(struct rkr_reader *rd, struct rkr_node *map, enum rkr_scope scope, size_t index,
	     rkr_find_key find, const void *data, struct rkr_node **ret_values)
{
	size_t known = 0;

	if (map->type != RKR_NODE_MAP)
		return RKR_REFUSE(rd, map, NULL, "a map of keys is wanted here");
	for (size_t i = 0; i < map->n; i += 2) {
		const struct rkr_node *key = map->items[i];
		int k = strlen(key->text) == key->len ? find(data, key->text) : -1;

		if (k >= 0) {
			ret_values[k] = map->items[i + 1];
			known++;
			continue;
		}
		int r = rkr_read_keep(rd, scope, index, known, &map->items[i], &map->items[i + 1]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
find_in_list(const void *data, const char *key)
{
	const char *const *keys = data;

	for (int i = 0; keys[i]; i++)
		if (strcmp(keys[i], key) == 0)
			return i;
	return -1;
}

int
rkr_read_keys(struct rkr_reader *rd, struct rkr_node *map, enum rkr_scope scope, size_t index,
	      const char *const *keys, size_t n_needed, struct rkr_node **ret_values)
{
	for (size_t i = 0; keys[i]; i++)
		ret_values[i] = NULL;
	int r = rkr_read_map(rd, map, scope, index, find_in_list, keys, ret_values);

	for (size_t i = 0; i < n_needed && r == 0; i++)
		if (!ret_values[i])
			r = RKR_REFUSE(rd, map, "restore the bundle or make it again", "'%s' is missing here",
				       keys[i]);
	return r;
}
