// SPDX-License-Identifier: BSD-2-Clause
/*
 * BPF objects: the check that comes before libbpf, and libbpf itself on what passed it. The corpus is
 * seed.c, compiled with and without debug information.
 */
#include "common/log.h"
#include "probe/needs.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct object_needs needs;
	char text[128];
	int err;

	log_init("fuzz", LOG_LEVEL_ERROR);
	err = needs_read(fuzz_file(data, size), &needs);
	FUZZ_REQUIRE((err != 0) == (needs.program_count == 0));
	for (size_t i = 0; i < needs.count; i++)
		need_text(&needs.needs[i], text, sizeof(text));
	return 0;
}
