/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program on one side of one interface, by a tcx link (kernel 6.6) or a clsact filter. Which of the two
 * is in use is asked from the kernel, never remembered.
 *
 * Ownership: ours is a tcx link pinned under our directory, or a clsact filter with our handle and priority
 * whose program's name is the one asked for. Anything else on the interface is foreign: never touched.
 */
#ifndef HR_INSTALL_ATTACH_H
#define HR_INSTALL_ATTACH_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

enum attach_mode {
	ATTACH_AUTO, /* tcx when the kernel has it, else tc */
	ATTACH_TCX,
	ATTACH_TC,
};

enum attach_direction {
	ATTACH_INGRESS,
	ATTACH_EGRESS,
};

#define ATTACH_TC_HANDLE 0x6872 /* "hr" */
#define ATTACH_TC_PRIORITY 1

/* A place for a program. */
struct attach_point {
	char interface[IFNAMSIZ];
	unsigned int ifindex;
	enum attach_direction direction;
	char program[16]; /* BPF program name, "from_container" */
};

/* What is there. */
struct attach_status {
	bool is_attached; /* a program of ours is */
	enum attach_mode mode; /* ATTACH_TCX or ATTACH_TC when attached */
	uint32_t prog_id;
	bool has_clsact; /* the interface has a clsact qdisc */
	unsigned int foreign; /* programs of others on this side, tcx and clsact filters together */
};

/* Does this kernel have tcx? Resolves ATTACH_AUTO. ATTACH_TCX without tcx is -EOPNOTSUPP, logged. */
int attach_mode_resolve(enum attach_mode wanted, enum attach_mode *out);

/* links_dir is where tcx links are pinned, as <links_dir>/<interface>_<direction>. */
int attach_query(const char *links_dir, const struct attach_point *point,
		 struct attach_status *out);

/*
 * Puts prog_fd in place: a new link or filter, or an atomic update of ours. tcx links go in front of
 * nothing and nobody (appended). Where the point is held in the other mode, the new one is attached before
 * the old is taken away. Creates the clsact qdisc when tc mode needs one: *created_clsact tells.
 * -EBUSY when a foreign filter has our handle and priority. Logs.
 */
int attach_set(const char *links_dir, const struct attach_point *point, enum attach_mode mode,
	       int prog_fd, bool *created_clsact);

/* Takes ours away. Success when there is nothing of ours, or the interface is gone. Logs. */
int attach_clear(const char *links_dir, const struct attach_point *point);

/* Removes the clsact qdisc when no filter is left on it; leaves it and returns 0 when there is one. Logs. */
int attach_clsact_remove(unsigned int ifindex, const char *interface);

const char *attach_mode_name(enum attach_mode mode); /* "auto", "tcx", "tc" */
const char *attach_direction_name(enum attach_direction direction); /* "ingress", "egress" */

#endif
