// SPDX-License-Identifier: BSD-2-Clause
/* hooks.def as a table, with its `wanted` column evaluated over macro values. */
#include "compiler/hooks.h"

#include <string.h>

#define INTERFACE_ENDPOINT "endpoint"
#define INTERFACE_HOST "host"
#define INTERFACE_OVERLAY "overlay"
#define INTERFACE_DEVICE "device"
#define INTERFACE_CGROUP "cgroup"
#define DIRECTION_INGRESS "ingress"
#define DIRECTION_EGRESS "egress"
#define DIRECTION_CONNECT4 "connect4"
#define DIRECTION_CONNECT6 "connect6"
#define DIRECTION_SENDMSG4 "sendmsg4"
#define DIRECTION_RECVMSG4 "recvmsg4"
#define DIRECTION_RECVMSG6 "recvmsg6"
#define DIRECTION_GETPEERNAME4 "getpeername4"
#define DIRECTION_GETPEERNAME6 "getpeername6"
#define DIRECTION_POST_BIND4 "post_bind4"
#define DIRECTION_POST_BIND6 "post_bind6"

const struct hook_def hook_defs[HOOK__COUNT] = {
#define HOOK(id, program_, object_, interface_, direction_, pod_direction_, wanted) \
	[HOOK_##id] = {                                                             \
		.program = #program_,                                               \
		.object = #object_,                                                 \
		.interface = INTERFACE_##interface_,                                \
		.direction = DIRECTION_##direction_,                                \
		.pod_direction = DIRECTION_##pod_direction_,                        \
	},
#include "bpf-templates/lib/hooks.def"
#undef HOOK
};

bool hook_is_wanted(enum hr_hook hook, const struct macro_values *values)
{
	/* The column speaks the templates' language, so their macros are locals here. */
#define MACRO(name, ...) const uint32_t name __attribute__((unused)) = values->name;
#include "compiler/macros.def"
#undef MACRO
	const bool wanted[HOOK__COUNT] = {
#define HOOK(id, program, object, interface, direction, pod_direction, wanted_) \
	[HOOK_##id] = (wanted_) != 0,
#include "bpf-templates/lib/hooks.def"
#undef HOOK
	};

	return wanted[hook];
}

static bool is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

size_t hooks_objects(const struct macro_values *values, const char *out[HOOK__COUNT])
{
	size_t count = 0;

	for (enum hr_hook hook = 0; hook < HOOK__COUNT; hook++) {
		const char *object = hook_defs[hook].object;

		if (hook_is_wanted(hook, values) && !is_listed(out, count, object))
			out[count++] = object;
	}
	return count;
}
