// SPDX-License-Identifier: BSD-2-Clause
/* YAML and JSON texts: the tree, its positions, and the messages about it. */
#include "config/yaml.h"
#include "tests/fuzz/fuzz.h"

static void visit(const struct yaml_file *file, const struct yaml_node *node)
{
	FUZZ_REQUIRE(node->line >= 1 && node->col >= 1);
	FUZZ_REQUIRE((node->kind == YAML_SCALAR) == (node->text != NULL));
	yaml_is_null(node);
	yaml_is_not_string(node);
	for (size_t i = 0; i < node->count; i++) {
		if (node->keys)
			visit(file, node->keys[i]);
		visit(file, node->items[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_yaml_ struct yaml_file file = { 0 };
	int err = yaml_parse("input", (const char *)data, size, &file, &diags);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	for (size_t i = 0; i < file.count; i++)
		visit(&file, file.documents[i]);
	diag_print(&diags, fuzz_sink());
	return 0;
}
