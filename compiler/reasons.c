// SPDX-License-Identifier: BSD-2-Clause
/* Sorts a verdict's findings by what they mean for the build. */
#include "compiler/reasons.h"

static bool has_effect(const struct finding *finding, enum rule_effect effect)
{
	return finding->matched == ANSWER_YES && rule_defs[finding->rule].effect == effect;
}

bool reasons_is_fallback(const struct finding *finding)
{
	return has_effect(finding, EFFECT_LEGACY) || has_effect(finding, EFFECT_NODEPORT_OFF) ||
	       has_effect(finding, EFFECT_MASQUERADE_OFF);
}

bool reasons_is_refusal(const struct finding *finding)
{
	return has_effect(finding, EFFECT_REFUSED);
}

bool reasons_may_refuse(const struct finding *finding)
{
	return rule_defs[finding->rule].effect == EFFECT_REFUSED;
}

const struct finding *reasons_first_cause(const struct verdict *verdict)
{
	for (size_t i = 0; verdict->mode == VERDICT_LEGACY && i < verdict->count; i++) {
		if (reasons_is_fallback(&verdict->findings[i]))
			return &verdict->findings[i];
	}
	return NULL;
}
