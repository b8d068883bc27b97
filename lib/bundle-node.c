/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "bundle-priv.h"
#include "util.h"

/*
 * A strict part of YAML, entry by entry, so that a long list of records is
 * never in memory as YAML. Everything that could make a little text into much
 * data, or into something else than it looks, is refused: anchors, aliases,
 * tags, directives, deep nesting, duplicate keys.
 */

/* libyaml takes a whole scalar (or comment) into memory: the longest that the writer makes, escaped. */
#define EVENT_BYTES_MAX (4 * RKR_BUNDLE_STRING_MAX + ((size_t)256 << 10))

struct rkr_nodes {
	yaml_parser_t yaml;
	yaml_event_t event;
	int fd;
	const char *path;
	struct rkr_error *err;
	int io; /* why the input ended early */
	uint64_t n_read;
	size_t since_event; /* bytes read since the last event */
	unsigned depth;
};

void
rkr_node_free(struct rkr_node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->n; i++)
		rkr_node_free(node->items[i]);
	free(node->items);
	free(node->text);
	free(node);
}

RKR_DEFINE_CLEANUP(struct rkr_node *, rkr_node_free)
RKR_DEFINE_CLEANUP(struct rkr_nodes *, rkr_nodes_free)

bool
rkr_node_is(const struct rkr_node *node, const char *text)
{
	return node->type == RKR_NODE_SCALAR && node->len == strlen(text) &&
	       memcmp(node->text, text, node->len) == 0;
}

static uint32_t
place(size_t index)
{
	return index < UINT32_MAX ? (uint32_t)index + 1 : UINT32_MAX;
}

static int
refuse(struct rkr_nodes *nodes, const yaml_mark_t *mark, const char *cure, const char *what)
{
	return rkr_error_set(nodes->err, -EINVAL, nodes->path, mark->line + 1, place(mark->column), cure,
			     "%s", what);
}

static int
no_memory(struct rkr_nodes *nodes)
{
	return rkr_error_set(nodes->err, -ENOMEM, nodes->path, 0, 0, NULL, "no memory to read it");
}

static int
feed(void *data, unsigned char *buffer, size_t size, size_t *size_read)
{
	struct rkr_nodes *nodes = data;
	ssize_t r;

	if (nodes->since_event > EVENT_BYTES_MAX || nodes->n_read > RKR_BUNDLE_YAML_MAX) {
		nodes->io = -EFBIG;
		return 0;
	}
	do
		r = read(nodes->fd, buffer, size);
	while (r < 0 && errno == EINTR);
	if (r < 0) {
		nodes->io = -errno;
		return 0;
	}
	nodes->n_read += (uint64_t)r;
	nodes->since_event += (size_t)r;
	*size_read = (size_t)r;
	return 1;
}

static int
parse_failed(struct rkr_nodes *nodes)
{
	const yaml_parser_t *yaml = &nodes->yaml;

	if (yaml->error == YAML_MEMORY_ERROR)
		return no_memory(nodes);
	if (nodes->io == -EFBIG)
		return refuse(nodes, &yaml->mark, "it was not written by rkreplay",
			      nodes->n_read > RKR_BUNDLE_YAML_MAX ? "run.yaml is too large"
								  : "a string or comment here is too long");
	if (nodes->io < 0)
		return rkr_error_set(nodes->err, nodes->io, nodes->path, 0, 0, NULL, "cannot read it: %s",
				     strerror(-nodes->io));
	/* The scanner knows where; the decoder of UTF-8 only how far it was. */
	const yaml_mark_t *mark = yaml->error == YAML_READER_ERROR ? &yaml->mark : &yaml->problem_mark;

	return rkr_error_set(nodes->err, -EINVAL, nodes->path, mark->line + 1, place(mark->column),
			     "restore the bundle or make it again", "this is not YAML: %s",
			     yaml->problem ? yaml->problem : "unknown problem");
}

