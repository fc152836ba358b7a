/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attempts on a kernel, read as answers: for features.c alone. Every answer about helpers, attach types and
 * maps is given only where its control came out as it must.
 */
#ifndef HR_PROBE_FEATURES_ANSWER_H
#define HR_PROBE_FEATURES_ANSWER_H

#include "probe/features.h"
#include "probe/prober.h"

/* A program type with its controls done. */
struct family {
	unsigned int prog_type, attach_type;
	struct answer type;
	struct answer calls; /* yes: answers about helpers can be trusted; else what they all are */
};

/* Learnt by loading. err is a positive errno or 0. */
struct answer answer_make(enum tri value, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct answer answer_yes(void);

/* Nothing came back but an errno, a positive one. */
struct answer answer_silent(int err);

/* Does the program type load, and are the helpers that it must not call refused? 3 or 4 bpf() calls. */
void family_check(struct prober *p, unsigned int prog_type, struct family *out);

/* Can the program type call the helper? */
struct answer family_call(struct prober *p, const struct family *f, const struct helper_call *call);

/* Does it load for this attach type? The control, that no invented one is taken, is the caller's. */
struct answer family_attach(struct prober *p, const struct family *f, unsigned int type);

/* Yes when maps can be made and a type that does not exist is refused; else what all map answers are. */
struct answer answer_maps_control(struct prober *p);
struct answer answer_map(struct prober *p, const struct answer *control, unsigned int map_type);

/*
 * The second witness, corrects *a; "" when the kernel's spelling is not known. BTF that does not name a thing
 * outweighs an attempt without result and contradicts one that succeeded; BTF that does name it says nothing
 * about this program type (for the note; NULL: none) or this configuration.
 */
void answer_consult_btf(const struct kernel_ops *ops, const char *enumerator,
			const char *program_type, struct answer *a);

#endif
