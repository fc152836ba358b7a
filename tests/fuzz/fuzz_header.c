// SPDX-License-Identifier: BSD-2-Clause
/*
 * A ConfigMap all the way to node_config.h. Names and values of the input are quoted in the header's
 * comments: no input may get out of a comment and become code.
 *
 * An input is a text, or behind a byte that no text begins with (0xff) a recipe: the release, the form, and
 * for each entry a key of the table or bytes of its own, and a value. So mutation finds its way past the
 * syntax, to what the keys mean.
 */
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/compile.h"
#include "tests/fuzz/fuzz.h"

#define RECIPE 0xff
#define MAX_ENTRIES 64

enum form {
	FORM_YAML,
	FORM_JSON,
	FORM_LIST,
	FORM_DOCUMENTS,
	FORM__COUNT,
};

static const char *const before[] = {
	[FORM_YAML] = "kind: ConfigMap\nmetadata: {name: cilium-config}\ndata:\n ? \"debug\"\n : "
		      "\"false\"\n",
	[FORM_JSON] = "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"cilium-config\"},\n"
		      "\"data\": {\"debug\": \"false\"",
	[FORM_LIST] =
		"{\"kind\": \"List\", \"items\": [{\"kind\": \"Secret\"}, {\"kind\": "
		"\"ConfigMap\",\n"
		"\"metadata\": {\"name\": \"cilium-config\"}, \"data\": {\"debug\": \"false\"",
	[FORM_DOCUMENTS] = "kind: Namespace\n---\nkind: ConfigMap\nmetadata: {name: other}\n---\n"
			   "kind: ConfigMap\nmetadata: {name: cilium-config}\ndata:\n"
			   " ? \"debug\"\n : \"false\"\n",
};

static const char *const after[] = {
	[FORM_YAML] = "",
	[FORM_JSON] = "}}\n",
	[FORM_LIST] = "}}]}\n",
	[FORM_DOCUMENTS] = "---\nkind: Service\n",
};
_Static_assert(ARRAY_SIZE(before) == FORM__COUNT && ARRAY_SIZE(after) == FORM__COUNT,
	       "every form has a head and a tail");

static const char *const values[] = {
	"true",	     "false",	 "",	       "0",	   "1",		 "-1",
	"disabled",  "vxlan",	 "geneve",     "native",   "tunnel",	 "strict",
	"partial",   "probe",	 "never",      "0.0025",   "10.0.0.0/8", "10.244.0.0/16",
	"dsr",	     "hybrid",	 "eth0",       "eth+",	   "eth0 eth1",	 "maglev",
	"65535",     "16777217", "4294967296", "2h13m20s", "kubernetes", "*/ int x; /*",
	"//\\\n#if", "?\?/",
};

struct recipe {
	const uint8_t *data;
	size_t left;
};

static uint8_t next(struct recipe *recipe)
{
	if (!recipe->left)
		return 0;
	recipe->left--;
	return *recipe->data++;
}

/* A string as YAML and JSON have it, in double quotes. */
static void put_bytes(struct buf *text, const uint8_t *data, size_t len)
{
	buf_puts(text, "\"");
	for (size_t i = 0; i < len; i++) {
		if (data[i] < ' ' || data[i] >= 0x7f || data[i] == '"' || data[i] == '\\')
			buf_printf(text, "\\u%04x", data[i]);
		else
			buf_append(text, &data[i], 1);
	}
	buf_puts(text, "\"");
}

static void put_text(struct buf *text, const char *string)
{
	put_bytes(text, (const uint8_t *)string, strlen(string));
}

static void put_own_bytes(struct buf *text, struct recipe *recipe, size_t len)
{
	len = len < recipe->left ? len : recipe->left;
	put_bytes(text, recipe->data, len);
	recipe->data += len;
	recipe->left -= len;
}

/* Two bytes choose the key; behind the last one of the table: bytes of its own. */
static void put_key(struct buf *text, struct recipe *recipe)
{
	unsigned int number = next(recipe);

	number = (number << 8 | next(recipe)) % (OPT__COUNT + 16);
	if (number < OPT__COUNT)
		put_text(text, option_defs[number].name);
	else
		put_own_bytes(text, recipe, number - OPT__COUNT + 1);
}

static void put_value(struct buf *text, struct recipe *recipe)
{
	uint8_t number = next(recipe);

	if (number < 0xc0)
		put_text(text, values[number % ARRAY_SIZE(values)]);
	else
		put_own_bytes(text, recipe, number - 0xc0u);
}

static void put_entry(struct buf *text, struct recipe *recipe, enum form form)
{
	bool is_json = form == FORM_JSON || form == FORM_LIST;

	buf_puts(text, is_json ? ",\n" : " ? ");
	put_key(text, recipe);
	buf_puts(text, is_json ? ": " : "\n : ");
	put_value(text, recipe);
	buf_puts(text, is_json ? "" : "\n");
}

/* The text that a recipe makes, and the releases to read it as. */
static uint32_t follow(struct recipe *recipe, struct buf *text)
{
	unsigned int release = next(recipe) % (CILIUM__COUNT + 1u);
	enum form form = next(recipe) % FORM__COUNT;

	buf_puts(text, before[form]);
	for (size_t i = 0; i < MAX_ENTRIES && recipe->left; i++)
		put_entry(text, recipe, form);
	buf_puts(text, after[form]);
	FUZZ_REQUIRE(!text->err);
	return release < CILIUM__COUNT ? UINT32_C(1) << release : RELEASES_ALL;
}

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

static void decide(const uint8_t *data, size_t size, uint32_t releases)
{
	struct compile_request request = { .source = { .path = fuzz_file(data, size),
						       .releases = releases } };
	_cleanup_compilation_ struct compilation c = { 0 };

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (!compile_decide(&request, &c))
		check_header(c.header);
	diag_print(&c.read_diags, fuzz_sink());
	diag_print(&c.plan_diags, fuzz_sink());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf text = { 0 };
	uint32_t releases = RELEASES_ALL;

	if (size && data[0] == RECIPE) {
		struct recipe recipe = { data + 1, size - 1 };

		releases = follow(&recipe, &text);
		data = (const uint8_t *)text.data;
		size = text.len;
	}
	decide(data, size, releases);
	return 0;
}
