/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of BPF program types, map types and helpers as bpftool prints them: "sched_cls",
 * "lpm_trie", "redirect_peer". Program and map types are those of libbpf, helpers those of
 * <linux/bpf.h>.
 */
#ifndef HR_PROBE_BPF_NAMES_H
#define HR_PROBE_BPF_NAMES_H

#include <stddef.h>

/* NULL when there is no name for it. */
const char *prog_type_name(unsigned int type);
const char *map_type_name(unsigned int type);
const char *helper_name(unsigned int id);

/* And back: the value, or -1. Exact match. */
int prog_type_find(const char *name);
int map_type_find(const char *name);
int helper_find(const char *name);

/*
 * The kernel's own spelling, "BPF_PROG_TYPE_SCHED_CLS", "BPF_MAP_TYPE_LPM_TRIE",
 * "BPF_FUNC_redirect_peer", into out (NUL-terminated); "" when the value has no name here.
 */
#define ENUMERATOR_TEXT_MAX 64
const char *prog_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX]);
const char *map_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX]);
const char *helper_enumerator(unsigned int id, char out[ENUMERATOR_TEXT_MAX]);

/* Attach types: "cgroup_inet4_connect" (NULL without a name), "BPF_CGROUP_INET4_CONNECT". */
const char *attach_type_name(unsigned int type);
const char *attach_type_enumerator(unsigned int type, char out[ENUMERATOR_TEXT_MAX]);

#endif
