/* SPDX-License-Identifier: MIT */
#ifndef TEST_FACTS_H
#define TEST_FACTS_H

/* The YAML files of captures/: a list of entries under one key. For use within tests. */

#include <stdint.h>
#include <yaml.h>

/** Load a file of the source tree; its entries are the list under @key. */
void
facts_load(const char *name, const char *key);

void
facts_unload(void);

int
facts_count(void);

const yaml_node_t *
facts_entry(int i);

const yaml_node_t *
facts_node(int index);

/** The value of a key of a mapping, or NULL. */
const yaml_node_t *
facts_get(const yaml_node_t *map, const char *key);

const char *
facts_text(const yaml_node_t *scalar);

/** A number of a mapping; fails the test if it is not there. */
uint64_t
facts_number(const yaml_node_t *map, const char *key);

#endif
