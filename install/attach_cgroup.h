/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program at one call of the processes of a cgroup (connect(), sendmsg(), ...), by a bpf_link. The sibling of
 * attach.h, with the same verbs, for points whose direction is a call.
 *
 * Ownership: ours is a link at that cgroup and call that is pinned under our directory, or whose program has the name
 * asked for and uses a map named ATTACH_CGROUP_MAP. Anything else there is foreign: counted, never touched.
 */
#ifndef HR_INSTALL_ATTACH_CGROUP_H
#define HR_INSTALL_ATTACH_CGROUP_H

#include "install/attach.h"

#define ATTACH_CGROUP_NAME "cgroup" /* `interface` of such points */
#define ATTACH_CGROUP_MAP "hr_frontends4" /* every program at a cgroup looks for services */

/* cgroup is the cgroup's directory. One that is not there, or is no cgroup v2, has nothing attached. Logs. */
int attach_cgroup_query(const char *links_dir, const char *cgroup, const struct attach_point *point,
			struct attach_status *out);

/*
 * Puts prog_fd in place: a new link, or an atomic update of ours, pinned as <links_dir>/cgroup_<call>. A stale pin,
 * of a link that is elsewhere, is replaced, and what it held ends. prog_fd stays the caller's. Logs.
 */
int attach_cgroup_set(const char *links_dir, const char *cgroup, const struct attach_point *point,
		      int prog_fd);

/* Takes ours away, pin included. Success when there is nothing of ours. Logs. */
int attach_cgroup_clear(const char *links_dir, const char *cgroup,
			const struct attach_point *point);

#endif
