// SPDX-License-Identifier: BSD-2-Clause
/* JSON values into objects, and trees into text. Knows no schema. */
#include "common/jsonout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

void jsonout_put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value ? value : json_null());
}

void jsonout_put_text(json_t *object, const char *key, const char *text)
{
	jsonout_put(object, key, text ? json_string(text) : NULL);
}

json_t *jsonout_shown(const char *text)
{
	_cleanup_free_ char *ascii = NULL;
	json_t *json = json_string(text);

	if (json)
		return json;
	ascii = strdup(text);
	for (char *p = ascii; p && *p; p++) {
		if ((unsigned char)*p > 0x7f)
			*p = '?';
	}
	return ascii ? json_string(ascii) : NULL;
}

int jsonout_text(const json_t *root, size_t indent, char **out)
{
	_cleanup_free_ char *text = root ? json_dumps(root, JSON_INDENT(indent)) : NULL;
	_cleanup_buf_ struct buf b = { 0 };

	if (!text)
		return -ENOMEM;
	buf_puts(&b, text);
	buf_puts(&b, "\n");
	return buf_take(&b, out);
}
