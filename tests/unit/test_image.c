// SPDX-License-Identifier: BSD-2-Clause
/* Kernel images of every kind, made in memory, and the same damaged. */
#include "probe/image.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "tests/unit/kernel_fixture.h"

#define PADDING 5000

static const enum unpack_format formats[] = {
	UNPACK_NONE, UNPACK_GZIP, UNPACK_XZ, UNPACK_ZSTD, UNPACK_LZ4,
};

/* On a heap block of exactly the size, so that a sanitizer sees the first byte read behind it. */
static int parse(const struct buf *file, size_t len, struct kernel_image *out)
{
	_cleanup_free_ char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, file->data, len);
	return image_parse(exact, len, "test", out);
}

static void assert_is_fixture(const struct buf *file, const char *release)
{
	_cleanup_image_ struct kernel_image image = { 0 };

	assert_int_equal(parse(file, file->len, &image), 0);
	assert_string_equal(image.release, release);
	assert_true(image.has_btf);
	assert_int_equal(kernel_enums_has(&image.enums, "BPF_FUNC_redirect_peer"), 1);
	assert_true(image.witnesses[NEED_VXLAN]);
	assert_true(image.has_config);
	assert_int_equal(image.config.values[NEED_VXLAN], KCONFIG_MODULE);
}

static void a_bzimage_is_read_in_every_compression(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 };

		fixture_code(&code, FIXTURE_RELEASE, PADDING);
		fixture_pack(formats[i], &packed, &code);
		fixture_bzimage(&file, &packed, NULL);
		assert_is_fixture(&file, FIXTURE_RELEASE);
	}
}

static void a_bzimage_compressed_as_a_whole_is_unpacked_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 }, whole = { 0 };

		fixture_code(&code, FIXTURE_RELEASE, PADDING);
		fixture_pack(UNPACK_ZSTD, &packed, &code);
		fixture_bzimage(&file, &packed, FIXTURE_RELEASE " (builder@host) #1 SMP");
		fixture_pack(formats[i], &whole, &file);
		assert_is_fixture(&whole, FIXTURE_RELEASE);
	}
}

static void the_setup_header_of_a_bzimage_names_its_release(void **state)
{
	_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 };

	(void)state;
	fixture_code(&code, FIXTURE_RELEASE, PADDING);
	fixture_pack(UNPACK_ZSTD, &packed, &code);
	fixture_bzimage(&file, &packed, "6.1.0-99-cloud (builder@host) #1 SMP");
	assert_is_fixture(&file, "6.1.0-99-cloud");
}

static void an_arm64_image_is_read_plain_and_compressed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf code = { 0 }, file = { 0 };

		fixture_code(&code, FIXTURE_RELEASE, PADDING);
		memcpy(code.data + 56, "ARM\x64", 4);
		fixture_pack(formats[i], &file, &code);
		assert_is_fixture(&file, FIXTURE_RELEASE);
	}
}

static void an_efi_zboot_image_is_read(void **state)
{
	_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 };

	(void)state;
	fixture_code(&code, FIXTURE_RELEASE, PADDING);
	fixture_pack(UNPACK_GZIP, &packed, &code);
	fixture_zboot(&file, &packed);
	assert_is_fixture(&file, FIXTURE_RELEASE);
}

static void make_vmlinux(struct buf *file)
{
	_cleanup_buf_ struct buf btf = { 0 }, rodata = { 0 };

	fixture_btf(&btf, NULL, NULL);
	fixture_code(&rodata, FIXTURE_RELEASE, PADDING);
	fixture_elf(file, &btf, &rodata);
}

static void a_vmlinux_is_read_by_its_sections(void **state)
{
	char path[] = "/tmp/hr-test-image-XXXXXX";
	_cleanup_image_ struct kernel_image image = { 0 };
	_cleanup_buf_ struct buf file = { 0 };
	_cleanup_close_ int fd = -1;

	(void)state;
	make_vmlinux(&file);
	assert_is_fixture(&file, FIXTURE_RELEASE);
	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, file.data, file.len), (ssize_t)file.len);
	assert_int_equal(image_read(fd, "test", &image), 0);
	assert_string_equal(image.release, FIXTURE_RELEASE);
	assert_int_equal(kernel_enums_has(&image.enums, "BPF_FUNC_redirect_peer"), 1);
}

static void btf_alone_is_a_kernel_without_release(void **state)
{
	_cleanup_image_ struct kernel_image image = { 0 };
	_cleanup_buf_ struct buf file = { 0 };

	(void)state;
	fixture_btf(&file, "BPF_FUNC_redirect_peer", NULL);
	assert_int_equal(parse(&file, file.len, &image), 0);
	assert_true(image.has_btf);
	assert_string_equal(image.release, "");
	assert_int_equal(kernel_enums_has(&image.enums, "BPF_FUNC_redirect_peer"), 0);
	assert_int_equal(kernel_enums_has(&image.enums, "BPF_FUNC_redirect_neigh"), 1);
}

