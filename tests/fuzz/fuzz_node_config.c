// SPDX-License-Identifier: BSD-2-Clause
/* CiliumNodeConfig objects from any bytes: no crash, and each refusal says why. */
#include "config/node_config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = { "role=worker", "zone=a" };
	const char *path = fuzz_file(data, size);
	struct node_config_source source = { &path, 1, labels, 2 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	struct node_overrides overrides;
	int err = node_overrides_read(&source, &overrides, &diags);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	diag_print(&diags, fuzz_sink());
	node_overrides_fini(&overrides);
	return 0;
}
