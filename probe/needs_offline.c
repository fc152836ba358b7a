// SPDX-License-Identifier: BSD-2-Clause
/* An object's needs against a kernel that does not run. */
#include <stdio.h>

#include "probe/features_offline.h"
#include "probe/needs.h"

static struct answer from_btf(enum tri value, const char *note)
{
	struct answer a = { .value = value, .source = SOURCE_BTF };

	snprintf(a.note, sizeof(a.note), "%s", note);
	return a;
}

static struct answer attach_type(const struct offline_target *target, const struct need *need)
{
	struct answer type = offline_prog_type(target, need->prog_type);
	char enumerator[ENUMERATOR_TEXT_MAX];

	if (type.value != ANSWER_YES)
		return type;
	if (!target->btf || !*attach_type_enumerator(need->value, enumerator))
		return (struct answer){ .note = "no BTF of this kernel, or no name for it" };
	switch (kernel_enums_has(&target->btf->enums, enumerator)) {
	case 1:
		return from_btf(ANSWER_YES, "");
	case 0:
		return from_btf(ANSWER_NO, "kernel BTF has no such name");
	default:
		return from_btf(ANSWER_UNKNOWN, "kernel BTF has no attach types at all");
	}
}

struct answer need_check_offline(const struct offline_target *target, const struct need *need)
{
	struct answer answer;

	if (need_is_untyped(need, &answer))
		return answer;
	switch (need->kind) {
	case NEED_PROG_TYPE:
		return offline_prog_type(target, need->prog_type);
	case NEED_HELPER:
		return offline_helper(target, need->prog_type, need->value);
	case NEED_MAP_TYPE:
		return offline_map_type(target, need->value);
	case NEED_ATTACH_TYPE:
		return attach_type(target, need);
	case NEED_BTF:
		return target->btf ? from_btf(ANSWER_YES, "")
				   : (struct answer){ .note = "no BTF found with this kernel" };
	default:
		return (struct answer){ .note = "only a load on the running kernel tells" };
	}
}