/* The next event, in nodes->event. */
static int
next(struct rkr_nodes *nodes)
{
	yaml_event_t *e = &nodes->event;
	bool anchor = false, tag = false;

	yaml_event_delete(e);
	nodes->since_event = 0;
	if (!yaml_parser_parse(&nodes->yaml, e))
		return parse_failed(nodes);
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		anchor = true;
		break;
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		nodes->depth++;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		nodes->depth++;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		nodes->depth--;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (e->data.document_start.version_directive ||
		    e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
			return refuse(nodes, &e->start_mark, "remove it", "a bundle has no YAML directives");
		break;
	default:
		break;
	}
	if (anchor)
		return refuse(nodes, &e->start_mark, "write it out",
			      "a bundle has no YAML anchors and aliases");
	if (tag)
		return refuse(nodes, &e->start_mark, "remove it", "a bundle has no YAML tags");
	if (nodes->depth > RKR_BUNDLE_DEPTH_MAX)
		return refuse(nodes, &e->start_mark, "it was not written by rkreplay",
			      "this is nested too deeply");
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct rkr_node *x = *(struct rkr_node *const *)a, *y = *(struct rkr_node *const *)b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->text, y->text, x->len);
}

static int
check_keys(struct rkr_nodes *nodes, const struct rkr_node *map)
{
	size_t n = map->n / 2;
	_autofree_ struct rkr_node **keys = reallocarray(NULL, n + 1, sizeof(*keys));

	if (!keys)
		return no_memory(nodes);
	for (size_t i = 0; i < n; i++)
		keys[i] = map->items[2 * i];
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (compare_keys(&keys[i - 1], &keys[i]) == 0)
			return rkr_error_set(nodes->err, -EINVAL, nodes->path, keys[i]->line, keys[i]->column,
					     "remove one", "the key '%s' is there twice", keys[i]->text);
	return 0;
}

static int
build(struct rkr_nodes *nodes, size_t *n_nodes, struct rkr_node **ret_node);

static int
build_items(struct rkr_nodes *nodes, size_t *n_nodes, struct rkr_node *node)
{
	yaml_event_type_t end = node->type == RKR_NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;

	for (;;) {
		struct rkr_node *item = NULL;
		int r = next(nodes);

		if (r < 0)
			return r;
		if (nodes->event.type == end)
			return node->type == RKR_NODE_MAP ? check_keys(nodes, node) : 0;
		if (node->type == RKR_NODE_MAP && node->n % 2 == 0 && nodes->event.type != YAML_SCALAR_EVENT)
			return refuse(nodes, &nodes->event.start_mark, NULL, "a key must be a plain word");
		r = build(nodes, n_nodes, &item);
		if (r < 0)
			return r;
		if (rkr_grow((void **)&node->items, &node->cap, node->n + 1, sizeof(struct rkr_node *)) < 0) {
			rkr_node_free(item);
			return no_memory(nodes);
		}
		node->items[node->n++] = item;
	}
}

/* The node that nodes->event begins; after it, the event is its last. As deep as next() lets it. */
static int
build(struct rkr_nodes *nodes, size_t *n_nodes, struct rkr_node **ret_node)
{
	yaml_event_t *e = &nodes->event;
	rkr_cleanup(rkr_node_free) struct rkr_node *node = calloc(1, sizeof(*node));
	int r = 0;

	if (!node)
		return no_memory(nodes);
	if (++*n_nodes > RKR_BUNDLE_NODES_MAX)
		return refuse(nodes, &e->start_mark, "it was not written by rkreplay",
			      "this entry is too large");
	node->line = place(e->start_mark.line);
	node->column = place(e->start_mark.column);
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		node->style = (int)e->data.scalar.style;
		node->text = (char *)e->data.scalar.value;
		node->len = e->data.scalar.length;
		e->data.scalar.value = NULL; /* libyaml's memory is malloc's */
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->type = RKR_NODE_LIST;
		node->style = (int)e->data.sequence_start.style;
		r = build_items(nodes, n_nodes, node);
		break;
	case YAML_MAPPING_START_EVENT:
		node->type = RKR_NODE_MAP;
		node->style = (int)e->data.mapping_start.style;
		r = build_items(nodes, n_nodes, node);
		break;
	default:
		return refuse(nodes, &e->start_mark, NULL, "a value is missing");
	}
	if (r == 0)
		*ret_node = rkr_steal(node);
	return r;
}