/* As the BTF of programs that a kernel carries: well-formed, and none of a kernel. */
static void btf_of_a_program_inside_the_kernel_is_passed_over(void **state)
{
	_cleanup_buf_ struct buf file = { 0 };
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;

	(void)state;
	btf__add_enum(btf, "bpf_map_type", 4);
	btf__add_enum_value(btf, "BPF_MAP_TYPE_HASH", 1);
	raw = btf__raw_data(btf, &size);
	fixture_fill(&file, 64);
	buf_append(&file, raw, size);
	btf__free(btf);
	while (file.len % 8)
		buf_append(&file, "", 1);
	fixture_code(&file, FIXTURE_RELEASE, 64);
	assert_is_fixture(&file, FIXTURE_RELEASE);
}

static void a_kernel_without_btf_has_a_release_all_the_same(void **state)
{
	_cleanup_image_ struct kernel_image image = { 0 };
	_cleanup_buf_ struct buf file = { 0 };

	(void)state;
	fixture_fill(&file, PADDING);
	buf_puts(&file, "Linux version 5.4.0-7 (a@b)");
	assert_int_equal(parse(&file, file.len, &image), 0);
	assert_false(image.has_btf);
	assert_string_equal(image.release, "5.4.0-7");
}

static void assert_refused(const void *data, size_t len, int want)
{
	_cleanup_image_ struct kernel_image image = { 0 };
	const struct buf file = { .data = (char *)data, .len = len };

	assert_int_equal(parse(&file, len, &image), want);
}

static void what_is_no_kernel_is_refused(void **state)
{
	static const char swapped[24] = "\xeb\x9f\x01\x00\x00\x00\x00\x18";

	(void)state;
	assert_refused("", 0, -EINVAL);
	assert_refused("CONFIG_BPF=y\n", 13, -EINVAL);
	assert_refused("Linux version %s", 16, -EINVAL);
	assert_refused(swapped, sizeof(swapped), -EINVAL);
	assert_refused("\x7f"
		       "ELF\2\1\1",
		       7, -EINVAL);
	assert_refused("BZh91AY&SY", 10, -EOPNOTSUPP);
}

static void a_bomb_is_stopped_at_the_limit(void **state)
{
	static const enum unpack_format bombs[] = { UNPACK_GZIP, UNPACK_ZSTD, UNPACK_XZ };
	_cleanup_free_ char *zeros = calloc(1, 64u << 20);
	const struct buf in = { .data = zeros, .len = 64u << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bombs); i++) {
		_cleanup_unpacked_ struct unpacked out = { 0 };
		_cleanup_buf_ struct buf bomb = { 0 };

		fixture_pack(bombs[i], &bomb, &in);
		assert_int_equal(unpack(bomb.data, bomb.len, 1u << 20, NULL, &out), -EFBIG);
		assert_true(out.size <= (1u << 20) + 4096);
	}
}

static void assert_same_enums(const struct kernel_enums *a, const struct kernel_enums *b)
{
	for (size_t i = 0; i < KERNEL_ENUM__COUNT; i++) {
		assert_int_equal(a->names[i].len, b->names[i].len);
		assert_memory_equal(a->names[i].data, b->names[i].data, a->names[i].len);
	}
}

static void assert_same_image(const struct kernel_image *a, const struct kernel_image *b)
{
	assert_string_equal(a->release, b->release);
	assert_int_equal(a->has_btf, b->has_btf);
	assert_same_enums(&a->enums, &b->enums);
	assert_memory_equal(a->witnesses, b->witnesses, sizeof(a->witnesses));
	assert_int_equal(a->has_config, b->has_config);
	assert_memory_equal(a->config.values, b->config.values, sizeof(a->config.values));
}

/* Several looks apart: the release, what else there is, and the end. */
static void what_is_read_until_enough_is_seen_is_what_a_full_read_gives(void **state)
{
	_cleanup_buf_ struct buf code = { 0 };

	(void)state;
	buf_puts(&code, "Linux version " FIXTURE_RELEASE " (a@b) #1");
	while (code.len % 8)
		buf_append(&code, "", 1);
	fixture_code(&code, FIXTURE_RELEASE, 3u << 20);
	for (size_t i = 1; i < ARRAY_SIZE(formats); i++) {
		_cleanup_image_ struct kernel_image early = { 0 }, whole = { 0 };
		_cleanup_buf_ struct buf packed = { 0 }, file = { 0 };
		_cleanup_unpacked_ struct unpacked all = { 0 };

		fixture_pack(formats[i], &packed, &code);
		fixture_bzimage(&file, &packed, NULL);
		assert_int_equal(parse(&file, file.len, &early), 0);
		assert_int_equal(unpack(packed.data, packed.len, IMAGE_MAX_UNPACKED, NULL, &all),
				 0);
		assert_int_equal(all.len, code.len);
		assert_memory_equal(all.data, code.data, code.len);
		assert_int_equal(image_parse(all.data, all.len, "test", &whole), 0);
		assert_same_image(&early, &whole);
	}
}

