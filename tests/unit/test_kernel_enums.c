// SPDX-License-Identifier: BSD-2-Clause
/* The BTF scanner, on BTF made by libbpf and on BTF that is broken. */
#include "probe/kernel_enums.h"

#include <bpf/btf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"

DEFINE_CLEANUP(btf, struct btf *, btf__free)
#define _cleanup_enums_ __attribute__((cleanup(kernel_enums_fini)))

/* One type of each kind around the enums, so that every size is stepped over. */
static void add_other_kinds(struct btf *btf)
{
	int i = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	btf__add_ptr(btf, i);
	btf__add_array(btf, i, i, 4);
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "a", i, 0, 0);
	btf__add_field(btf, "b", i, 32, 0);
	btf__add_union(btf, "u", 4);
	btf__add_field(btf, "a", i, 0, 0);
	btf__add_fwd(btf, "f", BTF_FWD_STRUCT);
	btf__add_typedef(btf, "t", i);
	btf__add_volatile(btf, i);
	btf__add_const(btf, i);
	btf__add_restrict(btf, i);
	btf__add_func(btf, "fn", BTF_FUNC_GLOBAL, btf__add_func_proto(btf, i));
	btf__add_func_proto(btf, i);
	btf__add_func_param(btf, "p", i);
	i = btf__add_var(btf, "v", BTF_VAR_STATIC, i);
	btf__add_datasec(btf, "sec", 4);
	btf__add_datasec_var_info(btf, i, 0, 4);
	btf__add_float(btf, "float", 4);
	btf__add_decl_tag(btf, "tag", i, -1);
	btf__add_type_tag(btf, "tag", 1);
	btf__add_enum64(btf, "e64", 8, false);
	btf__add_enum64_value(btf, "E64", 1);
}

static struct btf *make_btf(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	add_other_kinds(btf);
	btf__add_enum(btf, "bpf_func_id", 4);
	btf__add_enum_value(btf, "BPF_FUNC_unspec", 0);
	btf__add_enum_value(btf, "BPF_FUNC_redirect_peer", 155);
	add_other_kinds(btf);
	btf__add_enum(btf, "bpf_map_type", 4);
	btf__add_enum_value(btf, "BPF_MAP_TYPE_LPM_TRIE", 11);
	btf__add_enum(btf, "xfrm_attr_type_t", 4);
	btf__add_enum_value(btf, "XFRMA_SET_MARK_MASK", 30);
	btf__add_enum(btf, "bpf_attach_type", 4);
	btf__add_enum_value(btf, "BPF_TCX_INGRESS", 46);
	btf__add_enum(btf, "decoy", 4);
	btf__add_enum_value(btf, "BPF_FUNC_decoy", 1);
	return btf;
}

/* A heap copy of exactly the size, so that a read beyond it is seen by a sanitizer. */
static char *make_blob(size_t *len)
{
	_cleanup_(btf) struct btf *btf = make_btf();
	const void *raw;
	char *copy;
	uint32_t size;

	raw = btf__raw_data(btf, &size);
	copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, raw, size);
	*len = size;
	return copy;
}

static int parse_copy(const char *data, size_t len, struct kernel_enums *enums)
{
	char *exact = malloc(len ? len : 1);
	int err;

	assert_non_null(exact);
	memcpy(exact, data, len);
	err = kernel_enums_parse(exact, len, enums);
	free(exact);
	return err;
}

static void enumerators_of_the_bpf_enums_are_found(void **state)
{
	_cleanup_enums_ struct kernel_enums enums = { 0 };
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	assert_int_equal(kernel_enums_parse(blob, len, &enums), 0);
	assert_int_equal(kernel_enums_has(&enums, "BPF_FUNC_redirect_peer"), 1);
	assert_int_equal(kernel_enums_has(&enums, "BPF_MAP_TYPE_LPM_TRIE"), 1);
	assert_int_equal(kernel_enums_has(&enums, "BPF_TCX_INGRESS"), 1);
	assert_int_equal(kernel_enums_has(&enums, "XFRMA_SET_MARK_MASK"), 1);
	assert_int_equal(kernel_enums_has(&enums, "XFRMA_SET_MARK"), 0);
}