/* The next event must be of this type. */
static int
expect(struct rkr_nodes *nodes, yaml_event_type_t type, const char *else_what)
{
	int r = next(nodes);

	if (r == 0 && nodes->event.type != type)
		return refuse(nodes, &nodes->event.start_mark, "restore the bundle or make it again",
			      else_what);
	return r;
}

int
rkr_nodes_new(int fd, const char *path, struct rkr_error *err, struct rkr_nodes **ret_nodes)
{
	rkr_cleanup(rkr_nodes_free) struct rkr_nodes *nodes = calloc(1, sizeof(*nodes));

	if (!nodes)
		return rkr_error_set(err, -ENOMEM, path, 0, 0, NULL, "no memory to read it");
	nodes->fd = fd;
	nodes->path = path;
	nodes->err = err;
	if (!yaml_parser_initialize(&nodes->yaml))
		return no_memory(nodes);
	yaml_parser_set_encoding(&nodes->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input(&nodes->yaml, feed, nodes);

	int r = expect(nodes, YAML_STREAM_START_EVENT, "the file is empty");

	if (r == 0)
		r = expect(nodes, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (r == 0)
		r = expect(nodes, YAML_MAPPING_START_EVENT, "a bundle's run.yaml is a map of keys");
	if (r == 0)
		*ret_nodes = rkr_steal(nodes);
	return r;
}

void
rkr_nodes_free(struct rkr_nodes *nodes)
{
	if (!nodes)
		return;
	yaml_event_delete(&nodes->event);
	yaml_parser_delete(&nodes->yaml);
	free(nodes);
}

int
rkr_nodes_key(struct rkr_nodes *nodes, struct rkr_node **ret_node)
{
	size_t n = 0;
	int r = next(nodes);

	if (r < 0)
		return r;
	if (nodes->event.type == YAML_SCALAR_EVENT)
		return build(nodes, &n, ret_node);
	if (nodes->event.type != YAML_MAPPING_END_EVENT)
		return refuse(nodes, &nodes->event.start_mark, NULL, "a key must be a plain word");
	r = expect(nodes, YAML_DOCUMENT_END_EVENT, "there is something behind the end");
	if (r == 0)
		r = expect(nodes, YAML_STREAM_END_EVENT, "a bundle's run.yaml holds one document");
	if (r == 0)
		*ret_node = NULL;
	return r;
}

int
rkr_nodes_value(struct rkr_nodes *nodes, struct rkr_node **ret_node)
{
	size_t n = 0;
	int r = next(nodes);

	return r < 0 ? r : build(nodes, &n, ret_node);
}

int
rkr_nodes_skip(struct rkr_nodes *nodes)
{
	unsigned depth = nodes->depth;
	int r;

	do
		r = next(nodes);
	while (r == 0 && nodes->depth > depth);
	return r;
}

int
rkr_nodes_list(struct rkr_nodes *nodes)
{
	return expect(nodes, YAML_SEQUENCE_START_EVENT, "a list is wanted here");
}

int
rkr_nodes_item(struct rkr_nodes *nodes, struct rkr_node **ret_node)
{
	size_t n = 0;
	int r = next(nodes);

	if (r < 0)
		return r;
	if (nodes->event.type == YAML_SEQUENCE_END_EVENT) {
		*ret_node = NULL;
		return 0;
	}
	return build(nodes, &n, ret_node);
}