static int stop_at_half(void *ctx, const unsigned char *data, size_t len, bool is_last)
{
	const struct buf *code = ctx;

	(void)is_last;
	assert_memory_equal(data, code->data, len);
	return len >= code->len / 2;
}

static void decompression_ends_when_the_sink_has_seen_enough(void **state)
{
	_cleanup_buf_ struct buf code = { 0 };
	const struct unpack_sink sink = { .more = stop_at_half, .ctx = &code };

	(void)state;
	fixture_fill(&code, 20u << 20);
	for (size_t i = 1; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf packed = { 0 };
		_cleanup_unpacked_ struct unpacked out = { 0 };

		fixture_pack(formats[i], &packed, &code);
		assert_int_equal(unpack(packed.data, packed.len, IMAGE_MAX_UNPACKED, &sink, &out),
				 0);
		assert_true(out.len >= code.len / 2 && out.len < code.len);
	}
}

/* The checksum of an xz block ends in front of the index and the footer, twelve bytes each. */
static void a_wrong_checksum_is_noticed_by_a_full_read(void **state)
{
	static const enum unpack_format checked[] = { UNPACK_GZIP, UNPACK_XZ };
	_cleanup_buf_ struct buf code = { 0 };

	(void)state;
	fixture_fill(&code, PADDING);
	for (size_t i = 0; i < ARRAY_SIZE(checked); i++) {
		_cleanup_buf_ struct buf packed = { 0 };
		_cleanup_unpacked_ struct unpacked out = { 0 };

		fixture_pack(checked[i], &packed, &code);
		packed.data[packed.len - (checked[i] == UNPACK_XZ ? 25 : 8)] ^= 1;
		assert_int_equal(unpack(packed.data, packed.len, 1u << 20, NULL, &out), -EINVAL);
	}
}

/* No cut of any file is taken for a whole one with nothing in it. */
static void a_file_cut_anywhere_is_refused_or_complete(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 };

		fixture_code(&code, FIXTURE_RELEASE, PADDING);
		fixture_pack(formats[i], &packed, &code);
		fixture_bzimage(&file, &packed, NULL);
		for (size_t len = 0; len < file.len; len += 37)
			assert_refused(file.data, len, -EINVAL);
	}
}

/* One more bit is wrong every round, in the first bytes more often: that is where offsets and sizes are. */
static void mutate(const struct buf *file, unsigned int seed, unsigned int rounds)
{
	_cleanup_free_ char *copy = malloc(file->len);
	struct buf mutant = { .data = copy, .len = file->len };

	for (unsigned int i = 0; i < rounds; i++) {
		_cleanup_image_ struct kernel_image image = { 0 };
		size_t range = i % 2 && file->len > 0x260 ? 0x260 : file->len;

		if (i % 8 == 0)
			memcpy(copy, file->data, file->len);
		copy[(size_t)rand_r(&seed) % range] ^= (char)(1 << (rand_r(&seed) % 8));
		parse(&mutant, i % 5 ? file->len : (size_t)rand_r(&seed) % file->len, &image);
	}
}

static void changed_bits_are_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf code = { 0 }, packed = { 0 }, file = { 0 };

		fixture_code(&code, FIXTURE_RELEASE, 200);
		fixture_pack(formats[i], &packed, &code);
		fixture_bzimage(&file, &packed, NULL);
		mutate(&packed, (unsigned int)i, 400);
		mutate(&file, (unsigned int)i, 200);
	}
}

static void a_vmlinux_with_changed_bits_is_survived(void **state)
{
	_cleanup_buf_ struct buf file = { 0 };

	(void)state;
	make_vmlinux(&file);
	mutate(&file, 7, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bzimage_is_read_in_every_compression),
		cmocka_unit_test(a_bzimage_compressed_as_a_whole_is_unpacked_twice),
		cmocka_unit_test(the_setup_header_of_a_bzimage_names_its_release),
		cmocka_unit_test(an_arm64_image_is_read_plain_and_compressed),
		cmocka_unit_test(an_efi_zboot_image_is_read),
		cmocka_unit_test(a_vmlinux_is_read_by_its_sections),
		cmocka_unit_test(btf_alone_is_a_kernel_without_release),
		cmocka_unit_test(btf_of_a_program_inside_the_kernel_is_passed_over),
		cmocka_unit_test(a_kernel_without_btf_has_a_release_all_the_same),
		cmocka_unit_test(what_is_no_kernel_is_refused),
		cmocka_unit_test(a_bomb_is_stopped_at_the_limit),
		cmocka_unit_test(what_is_read_until_enough_is_seen_is_what_a_full_read_gives),
		cmocka_unit_test(decompression_ends_when_the_sink_has_seen_enough),
		cmocka_unit_test(a_wrong_checksum_is_noticed_by_a_full_read),
		cmocka_unit_test(a_file_cut_anywhere_is_refused_or_complete),
		cmocka_unit_test(changed_bits_are_survived),
		cmocka_unit_test(a_vmlinux_with_changed_bits_is_survived),
	};

	log_init("test", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
