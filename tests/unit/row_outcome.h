/* SPDX-License-Identifier: BSD-2-Clause */
/* What a row of ../shared/fixtures/verdicts says of the agent's decision; see row_node.h for what it decided on. */
#ifndef HR_TESTS_ROW_OUTCOME_H
#define HR_TESTS_ROW_OUTCOME_H

#include <jansson.h>
#include <string.h>

/* The agent's class of reason, and the rule that says the same. */
static const struct {
	const char *class, *rule;
} row_causes[] = {
#define CAUSE(class, rule) { class, rule },
#include "tests/unit/verdict_causes.def"
#undef CAUSE
};

/* "" where there is none. */
static inline const char *row_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The agent logs one class for every way out of BPF masquerade; the event before it says which. */
static inline const char *row_reason_class(const json_t *outcome)
{
	const char *class = row_text(outcome, "reason_class");
	const json_t *event;
	size_t i;

	if (strcmp(class, "bpf-masq-fallback-legacy"))
		return class;
	json_array_foreach(json_object_get(outcome, "events"), i, event)
	{
		if (!strncmp(row_text(event, "class"), "masq-", 5))
			return row_text(event, "class");
	}
	return class;
}

#endif
