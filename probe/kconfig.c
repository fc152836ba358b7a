// SPDX-License-Identifier: BSD-2-Clause
/* Lines of a .config, as scripts/kconfig writes them; what a need means for features is not known here. */
#include "probe/kconfig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/unpack.h"

#define WHOLE_OPTIONS 200 /* the smallest whole configurations mention several times that */

const struct kconfig_need_def kconfig_needs[NEED__COUNT] = {
#define NEED(symbol, module_, witness_, effect, text_) \
	[NEED_##symbol] = {                            \
		.name = "CONFIG_" #symbol,             \
		.module = module_,                     \
		.witness = witness_,                   \
		.text = text_,                         \
	},
#include "probe/kconfig_needs.def"
#undef NEED
};
_Static_assert(ARRAY_SIZE(kconfig_needs) == NEED__COUNT, "one row per need");

struct line {
	const char *text; /* not terminated */
	size_t len;
};

static bool line_take(struct line *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->text, prefix, len))
		return false;
	line->text += len;
	line->len -= len;
	return true;
}

static bool line_is(const struct line *line, const char *text)
{
	return line->len == strlen(text) && !memcmp(line->text, text, line->len);
}

static enum kconfig_value value_of(const struct line *rest)
{
	if (line_is(rest, "=y"))
		return KCONFIG_YES;
	if (line_is(rest, "=m"))
		return KCONFIG_MODULE;
	if (line_is(rest, "=n") || line_is(rest, " is not set"))
		return KCONFIG_NO;
	return KCONFIG_UNKNOWN;
}

/* "CONFIG_X=y" or "# CONFIG_X is not set"; the last mention counts, as it does for the build. */
static bool parse_option(struct line line, struct kconfig *out)
{
	struct line option = line;

	line_take(&option, "# ");
	line = option;
	if (!line_take(&line, "CONFIG_"))
		return false;
	for (size_t i = 0; i < NEED__COUNT; i++) {
		struct line rest = option;

		if (!line_take(&rest, kconfig_needs[i].name))
			continue;
		if (rest.len && (*rest.text == '=' || *rest.text == ' '))
			out->values[i] = value_of(&rest);
	}
	return true;
}

/* "# Linux/x86 6.1.90 Kernel Configuration" */
static void parse_header(struct line line, struct kconfig *out)
{
	const char *version, *end;

	if (out->version[0] || !line_take(&line, "# Linux/"))
		return;
	version = memchr(line.text, ' ', line.len);
	if (!version)
		return;
	version++;
	end = memchr(version, ' ', line.len - (size_t)(version - line.text));
	if (!end || (size_t)(end - version) >= sizeof(out->version))
		return;
	snprintf(out->version, sizeof(out->version), "%.*s", (int)(end - version), version);
}

int kconfig_parse(const char *text, size_t len, struct kconfig *out)
{
	size_t options = 0;

	*out = (struct kconfig){ 0 };
	if (len > KCONFIG_MAX || memchr(text, '\0', len))
		return -EINVAL;
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		struct line line = { text + at, end ? (size_t)(end - text) - at : len - at };

		at += line.len + 1;
		if (line.len && line.text[line.len - 1] == '\r')
			line.len--;
		if (parse_option(line, out))
			options++;
		else
			parse_header(line, out);
	}
	if (!options)
		return -EINVAL;
	out->is_whole = out->version[0] && options >= WHOLE_OPTIONS && text[len - 1] == '\n';
	for (size_t i = 0; out->is_whole && i < NEED__COUNT; i++)
		if (out->values[i] == KCONFIG_UNKNOWN)
			out->values[i] = KCONFIG_NO;
	return 0;
}

int kconfig_read(const void *data, size_t len, struct kconfig *out)
{
	_cleanup_unpacked_ struct unpacked text = { 0 };
	int err;

	if (unpack_detect(data, len) == UNPACK_NONE)
		return kconfig_parse(data, len, out);
	*out = (struct kconfig){ 0 };
	err = unpack(data, len, KCONFIG_MAX, NULL, &text);
	return err ? err : kconfig_parse((const char *)text.data, text.len, out);
}
