// SPDX-License-Identifier: BSD-2-Clause
/*
 * A ConfigMap all the way to node_config.h. Names and values of the input are quoted in the header's
 * comments: no input may get out of a comment and become code.
 */
#include <string.h>

#include "common/log.h"
#include "compiler/compile.h"
#include "tests/fuzz/fuzz.h"

/* Overwrites comments by blanks. Strings and character constants are not in a header of ours. */
static void blank_comments(char *text)
{
	for (char *at = text; (at = strstr(at, "/*"));) {
		char *end = strstr(at + 2, "*/");

		FUZZ_REQUIRE(end);
		memset(at, ' ', (size_t)(end + 2 - at));
		at = end + 2;
	}
}

static void check_header(char *text)
{
	size_t defines = 0;
	char *save = NULL;

	blank_comments(text);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!line[strspn(line, " \t")])
			continue;
		FUZZ_REQUIRE(line[0] == '#' && !strpbrk(line, "\\\"'?"));
		defines += !strncmp(line, "#define ", 8);
	}
	FUZZ_REQUIRE(defines == MACRO__COUNT + 1); /* and the include guard */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct compile_request request = { .input = fuzz_file(data, size) };
	_cleanup_compilation_ struct compilation c = { 0 };

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (!compile_decide(&request, &c))
		check_header(c.header);
	diag_print(&c.read_diags, fuzz_sink());
	diag_print(&c.plan_diags, fuzz_sink());
	return 0;
}
