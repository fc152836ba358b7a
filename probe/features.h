/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel can do, from the table features.def, each answered yes, no or unknown.
 *
 * Two witnesses. (1) Loading our own minimal valid programs: correct argument types, so that a
 * refusal means the helper and not the call. libbpf's prober is not used, because it reads every
 * refusal whose wording it does not know as "supported": on 6.12 and 6.18 that is every helper a
 * program type may not call, and without privilege it is every helper, existing or not. (2) The
 * kernel's BTF, its enums of helpers, program, map and attach types.
 *
 * Controls per program type: a positive one must load and two negative ones (a helper that does not
 * exist, a helper this type may not call) must be refused as such; otherwise every answer of that
 * family is unknown. Map types, attach types and tcx have a negative control each: a type that does
 * not exist; for large programs it is one that is larger than any kernel takes. When the two witnesses contradict each other the answer is unknown and says so; a
 * helper that BTF does not have is a no even where programs cannot be loaded, one that it has is
 * not yet a yes.
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
	FEATURE_KIND_PROG_TYPE,
	FEATURE_KIND_HELPER,
	FEATURE_KIND_MAP_TYPE,
	FEATURE_KIND_CGROUP_ATTACH, /* expected_attach_type of a cgroup program */
	FEATURE_KIND_TCX, /* BPF_LINK_CREATE of a sched_cls program on a device */
	FEATURE_KIND_LARGE_PROGRAM, /* a program of more than BPF_MAXINSNS (4096) instructions */
	FEATURE_KIND_XFRM_ATTR, /* of an IPsec state; BTF alone tells, no state is touched */
	FEATURE_KIND__COUNT,
};

/* Who needs a feature; a bit mask in the table. */
enum feature_user {
	NEEDED_BY_HOST_ROUTING = 1 << 0,
	NEEDED_BY_MASQUERADE = 1 << 1,
	NEEDED_BY_KPR = 1 << 2,
	NEEDED_BY_DATAPATH = 1 << 3, /* our own programs, in either mode */
	NEEDED_BY_OPTION = 1 << 4, /* one option of Cilium's, such as BBR or IPsec */
};

struct feature_def {
	const char *name; /* "helper/sched_cls/redirect_peer": stable, used in JSON */
	enum feature_kind kind;
	unsigned int prog_type; /* enum bpf_prog_type; 0 for maps */
	unsigned int
		value; /* helper id, map, program or attach type, xfrm attribute, or a number of instructions */
	const char *
		enumerator; /* the same as the kernel spells it: "BPF_FUNC_redirect_peer"; "" when it is a number */
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
	unsigned int syscalls; /* bpf() calls made; close() is not one */
};

/* A program to load. Without a log (NULL) the kernel is asked for none. */
struct prog_attempt {
	unsigned int prog_type; /* enum bpf_prog_type */
	unsigned int attach_type; /* enum bpf_attach_type, 0 for most program types */
	const struct bpf_insn *insns;
	size_t count;
	char *log; /* NUL-terminated afterwards, empty when the kernel said nothing */
	size_t log_size;
};

struct map_attempt {
	unsigned int map_type; /* enum bpf_map_type */
	uint32_t key_size, value_size, max_entries, flags;
	int inner_fd; /* template of a map in map; else 0 */
};

/*
 * How a kernel is asked; tests put a lying kernel here. The three that create answer a descriptor
 * or a negative errno and make exactly one bpf() call; descriptors go back through close_fd.
 */
struct kernel_ops {
	void (*prepare)(void); /* before the first call: raises RLIMIT_MEMLOCK as far as it goes */
	int (*prog_load)(const struct prog_attempt *attempt);
	int (*map_create)(const struct map_attempt *attempt);
	int (*link_create)(int prog_fd, unsigned int ifindex, unsigned int attach_type);
	void (*close_fd)(int fd);
	/*
	 * Is "BPF_FUNC_redirect_peer" among the kernel's enumerators? 1, 0, or -errno without
	 * readable BTF.
	 */
	int (*btf_has)(const char *enumerator);
	/* Does the kernel's BTF name a function? Modules are not looked at. Answers as btf_has. */
	int (*btf_has_function)(const char *name);
	const char *(*release)(void); /* uname -r, "" when unknown */
};

/* The running kernel. Its BTF is read once per process. */
extern const struct kernel_ops kernel_live;

/*
 * Asks all of features.def. Never fails: what cannot be asked is unknown, with the reason. Under 60
 * bpf() calls where nothing is missing: the helpers of a program type are tried in one program,
 * without those that the verifier refuses by name, and one by one only where it refuses without a
 * name. A program type with missing helpers takes one call more, and one for each of them.
 */
void features_probe(const struct kernel_ops *ops, struct features *out);

/*
 * Every answer yes (source assumed), for decisions that are made ahead of any kernel. release as
 * given; kernel_5_10 follows from it where it can be parsed, and is yes otherwise.
 */
void features_assume_all(struct features *out, const char *release);

/*
 * One program type, helper or map type that need not be in the table (objects may need any), with
 * the same controls: 3 to 5 bpf() calls each. A helper outside the table is called without valid
 * arguments: the verifier's complaint tells a refused call from a refused helper. Program types
 * that need a BTF target to load (tracing, lsm, struct_ops, ext) are unknown.
 */
struct answer features_probe_prog_type(const struct kernel_ops *ops, unsigned int prog_type);
struct answer features_probe_helper(const struct kernel_ops *ops, unsigned int prog_type,
				    unsigned int helper);
struct answer features_probe_map_type(const struct kernel_ops *ops, unsigned int map_type);

/*
 * Can a program of this type be loaded for this attach type? For types that the kernel looks at only when
 * it attaches, the program type and the name in BTF are the answer. enumerator is the kernel's spelling,
 * "" when it is not known.
 */
struct answer features_probe_attach_type(const struct kernel_ops *ops, unsigned int prog_type,
					 unsigned int attach_type, const char *enumerator);

/* Sets release, its numbers and kernel_5_10: by source, or unknown when the text has no version in it. */
void features_set_release(struct features *f, const char *release, enum answer_source source);

/* Parses "5.10.0-28-amd64". 0, or -EINVAL with *major and *minor untouched. */
int kernel_release_parse(const char *release, unsigned int *major, unsigned int *minor);

#endif
