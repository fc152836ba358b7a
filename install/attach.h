/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program on one side of one interface, by a tcx link (kernel 6.6) or a clsact filter. Which of the two
 * is in use is asked from the kernel, never remembered.
 *
 * Ownership: ours is
 *   - a tcx link on that interface and side that is pinned under our directory, or whose program has the
 *     name asked for and uses a map named ATTACH_OWN_MAP (so a link is recognised, and not attached a
 *     second time, when its pin is out of sight: bpffs unmounted, or another one mounted over it);
 *   - a clsact filter with our handle and priority whose program has that name and such a map.
 * Anything else on the interface is foreign: counted, never touched.
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
	ATTACH_CGROUP, /* by a link at a cgroup: the only way there is, see attach_cgroup.h */
};

enum attach_direction {
	ATTACH_INGRESS,
	ATTACH_EGRESS,
	/* at a cgroup: the call */
	ATTACH_CONNECT4,
	ATTACH_CONNECT6,
	ATTACH_SENDMSG4,
	ATTACH_RECVMSG4,
	ATTACH_RECVMSG6,
	ATTACH_GETPEERNAME4,
	ATTACH_GETPEERNAME6,
	ATTACH_POST_BIND4,
	ATTACH_POST_BIND6,
	ATTACH_DIRECTION__COUNT,
};

#define ATTACH_TC_HANDLE 0x6872 /* "hr" */
#define ATTACH_TC_PRIORITY 1
#define ATTACH_OWN_MAP "hr_metrics" /* every program of the datapath counts its exits there */

/* Is it a place at a cgroup? The functions below are for interfaces. */
static inline bool attach_is_cgroup(enum attach_direction direction)
{
	return direction >= ATTACH_CONNECT4;
}

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
	enum attach_mode mode; /* ATTACH_TCX (which runs first) or ATTACH_TC, when attached */
	uint32_t prog_id;
	/* Ours, but not as attach_set() leaves it: a tcx link that is not pinned under our directory, or the
	 * point is held twice (a switch of mode was interrupted). attach_set() repairs it. */
	bool needs_repair;
	bool has_clsact; /* the interface has a clsact qdisc */
	unsigned int foreign; /* programs of others on this side, tcx and clsact filters together */
};

/*
 * Does this kernel have tcx? Resolves ATTACH_AUTO. ATTACH_TCX without tcx is -EOPNOTSUPP; where the kernel
 * will not say (-EPERM, ...) that is the error, never a "no". Logs.
 */
int attach_mode_resolve(enum attach_mode wanted, enum attach_mode *out);

/*
 * links_dir is where tcx links are pinned, as <links_dir>/<interface>_<direction> with '.' written %2e,
 * because bpffs takes no dots; it need not exist. An interface that is gone has nothing attached. Logs.
 */
int attach_query(const char *links_dir, const struct attach_point *point,
		 struct attach_status *out);

/*
 * Puts prog_fd in place: a new link or filter, or an atomic update of ours. tcx links go in front of
 * nothing and nobody (appended). Where the point is held in the other mode, the new one is attached before
 * the old is taken away. A link whose pin is missing is pinned again; a stale pin (of a link that is no
 * longer on this interface) is replaced. Creates links_dir when only that last part of the path is missing,
 * and the clsact qdisc when tc mode needs one: *created_clsact tells (false when the call failed and the
 * qdisc was taken back). prog_fd stays the caller's. -EBUSY when a foreign filter has our handle, or
 * holds our priority with another classifier or protocol. Logs.
 */
int attach_set(const char *links_dir, const struct attach_point *point, enum attach_mode mode,
	       int prog_fd, bool *created_clsact);

/* Takes ours away, pin included. Success when there is nothing of ours, or the interface is gone. Logs. */
int attach_clear(const char *links_dir, const struct attach_point *point);

/*
 * Removes the clsact qdisc when no filter is left on either side; leaves it and returns 0 when there is one.
 * Success when there is none, or the interface is gone. Call it only for a qdisc that we created. Logs.
 */
int attach_clsact_remove(unsigned int ifindex, const char *interface);

const char *attach_mode_name(enum attach_mode mode); /* "auto", "tcx", "tc", "link" */
const char *
attach_direction_name(enum attach_direction direction); /* "ingress", "egress", "connect4", ... */
bool attach_direction_find(const char *name, enum attach_direction *out);

#endif
