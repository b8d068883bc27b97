/* SPDX-License-Identifier: MIT */
/* Writes the network of tests/net-model.h to a file, for shell tests: make-model FILE. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/net-model.h"

int
main(int argc, char **argv)
{
	struct model_file m = net_model();
	FILE *f = argc == 2 ? fopen(argv[1], "wb") : NULL;
	int r = !f || fwrite(m.data, 1, m.len, f) != m.len;

	if (f && fclose(f) != 0)
		r = 1;
	free(m.data);
	return r;
}
