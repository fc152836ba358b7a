/* SPDX-License-Identifier: BSD-2-Clause */
/* Which findings of a verdict are the reasons for its mode, for messages and the manifest. */
#ifndef HR_COMPILER_REASONS_H
#define HR_COMPILER_REASONS_H

#include <stdbool.h>

#include "probe/verdict.h"

/* True when a finding that surely matched takes host routing away from BPF (but does not refuse). */
bool reasons_is_fallback(const struct finding *finding);

/* True when a finding that surely matched makes the agent exit; when any finding would. */
bool reasons_is_refusal(const struct finding *finding);
bool reasons_may_refuse(const struct finding *finding);

/* What made a legacy verdict legacy, as the agent would log it; NULL when nothing did. */
const struct finding *reasons_first_cause(const struct verdict *verdict);

#endif
