// SPDX-License-Identifier: BSD-2-Clause
/* Kernel configurations, as text and compressed in every format. */
#include "probe/kconfig.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kconfig config = { 0 };

	if (kconfig_read(data, size, &config))
		return 0;
	for (enum kconfig_need need = 0; need < NEED__COUNT; need++)
		FUZZ_REQUIRE(config.values[need] <= KCONFIG_YES);
	return 0;
}
