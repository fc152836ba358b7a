// SPDX-License-Identifier: BSD-2-Clause
/* The record of what was changed on a node: what is accepted can be written and is accepted again. */
#include <string.h>

#include "common/cleanup.h"
#include "install/record_json.h"
#include "tests/fuzz/fuzz.h"

/* The file of one endpoint, found by the name of its interface. */
static void parse_endpoint(const char *text, size_t len)
{
	_cleanup_record_ struct record record = { 0 }, again = { 0 };
	_cleanup_free_ char *written = NULL;
	char why[160] = "";

	if (record_parse_endpoint(text, len, "lxc1", &record, why, sizeof(why))) {
		FUZZ_REQUIRE(why[0]);
		return;
	}
	FUZZ_REQUIRE(record_is_endpoint(&record, "lxc1"));
	FUZZ_REQUIRE(!record_format_endpoint(&record, "lxc1", &written));
	FUZZ_REQUIRE(
		!record_parse_endpoint(written, strlen(written), "lxc1", &again, why, sizeof(why)));
	FUZZ_REQUIRE(again.point_count == record.point_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_record_ struct record first = { 0 }, second = { 0 };
	_cleanup_free_ char *text = NULL, *again = NULL;
	char why[160] = "";

	parse_endpoint((const char *)data, size);
	if (record_parse((const char *)data, size, &first, why, sizeof(why))) {
		FUZZ_REQUIRE(why[0]);
		return 0;
	}
	FUZZ_REQUIRE(!record_format(&first, &text));
	FUZZ_REQUIRE(!record_parse(text, strlen(text), &second, why, sizeof(why)));
	FUZZ_REQUIRE(!record_format(&second, &again));
	FUZZ_REQUIRE(!strcmp(text, again));
	return 0;
}
