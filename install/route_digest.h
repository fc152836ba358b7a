/* SPDX-License-Identifier: BSD-2-Clause */
/* What our routes amount to, in a record that does not grow with the cluster. */
#ifndef HR_INSTALL_ROUTE_DIGEST_H
#define HR_INSTALL_ROUTE_DIGEST_H

#include <stddef.h>

#include "common/digest.h"
#include "install/rtnl.h"

/* Of routes in the order of rtnl_route_list(), which follows from what they are. 0 or -ENOMEM. */
int route_digest(const struct rtnl_route *routes, size_t count, char out[DIGEST_TEXT_MAX]);

#endif
