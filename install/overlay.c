// SPDX-License-Identifier: BSD-2-Clause
/* The table of tunnels. */
#include "install/overlay.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"

static const struct overlay_def overlays[] = {
	{ "vxlan", DEVICE_VXLAN, rtnl_link_add_vxlan, -EEXIST },
	{ "geneve", DEVICE_GENEVE, rtnl_link_add_geneve, -EPERM },
};

const struct overlay_def *overlay_find(const char *protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(overlays); i++) {
		if (!strcmp(overlays[i].protocol, protocol))
			return &overlays[i];
	}
	return NULL;
}
