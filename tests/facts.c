/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/common.h"

static yaml_document_t document;
static const yaml_node_t *entries;

const yaml_node_t *
facts_node(int index)
{
	return yaml_document_get_node(&document, index);
}

const char *
facts_text(const yaml_node_t *scalar)
{
	return (const char *)scalar->data.scalar.value;
}

const yaml_node_t *
facts_get(const yaml_node_t *map, const char *key)
{
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++)
		if (strcmp(facts_text(facts_node(p->key)), key) == 0)
			return facts_node(p->value);
	return NULL;
}

uint64_t
facts_number(const yaml_node_t *map, const char *key)
{
	const yaml_node_t *n = facts_get(map, key);

	ck_assert_msg(n != NULL, "a fact has no '%s'", key);
	return strtoull(facts_text(n), NULL, 0);
}

int
facts_count(void)
{
	return (int)(entries->data.sequence.items.top - entries->data.sequence.items.start);
}

const yaml_node_t *
facts_entry(int i)
{
	return facts_node(entries->data.sequence.items.start[i]);
}

void
facts_load(const char *name, const char *key)
{
	_autofree_ char *path = test_source(name);
	_autofclose_ FILE *f = fopen(path, "re");
	yaml_parser_t parser;

	ck_assert(f && yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, f);
	ck_assert(yaml_parser_load(&parser, &document));
	yaml_parser_delete(&parser);
	entries = facts_get(yaml_document_get_root_node(&document), key);
	ck_assert(entries && entries->type == YAML_SEQUENCE_NODE);
}

void
facts_unload(void)
{
	yaml_document_delete(&document);
}
