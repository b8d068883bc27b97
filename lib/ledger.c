/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <yaml.h>

#include "util.h"

/* Reading captures/promoted.yaml, and writing an entry of it. */

/* A ledger is small; libyaml's document holds all of it in memory. */
#define LEDGER_BYTES_MAX ((size_t)1 << 20)

struct rkr_ledger {
	struct rkr_ledger_entry *entries;
	size_t n, cap;
	char **strings;
	size_t n_strings, cap_strings;
};

struct reader {
	struct rkr_ledger *ledger;
	yaml_document_t *doc;
	const char *name;
	struct rkr_error *err;
};

void
rkr_ledger_free(struct rkr_ledger *ledger)
{
	if (!ledger)
		return;
	for (size_t i = 0; i < ledger->n_strings; i++)
		free(ledger->strings[i]);
	free(ledger->strings);
	free(ledger->entries);
	free(ledger);
}

RKR_DEFINE_CLEANUP(struct rkr_ledger *, rkr_ledger_free)

const struct rkr_ledger_entry *
rkr_ledger_entries(const struct rkr_ledger *ledger, size_t *ret_n)
{
	*ret_n = ledger->n;
	return ledger->entries;
}

const struct rkr_ledger_entry *
rkr_ledger_find(const struct rkr_ledger *ledger, const char *shape)
{
	for (size_t i = 0; i < ledger->n; i++)
		if (strcmp(ledger->entries[i].shape, shape) == 0)
			return &ledger->entries[i];
	return NULL;
}

static int
wrong(const struct reader *r, const yaml_node_t *node, const char *cure, const char *what, const char *key)
{
	return rkr_error_set(r->err, -EINVAL, r->name, node->start_mark.line + 1,
			     (uint32_t)node->start_mark.column + 1, cure, "%s%s%s%s", what, key ? " '" : "",
			     key ? key : "", key ? "'" : "");
}

/* ---- values ---- */

static int
read_text(const struct reader *r, const yaml_node_t *node, void *ret)
{
	struct rkr_ledger *l = r->ledger;
	size_t len = node->data.scalar.length;

	if (len == 0 || memchr(node->data.scalar.value, '\0', len))
		return wrong(r, node, NULL, "this is no text", NULL);
	if (rkr_grow((void **)&l->strings, &l->cap_strings, l->n_strings + 1, sizeof(*l->strings)) < 0)
		return -ENOMEM;
	char *copy = strndup((const char *)node->data.scalar.value, len);

	if (!copy)
		return -ENOMEM;
	l->strings[l->n_strings++] = copy;
	*(const char **)ret = copy;
	return 0;
}

/* How many digits a text begins with. */
static size_t
digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* A difference as a program printed it: a decimal fraction, as JSON has them, since it goes there as it is. */
static int
read_decimal(const struct reader *r, const yaml_node_t *node, void *ret)
{
	const char *text = (const char *)node->data.scalar.value, *p = text + digits(text);
	bool is = p > text && (*text != '0' || p == text + 1);

	if (is && *p == '.') {
		is = digits(++p) > 0;
		p += digits(p);
	}
	if (is && (*p == 'e' || *p == 'E')) {
		p++;
		p += *p == '-' || *p == '+';
		is = digits(p) > 0;
		p += digits(p);
	}
	if (!is || *p || !isfinite(strtod(text, NULL)))
		return wrong(r, node, "write it as 0.0625", "this is no difference", NULL);
	return read_text(r, node, ret);
}

static int
read_flag(const struct reader *r, const yaml_node_t *node, void *ret)
{
	const char *text = (const char *)node->data.scalar.value;
	bool yes = strcmp(text, "yes") == 0;

	if (!yes && strcmp(text, "no") != 0)
		return wrong(r, node, "write yes or no", "this is neither yes nor no", NULL);
	*(bool *)ret = yes;
	return 0;
}

static int
read_count(const struct reader *r, const yaml_node_t *node, void *ret)
{
	const char *text = (const char *)node->data.scalar.value;
	char *end;

	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);

	if (errno || *end || text[0] < '0' || text[0] > '9')
		return wrong(r, node, NULL, "this is no number", NULL);
	*(uint64_t *)ret = v;
	return 0;
}

