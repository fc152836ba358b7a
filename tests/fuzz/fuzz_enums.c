// SPDX-License-Identifier: BSD-2-Clause
/* Kernel BTF, as far as its four enums are looked for. The corpus was written by libbpf's btf__add_*(). */
#include <errno.h>

#include "probe/kernel_enums.h"
#include "tests/fuzz/fuzz.h"

static void ask(const struct kernel_enums *enums, const char *enumerator)
{
	int answer = kernel_enums_has(enums, enumerator);

	FUZZ_REQUIRE(answer == 0 || answer == 1 || answer == -ENODATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_enums enums = { 0 };

	if (!kernel_enums_parse(data, size, &enums)) {
		ask(&enums, "BPF_FUNC_redirect_peer");
		ask(&enums, "BPF_PROG_TYPE_SCHED_CLS");
		ask(&enums, "BPF_MAP_TYPE_LPM_TRIE");
		ask(&enums, "BPF_TCX_INGRESS");
	}
	kernel_enums_fini(&enums);
	return 0;
}
