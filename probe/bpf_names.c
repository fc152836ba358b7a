// SPDX-License-Identifier: BSD-2-Clause
/* Value to name and back; no list is kept here, they come from libbpf and the kernel's header. */
#include "probe/bpf_names.h"

#include <bpf/libbpf.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"

#define TYPE_LIMIT 256 /* far beyond any program or map type; they are contiguous from 0 */

#define HELPER_NAME(x) [BPF_FUNC_##x] = #x
static const char *const helper_names[] = { __BPF_FUNC_MAPPER(HELPER_NAME) };
#undef HELPER_NAME
_Static_assert(ARRAY_SIZE(helper_names) == __BPF_FUNC_MAX_ID, "name every helper of the header");

static int type_find(const char *(*type_name)(unsigned int), const char *name)
{
	for (unsigned int i = 0; i < TYPE_LIMIT; i++) {
		const char *candidate = type_name(i);

		if (!candidate)
			return -1;
		if (!strcmp(candidate, name))
			return (int)i;
	}
	return -1;
}

static const char *enumerator_text(char *out, const char *prefix, const char *name, bool upper)
{
	if (!name) {
		*out = '\0';
		return out;
	}
	snprintf(out, ENUMERATOR_TEXT_MAX, "%s%s", prefix, name);
	for (char *p = out + strlen(prefix); upper && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return out;
}

const char *prog_type_name(unsigned int type)
{
	return type < TYPE_LIMIT ? libbpf_bpf_prog_type_str((enum bpf_prog_type)type) : NULL;
}

const char *map_type_name(unsigned int type)
{
	return type < TYPE_LIMIT ? libbpf_bpf_map_type_str((enum bpf_map_type)type) : NULL;
}

const char *attach_type_name(unsigned int type)
{
	return type < TYPE_LIMIT ? libbpf_bpf_attach_type_str((enum bpf_attach_type)type) : NULL;
}

const char *helper_name(unsigned int id)
{
	return id && id < ARRAY_SIZE(helper_names) ? helper_names[id] : NULL;
}

int prog_type_find(const char *name)
{
	return type_find(prog_type_name, name);
}

int map_type_find(const char *name)
{
	return type_find(map_type_name, name);
}

int helper_find(const char *name)
{
	for (unsigned int id = 1; id < ARRAY_SIZE(helper_names); id++) {
		if (helper_names[id] && !strcmp(helper_names[id], name))
			return (int)id;
	}
	return -1;
}

const char *prog_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX])
{
	return enumerator_text(out, "BPF_PROG_TYPE_", prog_type_name(type), true);
}

const char *map_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX])
{
	return enumerator_text(out, "BPF_MAP_TYPE_", map_type_name(type), true);
}

const char *helper_enumerator(unsigned int id, char out[ENUMERATOR_TEXT_MAX])
{
	return enumerator_text(out, "BPF_FUNC_", helper_name(id), false);
}

const char *attach_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX])
{
	return enumerator_text(out, "BPF_", attach_type_name(type), true);
}
