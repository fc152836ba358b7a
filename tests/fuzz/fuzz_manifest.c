// SPDX-License-Identifier: BSD-2-Clause
/* manifest.json: what is accepted can be written and is accepted again. */
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/manifest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_manifest_ struct manifest first = { 0 }, second = { 0 };
	_cleanup_free_ char *text = NULL, *again = NULL;

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (manifest_parse("input", (const char *)data, size, &first))
		return 0;
	FUZZ_REQUIRE(!manifest_write(&first, &text));
	FUZZ_REQUIRE(!manifest_parse("written", text, strlen(text), &second));
	FUZZ_REQUIRE(!manifest_write(&second, &again));
	FUZZ_REQUIRE(!strcmp(text, again));
	return 0;
}
