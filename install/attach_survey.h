/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything the kernel has on one attach point, sorted into ours and foreign. Only reads. Private to
 * attach.c.
 */
#ifndef HR_INSTALL_ATTACH_SURVEY_H
#define HR_INSTALL_ATTACH_SURVEY_H

#include <limits.h>

#include "install/attach.h"
#include "install/tcx.h"

struct attach_survey {
	char pin_path[PATH_MAX]; /* where our tcx link is, or would be pinned */
	bool has_pin; /* something is pinned there */
	uint32_t pin_link_id; /* the tcx link that is, attached or not; 0 when it is none */
	struct tcx_list own; /* our links, the pinned one first */
	bool pin_is_live; /* own.items[0] is the pinned one */
	bool has_clsact;
	bool has_own_filter;
	uint32_t filter_prog_id; /* of our filter */
	bool filter_is_blocked; /* a foreign filter is where ours would be, or keeps it from being there */
	unsigned int foreign; /* programs and filters of others */
};

/* Fills *out. 0, or a negative errno after logging one line. */
int attach_survey(const char *links_dir, const struct attach_point *point,
		  struct attach_survey *out);

enum tcx_hook attach_tcx_hook(enum attach_direction direction);

#endif
