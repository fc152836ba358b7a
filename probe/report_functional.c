// SPDX-License-Identifier: BSD-2-Clause
/* Answers of the functional probe, as text and as JSON. */
#include "probe/report_functional.h"

void report_put_functional(struct buf *b, const struct functional *functional)
{
	buf_puts(b, "\nTried in private network namespaces:\n");
	for (enum functional_id id = 0; id < FUNCTIONAL__COUNT; id++) {
		const struct answer *a = &functional->items[id];

		buf_printf(b, "  %-28s %s", functional_defs[id].name, tri_name(a->value));
		if (a->note[0])
			buf_printf(b, ": %s", a->note);
		buf_puts(b, "\n");
	}
}

json_t *report_functional_json(const struct functional *functional)
{
	json_t *array = json_array();

	for (enum functional_id id = 0; id < FUNCTIONAL__COUNT; id++) {
		const struct answer *a = &functional->items[id];

		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name",
					 functional_defs[id].name, "value", tri_name(a->value),
					 "source", source_name(a->source), "errno", a->err, "note",
					 a->note, "text", functional_defs[id].text));
	}
	return array;
}
