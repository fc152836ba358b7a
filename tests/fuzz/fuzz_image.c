// SPDX-License-Identifier: BSD-2-Clause
/*
 * Kernel images: containers, compression, and what is looked for in what comes out. The corpus are images of
 * a few hundred bytes around a banner, a small BTF and a small configuration.
 */
#include "common/log.h"
#include "probe/image.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_image image = { 0 };

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (!image_parse(data, size, "input", &image)) {
		FUZZ_REQUIRE(image.release[0] || image.has_btf || image.has_config);
		if (image.has_btf)
			kernel_enums_has(&image.enums, "BPF_FUNC_redirect_peer");
	}
	image_fini(&image);
	return 0;
}