static int
read_digest(const struct reader *r, const yaml_node_t *node, void *ret)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->data.scalar.length != RKR_SHA256_HEX - 1 ||
	    strspn(text, "0123456789abcdef") != RKR_SHA256_HEX - 1)
		return wrong(r, node, "it is 64 hexadecimal digits", "this is no SHA-256", NULL);
	memcpy(ret, text, RKR_SHA256_HEX);
	return 0;
}

/* The keys of an entry. */
static const struct {
	const char *name;
	size_t offset;
	int (*read)(const struct reader *r, const yaml_node_t *node, void *ret);
} keys[] = {
	{ "shape", offsetof(struct rkr_ledger_entry, shape), read_text },
	{ "name", offsetof(struct rkr_ledger_entry, name), read_text },
	{ "promoted", offsetof(struct rkr_ledger_entry, promoted), read_flag },
	{ "reason", offsetof(struct rkr_ledger_entry, reason), read_text },
	{ "max_diff", offsetof(struct rkr_ledger_entry, max_diff), read_decimal },
	{ "capture", offsetof(struct rkr_ledger_entry, capture), read_text },
	{ "words", offsetof(struct rkr_ledger_entry, n_words), read_count },
	{ "tasks", offsetof(struct rkr_ledger_entry, n_tasks), read_count },
	{ "regcmd_sha256", offsetof(struct rkr_ledger_entry, regcmd_sha256), read_digest },
	{ "tasks_sha256", offsetof(struct rkr_ledger_entry, tasks_sha256), read_digest },
};

/* ---- the document ---- */

static const yaml_node_t *
member(const struct reader *r, const yaml_node_t *map, const char *name)
{
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(r->doc, p->key);

		if (key->type == YAML_SCALAR_NODE && strcmp((const char *)key->data.scalar.value, name) == 0)
			return yaml_document_get_node(r->doc, p->value);
	}
	return NULL;
}

static int
read_entry(const struct reader *r, const yaml_node_t *node)
{
	struct rkr_ledger *l = r->ledger;
	struct rkr_ledger_entry e = { 0 };

	if (node->type != YAML_MAPPING_NODE)
		return wrong(r, node, NULL, "an entry is a map", NULL);
	for (size_t i = 0; i < RKR_ARRAY_LEN(keys); i++) {
		const yaml_node_t *value = member(r, node, keys[i].name);

		if (!value)
			continue;
		if (value->type != YAML_SCALAR_NODE)
			return wrong(r, value, NULL, "this is no value of", keys[i].name);
		int rc = keys[i].read(r, value, (char *)&e + keys[i].offset);

		if (rc < 0)
			return rc;
	}
	if (!e.shape || !member(r, node, "promoted"))
		return wrong(r, node, NULL, "an entry has no", e.shape ? "promoted" : "shape");
	if (e.promoted && (!e.max_diff || !e.capture || !e.regcmd_sha256[0] || !e.tasks_sha256[0]))
		return wrong(
			r, node,
			"a shape is promoted on evidence: max_diff, capture, regcmd_sha256, tasks_sha256",
			"there is no evidence for", e.shape);
	if (!e.promoted && !e.reason)
		return wrong(r, node, "say why it is not promoted", "there is no reason for", e.shape);
	if (rkr_ledger_find(l, e.shape))
		return wrong(r, node, "remove one", "there are two entries for", e.shape);
	if (rkr_grow((void **)&l->entries, &l->cap, l->n + 1, sizeof(*l->entries)) < 0)
		return -ENOMEM;
	l->entries[l->n++] = e;
	return 0;
}

