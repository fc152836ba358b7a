// SPDX-License-Identifier: BSD-2-Clause
/* Files of the ip-masq-agent. */
#include "bpf-templates/lib/abi.h"
#include "install/ip_masq.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };
	int err = ip_masq_parse("input", (const char *)data, size, &masq, &diags);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	FUZZ_REQUIRE(!err || !masq.count);
	FUZZ_REQUIRE(masq.count <= HR_IPMASQ_MAX);
	for (size_t i = 0; i < masq.count; i++)
		FUZZ_REQUIRE(!(masq.cidrs[i].addr & ~cidr4_mask(masq.cidrs[i].len)));
	diag_print(&diags, fuzz_sink());
	return 0;
}
