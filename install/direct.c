// SPDX-License-Identifier: BSD-2-Clause
/* Asks for each remote node which device leads to it, and whether there is a router between. */
#include "install/direct.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"

#define SKIP_KEY "direct-routing-skip-unreachable"

static bool is_attached(const struct device_list *nics, const char *name)
{
	for (size_t i = 0; i < nics->count; i++) {
		if (!strcmp(nics->items[i]->name, name))
			return true;
	}
	return false;
}

static int skip(const struct remote_node *remote, const char *ip, bool may_skip)
{
	if (!may_skip)
		return log_fail(-ENETUNREACH,
				"node %s (%s) is on none of this node's networks, which "
				"auto-direct-node-routes needs: set " SKIP_KEY
				" where it exists (1.16), or turn that off",
				remote->name, ip);
	log_warn("node %s (%s) is on none of this node's networks: no route to its pods (" SKIP_KEY
		 ")",
		 remote->name, ip);
	return 0;
}

static int resolve(struct rtnl *nl, const struct device_list *nics, bool may_skip,
		   struct remote_node *remote)
{
	struct rtnl_link link;
	struct rtnl_hop hop;
	char ip[IPV4_TEXT_MAX];
	int err = rtnl_route_get(nl, remote->ip, &hop);

	ipv4_text(remote->ip, ip);
	if (err == -ENETUNREACH || err == -EHOSTUNREACH || (!err && !hop.is_on_link))
		return skip(remote, ip, may_skip);
	if (!err)
		err = rtnl_link_get_by_index(nl, hop.ifindex, &link);
	if (err)
		return log_err(err, "ask for the way to node %s (%s)", remote->name, ip);
	memcpy(remote->device, link.name, sizeof(remote->device));
	remote->ifindex = hop.ifindex;
	if (!is_attached(nics, link.name))
		log_warn(
			"node %s (%s) is reached by %s, which is not among the devices: what comes "
			"from its pods goes through the host's stack",
			remote->name, ip, link.name);
	return 0;
}

int direct_resolve(const struct manifest *manifest, struct rtnl *nl, const struct device_list *nics,
		   struct node_state *state)
{
	bool may_skip = manifest_option_is_on(manifest, SKIP_KEY);
	int err = 0;

	if (manifest->tunnel || !manifest->auto_direct_node_routes)
		return 0;
	for (size_t i = 0; !err && i < state->remote_count; i++)
		err = resolve(nl, nics, may_skip, &state->remotes[i]);
	return err;
}