static int
read_document(const struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);

	if (!root || root->type != YAML_MAPPING_NODE)
		return rkr_error_set(r->err, -EINVAL, r->name, 1, 0,
				     "give a file such as captures/promoted.yaml", "this is no ledger");
	const yaml_node_t *version = member(r, root, "version"), *shapes = member(r, root, "shapes");
	uint64_t v = 0;

	if (!version || version->type != YAML_SCALAR_NODE)
		return wrong(r, root, "a ledger starts with version: 1", "the ledger has no", "version");
	int rc = read_count(r, version, &v);

	if (rc < 0)
		return rc;
	if (v != RKR_LEDGER_VERSION)
		return rkr_error_set(r->err, -ENOTSUP, r->name, version->start_mark.line + 1, 0,
				     "use a newer rkreplay", "this ledger is of version %" PRIu64 ", not %d",
				     v, RKR_LEDGER_VERSION);
	if (!shapes || shapes->type != YAML_SEQUENCE_NODE)
		return wrong(r, root, NULL, "the ledger has no list of", "shapes");
	for (const yaml_node_item_t *i = shapes->data.sequence.items.start;
	     rc == 0 && i < shapes->data.sequence.items.top; i++)
		rc = read_entry(r, yaml_document_get_node(r->doc, *i));
	return rc;
}

int
rkr_ledger_parse(const char *text, size_t len, const char *name, struct rkr_ledger **ret_ledger,
		 struct rkr_error *err)
{
	rkr_cleanup(rkr_ledger_free) struct rkr_ledger *ledger = calloc(1, sizeof(*ledger));
	yaml_parser_t parser;
	yaml_document_t doc;

	if (len > LEDGER_BYTES_MAX)
		return rkr_error_set(err, -EFBIG, name, 0, 0, NULL, "a ledger has at most %zu bytes",
				     LEDGER_BYTES_MAX);
	if (!ledger || !yaml_parser_initialize(&parser))
		return rkr_fail(err, -ENOMEM, NULL, "no memory to read a ledger");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	int r;

	if (!yaml_parser_load(&parser, &doc)) {
		if (parser.error == YAML_MEMORY_ERROR) {
			yaml_parser_delete(&parser);
			return rkr_fail(err, -ENOMEM, NULL, "no memory to read a ledger");
		}
		r = rkr_error_set(err, -EINVAL, name, parser.problem_mark.line + 1,
				  (uint32_t)parser.problem_mark.column + 1,
				  "give a file such as captures/promoted.yaml", "this is not YAML: %s",
				  parser.problem ? parser.problem : "unknown problem");
	} else {
		r = read_document(&(struct reader){ ledger, &doc, name, err });
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	if (r == -ENOMEM)
		rkr_fail(err, r, NULL, "no memory to read a ledger");
	if (r == 0)
		*ret_ledger = rkr_steal(ledger);
	return r;
}

void
rkr_ledger_entry_yaml(struct rkr_buf *buf, const struct rkr_ledger_entry *e)
{
	rkr_buf_printf(buf, "  - shape: %s\n", e->shape);
	if (e->name)
		rkr_buf_printf(buf, "    name: %s\n", e->name);
	rkr_buf_printf(buf, "    promoted: %s\n", e->promoted ? "yes" : "no");
	if (e->reason) {
		/* A JSON string is a YAML string, whatever is in it. */
		rkr_buf_printf(buf, "    reason: ");
		rkr_buf_json_string(buf, e->reason, strlen(e->reason));
		rkr_buf_printf(buf, "\n");
	}
	if (e->max_diff)
		rkr_buf_printf(buf, "    max_diff: %s\n", e->max_diff);
	if (e->n_words)
		rkr_buf_printf(buf, "    words: %" PRIu64 "\n", e->n_words);
	if (e->n_tasks)
		rkr_buf_printf(buf, "    tasks: %" PRIu64 "\n", e->n_tasks);
	if (e->regcmd_sha256[0])
		rkr_buf_printf(buf, "    regcmd_sha256: %s\n", e->regcmd_sha256);
	if (e->tasks_sha256[0])
		rkr_buf_printf(buf, "    tasks_sha256: %s\n", e->tasks_sha256);
	if (e->capture) {
		rkr_buf_printf(buf, "    capture: ");
		rkr_buf_json_string(buf, e->capture, strlen(e->capture));
		rkr_buf_printf(buf, "\n");
	}
}
