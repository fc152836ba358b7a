// SPDX-License-Identifier: BSD-2-Clause
/*
 * Writes the kernels that hrprobe-offline.t reads into a folder: one kernel that names every feature, in every kind
 * of image, and what is left when something is taken away. A few KiB each, by tests/unit/kernel_fixture.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "common/cleanup.h"
#include "tests/unit/kernel_fixture.h"

#define PADDING 96
#define OLD_RELEASE "5.4.0-7"

static const char *folder;

static const struct {
	const char *name;
	enum unpack_format format;
} formats[] = {
	{ "none", UNPACK_NONE }, { "gzip", UNPACK_GZIP }, { "xz", UNPACK_XZ },
	{ "zstd", UNPACK_ZSTD }, { "lz4", UNPACK_LZ4 },
};

static void save(const char *name, const struct buf *b)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[4096];

	assert_true(snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path));
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(b->data, 1, b->len, file), b->len);
}

static void bzimages(void **state)
{
	_cleanup_buf_ struct buf code = { 0 };

	(void)state;
	fixture_code(&code, FIXTURE_RELEASE, PADDING);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf packed = { 0 }, file = { 0 };
		char name[32];

		fixture_pack(formats[i].format, &packed, &code);
		fixture_bzimage(&file, &packed, NULL);
		snprintf(name, sizeof(name), "bzimage-%s", formats[i].name);
		save(name, &file);
	}
}

static void arm64_images(void **state)
{
	_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, zboot = { 0 };

	(void)state;
	fixture_code(&code, FIXTURE_RELEASE, PADDING);
	fixture_pack(UNPACK_GZIP, &packed, &code);
	fixture_zboot(&zboot, &packed);
	save("zboot", &zboot);
	memcpy(code.data + 56, "ARM\x64", 4);
	save("arm64-image", &code);
	buf_fini(&packed);
	packed = (struct buf){ 0 };
	fixture_pack(UNPACK_GZIP, &packed, &code);
	save("arm64-image.gz", &packed);
}

static void vmlinux(void **state)
{
	_cleanup_buf_ struct buf btf = { 0 }, rodata = { 0 }, file = { 0 };

	(void)state;
	fixture_btf(&btf, NULL, NULL);
	fixture_code(&rodata, FIXTURE_RELEASE, PADDING);
	fixture_elf(&file, &btf, &rodata);
	save("vmlinux", &file);
}

static void kernels_that_lack(void **state)
{
	_cleanup_buf_ struct buf code = { 0 }, btf = { 0 };

	(void)state;
	fixture_fill(&code, PADDING);
	buf_printf(&code, "Linux version %s (a@b)", OLD_RELEASE);
	save("no-btf", &code);
	fixture_btf(&btf, "BPF_FUNC_redirect_peer", NULL);
	save("no-redirect-peer.btf", &btf);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest parts[] = {
		cmocka_unit_test(bzimages),
		cmocka_unit_test(arm64_images),
		cmocka_unit_test(vmlinux),
		cmocka_unit_test(kernels_that_lack),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: images DIR\n");
		return 2;
	}
	folder = argv[1];
	return cmocka_run_group_tests(parts, NULL, NULL);
}
