/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three answers, and how each was learnt. There is no default: "could not find out" is not
 * "no".
 */
#ifndef HR_PROBE_TRI_H
#define HR_PROBE_TRI_H

enum tri {
	ANSWER_UNKNOWN, /* zero on purpose: what nobody answered is unknown */
	ANSWER_NO,
	ANSWER_YES,
	ANSWER__COUNT,
};

enum answer_source {
	SOURCE_NONE, /* not asked */
	SOURCE_LOADED, /* the running kernel took or refused a program, map or link of ours */
	SOURCE_BTF, /* the kernel's type information names it */
	SOURCE_UNAME, /* kernel release */
	SOURCE_SYSCTL,
	SOURCE_NETLINK,
	SOURCE_KCONFIG, /* the kernel's configuration, and for =m its modules */
	SOURCE_BANNER, /* release as the kernel's image gives it */
	SOURCE_ASSUMED, /* what a caller asserted: tests, or "a capable kernel" at compile time */
	SOURCE_FILE, /* recorded elsewhere: a node-facts file */
	SOURCE_FUNCTIONAL, /* seen by doing it in a private namespace */
	SOURCE__COUNT,
};

struct answer {
	enum tri value;
	enum answer_source source;
	int err; /* errno (positive) behind a no or an unknown, 0 when none */
	char note
		[96]; /* why it is unknown, or what the witnesses disagree on; "" when nothing to say */
};

const char *tri_name(enum tri value); /* "unknown", "no", "yes" */
const char *source_name(enum answer_source source); /* "loaded", "btf", ... */

#endif