static void what_is_not_there_is_not_found(void **state)
{
	_cleanup_enums_ struct kernel_enums enums = { 0 };
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	assert_int_equal(kernel_enums_parse(blob, len, &enums), 0);
	assert_int_equal(kernel_enums_has(&enums, "BPF_FUNC_redirect"), 0);
	assert_int_equal(kernel_enums_has(&enums, "BPF_FUNC_decoy"), 0);
	assert_int_equal(kernel_enums_has(&enums, "BPF_MAP_TYPE_HASH"), 0);
}

static void an_enum_that_is_missing_proves_nothing(void **state)
{
	_cleanup_enums_ struct kernel_enums enums = { 0 };
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	assert_int_equal(kernel_enums_parse(blob, len, &enums), 0);
	assert_int_equal(kernel_enums_has(&enums, "BPF_PROG_TYPE_XDP"), -ENODATA);
}

static void btf_cut_anywhere_is_refused(void **state)
{
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	for (size_t cut = 0; cut < len; cut++) {
		_cleanup_enums_ struct kernel_enums enums = { 0 };

		assert_int_equal(parse_copy(blob, cut, &enums), -EINVAL);
	}
}

static void btf_with_any_byte_changed_is_survived(void **state)
{
	static const unsigned char flips[] = { 0x01, 0x80, 0xff };
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	for (size_t i = 0; i < len * sizeof(flips); i++) {
		_cleanup_enums_ struct kernel_enums enums = { 0 };
		unsigned char flip = flips[i % sizeof(flips)];

		blob[i / sizeof(flips)] ^= (char)flip;
		parse_copy(blob, len, &enums);
		kernel_enums_has(&enums, "BPF_FUNC_redirect_peer");
		blob[i / sizeof(flips)] ^= (char)flip;
	}
}

static void functions_that_btf_names_are_found(void **state)
{
	static const char *const names[] = { "no_such_function", "fn" };
	_cleanup_free_ char *blob = NULL;
	bool found[2] = { true, false };
	size_t len;

	(void)state;
	blob = make_blob(&len);
	assert_int_equal(kernel_functions_find(blob, len, names, 2, found), 0);
	assert_false(found[0]);
	assert_true(found[1]);
	assert_int_equal(kernel_functions_find(blob, len - 1, names, 2, found), -EINVAL);
}

static void the_header_tells_the_size(void **state)
{
	_cleanup_free_ char *blob = NULL;
	size_t len;

	(void)state;
	blob = make_blob(&len);
	assert_int_equal(kernel_btf_size(blob, len), len);
	assert_int_equal(kernel_btf_size(blob, 24), len);
	assert_int_equal(kernel_btf_size(blob, 23), 0);
	blob[0] ^= 1;
	assert_int_equal(kernel_btf_size(blob, len), 0);
}

static void a_file_that_is_not_btf_is_refused(void **state)
{
	_cleanup_enums_ struct kernel_enums enums = { 0 };

	(void)state;
	assert_int_equal(kernel_enums_read("tests/unit/no-such-file", &enums), -ENOENT);
	assert_int_equal(kernel_enums_read("/dev/null", &enums), -EINVAL);
	assert_int_equal(kernel_enums_read("/proc/self/exe", &enums), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enumerators_of_the_bpf_enums_are_found),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(an_enum_that_is_missing_proves_nothing),
		cmocka_unit_test(btf_cut_anywhere_is_refused),
		cmocka_unit_test(btf_with_any_byte_changed_is_survived),
		cmocka_unit_test(functions_that_btf_names_are_found),
		cmocka_unit_test(the_header_tells_the_size),
		cmocka_unit_test(a_file_that_is_not_btf_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
