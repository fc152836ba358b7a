// SPDX-License-Identifier: BSD-2-Clause
/* Reports: what is accepted is node facts as well, and the same ones when it comes back. */
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/report_read.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct node_record first, second;
	_cleanup_free_ char *text = NULL, *again = NULL;

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (report_parse((const char *)data, size, "input", &first))
		return 0;
	FUZZ_REQUIRE(first.has_kernel);
	FUZZ_REQUIRE(!facts_json_write(&first, &text));
	FUZZ_REQUIRE(!facts_json_parse(text, strlen(text), "written", &second));
	FUZZ_REQUIRE(!facts_json_write(&second, &again));
	FUZZ_REQUIRE(!strcmp(text, again));
	return 0;
}
