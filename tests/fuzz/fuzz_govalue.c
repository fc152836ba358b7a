// SPDX-License-Identifier: BSD-2-Clause
/* Values of keys, as the Go agent parses them, and the numbers and addresses of our own inputs. */
#include <string.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "config/govalue.h"
#include "tests/fuzz/fuzz.h"

static void parse_go(const char *text)
{
	int64_t number;
	double real;
	bool truth;

	go_parse_bool(text, &truth);
	go_parse_int(text, GO_STRICT, &number);
	go_parse_int(text, GO_LOOSE, &number);
	go_parse_float(text, GO_STRICT, &real);
	go_parse_float(text, GO_LOOSE, &real);
	go_parse_duration(text, &number);
}

static void parse_own(const char *text)
{
	struct cidr4 cidr;
	uint8_t mac[6];
	uint64_t size;
	uint32_t addr;

	parse_ipv4(text, &addr);
	parse_mac(text, mac);
	parse_size(text, &size);
	if (!parse_cidr4(text, &cidr))
		FUZZ_REQUIRE(cidr.len <= 32 && !(cidr.addr & ~cidr4_mask(cidr.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	FUZZ_REQUIRE(text);
	parse_go(text);
	parse_own(text);
	return 0;
}
