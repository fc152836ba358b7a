// SPDX-License-Identifier: BSD-2-Clause
/* One line of text per route, and the digest of all of it. */
#include "install/route_digest.h"

#include "common/buf.h"

int route_digest(const struct rtnl_route *routes, size_t count, char out[DIGEST_TEXT_MAX])
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_puts(&b, "");
	for (size_t i = 0; i < count; i++) {
		const struct rtnl_route *r = &routes[i];
		char dst[CIDR4_TEXT_MAX], gateway[IPV4_TEXT_MAX], src[IPV4_TEXT_MAX];

		buf_printf(&b, "%s via %s dev %u src %s mtu %u\n", cidr4_text(r->dst, dst),
			   ipv4_text(r->gateway, gateway), r->ifindex, ipv4_text(r->src, src),
			   r->mtu);
	}
	if (!b.err)
		digest_data(b.data, b.len, out);
	return b.err;
}
