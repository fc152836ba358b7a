// SPDX-License-Identifier: BSD-2-Clause
/* Questions to a parsed YAML tree, among them what Kubernetes would take a plain scalar for. */
#include "config/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/govalue.h"

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(text, *words))
			return true;
	}
	return false;
}

/* Integers of any base, and decimal floats; '_' may stand anywhere behind the first character. */
static bool is_number(const char *text)
{
	char plain[64];
	size_t len = 0;
	int64_t i;
	double f;

	if (!*text || !strchr("+-.0123456789", *text) || strlen(text) >= sizeof(plain))
		return false;
	for (; *text; text++) {
		if (*text != '_')
			plain[len++] = *text;
	}
	plain[len] = '\0';
	if (go_parse_int(plain, GO_STRICT, &i) != -EINVAL)
		return true;
	return strspn(plain, "+-.0123456789eE") == len &&
	       go_parse_float(plain, GO_STRICT, &f) != -EINVAL;
}

struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
	if (!node || node->kind != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->count; i++) {
		if (!strcmp(node->keys[i]->text, key))
			return node->items[i];
	}
	return NULL;
}

const char *yaml_text(const struct yaml_node *node)
{
	return node && node->kind == YAML_SCALAR ? node->text : NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return node && node->kind == YAML_SCALAR && !node->quoted && is_one_of(node->text, words);
}

int yaml_bool(const struct yaml_node *node, bool *out)
{
	static const char *const yes[] = { "y",	   "Y",	   "yes", "Yes", "YES", "true",
					   "True", "TRUE", "on",  "On",	 "ON",	NULL };
	static const char *const no[] = { "n",	   "N",	    "no",  "No",  "NO",	 "false",
					  "False", "FALSE", "off", "Off", "OFF", NULL };
	const char *text = yaml_text(node);

	if (!text || node->quoted || (!is_one_of(text, yes) && !is_one_of(text, no)))
		return -EINVAL;
	*out = is_one_of(text, yes);
	return 0;
}

bool yaml_is_not_string(const struct yaml_node *node)
{
	static const char *const words[] = {
		".nan",	 ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF", "+.inf",
		"+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", NULL,
	};
	bool value;

	if (!node || node->kind != YAML_SCALAR || node->quoted)
		return false;
	return yaml_is_null(node) || !yaml_bool(node, &value) || is_one_of(node->text, words) ||
	       is_number(node->text);
}

struct pos yaml_pos(const struct yaml_file *file, const struct yaml_node *node)
{
	return (struct pos){ .file = file->name, .line = node->line, .col = node->col };
}

int yaml_error(const struct yaml_file *file, const struct yaml_node *node, struct diag_list *diags,
	       const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	diag_add(diags, DIAG_ERROR, yaml_pos(file, node), file->text, "%s",
		 text ? text : "out of memory");
	return -EINVAL;
}
