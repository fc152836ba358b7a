/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel can do, from the table features.def, each answered yes, no or unknown.
 *
 * Two witnesses. (1) Loading our own minimal valid programs: correct argument types, so that a refusal
 * means the helper and not the call. libbpf's prober is not used, because it reads every refusal whose
 * wording it does not know as "supported": on 6.12 and 6.18 that is every helper a program type may not call,
 * and without privilege it is every helper, existing or not. (2) The kernel's BTF, enum bpf_func_id.
 *
 * Controls per program type: a positive one must load and two negative ones (a helper that does not
 * exist, a helper this type may not call) must be refused as such; otherwise every answer of that family
 * is unknown. When the two witnesses contradict each other the answer is unknown and says so.
 */
#ifndef HR_PROBE_FEATURES_H
#define HR_PROBE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/tri.h"

struct bpf_insn;

enum feature_id {
#define FEATURE(id, ...) FEATURE_##id,
#include "probe/features.def"
#undef FEATURE
	FEATURE__COUNT,
};

enum feature_kind {
	FEATURE_PROG_TYPE,
	FEATURE_HELPER,
	FEATURE_MAP_TYPE,
	FEATURE_CGROUP_ATTACH, /* expected_attach_type of a cgroup program */
	FEATURE_TCX, /* BPF_LINK_CREATE of a sched_cls program on a device */
	FEATURE_KIND__COUNT,
};

/* Who needs a feature; a bit mask in the table. */
enum feature_user {
	NEEDED_BY_HOST_ROUTING = 1 << 0,
	NEEDED_BY_MASQUERADE = 1 << 1,
	NEEDED_BY_KPR = 1 << 2,
	NEEDED_BY_DATAPATH = 1 << 3, /* our own programs, in either mode */
};

struct feature_def {
	const char *name; /* "helper/sched_cls/redirect_peer": stable, used in JSON */
	enum feature_kind kind;
	unsigned int prog_type; /* enum bpf_prog_type; 0 for maps */
	unsigned int value; /* helper id, map type or attach type */
	const char *args; /* helper: one letter per argument, see features.def */
	const char *since; /* mainline release that has it, "5.10" */
	unsigned int users; /* enum feature_user */
};

extern const struct feature_def feature_defs[FEATURE__COUNT];

struct features {
	char release[65]; /* uname -r; "" when unknown */
	unsigned int major, minor; /* of the release; 0.0 when it could not be parsed */
	struct answer kernel_5_10; /* release >= 5.10: the documented floor of host routing */
	struct answer items[FEATURE__COUNT];
	unsigned int syscalls; /* bpf() calls made */
};

/*
 * How programs, maps and links are tried; tests put a lying kernel here. Each returns 0 or a negative
 * errno; prog_load also fills log (NUL-terminated, empty when the kernel said nothing).
 */
struct kernel_ops {
	int (*prog_load)(unsigned int prog_type, unsigned int attach_type,
			 const struct bpf_insn *insns, size_t count, char *log, size_t log_size);
	int (*map_create)(unsigned int map_type, uint32_t key_size, uint32_t value_size,
			  uint32_t flags);
	/* tcx link on an interface index that cannot exist: -ENODEV when the kernel knows tcx. */
	int (*tcx_link)(void);
	/* Highest id of enum bpf_func_id and whether `name` ("bpf_redirect_peer") is in it; -ENOENT if not,
	 * other errors when BTF cannot be read. */
	int (*btf_helper)(const char *name);
	const char *(*release)(void);
};

extern const struct kernel_ops kernel_live;

/* Asks all of features.def. Never fails: what cannot be asked is unknown, with the reason. */
void features_probe(const struct kernel_ops *ops, struct features *out);

/* Every answer yes (source assumed), release as given: for decisions that are made ahead of any kernel. */
void features_assume_all(struct features *out, const char *release);

/*
 * One helper of one program type that need not be in the table (objects may need any). The call has no
 * valid arguments: the verifier's complaint tells a refused helper from a refused call.
 */
struct answer features_probe_helper(const struct kernel_ops *ops, unsigned int prog_type,
				    unsigned int helper);

/* Parses "5.10.0-28-amd64". 0 or -EINVAL. */
int kernel_release_parse(const char *release, unsigned int *major, unsigned int *minor);

#endif
