// SPDX-License-Identifier: BSD-2-Clause
/* Evaluates scope.def over a config and its verdict. */
#include "compiler/scope.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "compiler/macros.h"

const struct scope_def scope_defs[SCOPE_ID__COUNT] = {
#define SCOPE(id, option_, condition, effect_, what_, advice_) \
	[SCOPE_ID_##id] = {                                    \
		.option = OPT_##option_,                       \
		.effect = SCOPE_##effect_,                     \
		.what = what_,                                 \
		.advice = advice_,                             \
	},
#include "compiler/scope.def"
#undef SCOPE
};

static const char *const effect_text[] = {
	[SCOPE_NEVER] = "will not do",
	[SCOPE_NOT_YET] = "does not do yet",
	[SCOPE_GAP] = "does not do yet",
};
_Static_assert(ARRAY_SIZE(effect_text) == SCOPE_EFFECT__COUNT, "word every effect");

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(text, list[i]))
			return true;
	}
	return false;
}

/* The vocabulary of the table's conditions. */
#define on(key) option_bool(opts, OPT_##key)
#define is(key, value) (!strcmp(option_text(opts, OPT_##key), value))
#define listed(key, ...)                                                         \
	is_one_of(option_text(opts, OPT_##key), (const char *[]){ __VA_ARGS__ }, \
		  ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })))

void scope_decide(const struct options *opts, const struct verdict *verdict, struct scope *out)
{
	struct service_parts parts;

	service_parts_decide(opts, verdict, &parts);
	*out = (struct scope){
		.holds = {
#define SCOPE(id, option, condition, ...) \
	[SCOPE_ID_##id] = option_exists(OPT_##option, opts->release) && (condition),
#include "compiler/scope.def"
#undef SCOPE
		},
	};
}

bool scope_refuses(const struct scope *scope, enum option_id option)
{
	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		if (scope->holds[id] && scope_defs[id].option == option &&
		    scope_defs[id].effect != SCOPE_GAP)
			return true;
	}
	return false;
}

void scope_text(enum scope_id id, char *out, size_t size)
{
	const struct scope_def *def = &scope_defs[id];

	snprintf(out, size, "asks for %s, which this datapath %s; %s", def->what,
		 effect_text[def->effect], def->advice);
}
