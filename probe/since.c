// SPDX-License-Identifier: BSD-2-Clause
/* Look-up in since.def. */
#include "probe/since.h"

#include <stddef.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"

static const struct since_row {
	enum since_table table;
	unsigned int last;
	const char *release;
} rows[] = {
#define UP_TO(table_, last_, release_) { SINCE_##table_, last_, release_ },
#include "probe/since.def"
#undef UP_TO
};

const char *since_release(enum since_table table, unsigned int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].table == table && value <= rows[i].last)
			return rows[i].release;
	return NULL;
}
