// SPDX-License-Identifier: BSD-2-Clause
/*
 * The instructions that a manifest gives for a program are those that the kernel is handed for it. libbpf puts them
 * together when it loads an object, and says then how many they were; the kernel's own figure counts what the
 * verifier has added and removed.
 */
#include "tests/bpf/sandbox.h"

#include <bpf/libbpf.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/manifest.h"

DEFINE_CLEANUP(object, struct bpf_object *, bpf_object__close)

static size_t compare_object(const char *bundle, const struct manifest_object *object)
{
	_cleanup_(object) struct bpf_object *obj = NULL;
	char path[512];
	struct bpf_map *map;
	size_t with_functions = 0;

	snprintf(path, sizeof(path), "%s/%s", bundle, object->file);
	obj = bpf_object__open_file(path, NULL);
	assert_non_null(obj);
	bpf_object__for_each_map(map, obj) bpf_map__set_pin_path(map, NULL);
	for (size_t i = 0; i < object->needs.program_count; i++) {
		const struct object_program *program = &object->needs.programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(obj, program->name);

		assert_non_null(prog);
		with_functions += program->insns > bpf_program__insn_cnt(prog);
	}
	assert_int_equal(bpf_object__load(obj), 0);
	for (size_t i = 0; i < object->needs.program_count; i++) {
		const struct object_program *program = &object->needs.programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(obj, program->name);

		assert_int_equal(program->insns, bpf_program__insn_cnt(prog));
	}
	return with_functions;
}

/* How many programs of the bundle have functions. */
static size_t compare_bundle(const char *name)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	char bundle[256];
	size_t with_functions = 0;

	snprintf(bundle, sizeof(bundle), "%s/%s", getenv("HR_BUNDLES") ?: "", name);
	assert_int_equal(manifest_read(bundle, &m), 0);
	for (size_t i = 0; i < m.object_count; i++)
		with_functions += compare_object(bundle, &m.objects[i]);
	return with_functions;
}

static void a_manifest_counts_what_the_kernel_is_handed(void **state)
{
	(void)state;
	assert_true(compare_bundle("masq-bpf") >= 2);
	assert_true(compare_bundle("services-pods-legacy") >= 2);
	assert_true(compare_bundle("dsr") >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_counts_what_the_kernel_is_handed),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests_name("insns", tests, NULL, NULL);
}
