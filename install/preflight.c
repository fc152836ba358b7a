// SPDX-License-Identifier: BSD-2-Clause
/* Refusals, in the order in which a person would want to hear of them. */
#include "install/preflight.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/nft.h"
#include "install/nft_text.h"
#include "install/tables.h"
#include "probe/features.h"
#include "probe/needs.h"

#define AGENT_DEVICE "cilium_host"

static bool has_capability(const struct __user_cap_data_struct *caps, unsigned int cap)
{
	return caps[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

int preflight_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int err;

	if (syscall(SYS_capget, &header, caps)) {
		err = -errno;
		return log_err(err, "read own capabilities");
	}
	if (has_capability(caps, CAP_NET_ADMIN) &&
	    (has_capability(caps, CAP_SYS_ADMIN) || has_capability(caps, CAP_BPF)))
		return 0;
	return log_fail(-EPERM, "needs root (CAP_BPF and CAP_NET_ADMIN)");
}

int preflight_process(const struct install_paths *paths)
{
	struct statfs fs;
	int err = preflight_privileges();

	if (err)
		return err;
	if (statfs(paths->bpffs, &fs)) {
		err = -errno;
		return log_err(err, "look at --bpffs %s", paths->bpffs);
	}
	if ((unsigned int)fs.f_type != BPF_FS_MAGIC)
		return log_fail(-ENODEV,
				"%s is not a bpf filesystem: mount one with `mount -t bpf bpf %s`",
				paths->bpffs, paths->bpffs);
	return 0;
}

int preflight_owner(struct rtnl *nl)
{
	struct rtnl_link link;
	int err = rtnl_link_get(nl, AGENT_DEVICE, &link);

	if (err == -ENODEV)
		return 0;
	if (err)
		return log_err(err, "look for " AGENT_DEVICE);
	return log_fail(-EBUSY, "this node belongs to Cilium (device " AGENT_DEVICE
				" exists): stop the agent and remove its devices first");
}

static int check_table(const struct manifest_object *object, const struct object_map *map)
{
	for (size_t id = 0; id < TABLE__COUNT; id++) {
		const struct table_def *def = &table_defs[id];

		if (strcmp(def->map, map->name))
			continue;
		if (map->key_size != def->key_size || map->value_size != def->value_size)
			return log_fail(-EINVAL,
					"%s: map %s has keys of %u and values of %u bytes, this "
					"hrinstall knows %zu and %zu: use the hrcompile of the "
					"same version",
					object->file, map->name, map->key_size, map->value_size,
					def->key_size, def->value_size);
	}
	return 0;
}

int preflight_tables(const struct manifest *manifest)
{
	int err = 0;

	for (size_t i = 0; !err && i < manifest->object_count; i++) {
		const struct manifest_object *object = &manifest->objects[i];

		for (size_t k = 0; !err && k < object->needs.map_count; k++)
			err = check_table(object, &object->needs.maps[k]);
	}
	return err;
}

static int check_need(const struct manifest_object *object, const struct need *need)
{
	struct answer answer = need_check(&kernel_live, need);
	char text[128];

	if (answer.value == ANSWER_YES)
		return 0;
	need_text(need, text, sizeof(text));
	if (answer.value == ANSWER_NO)
		return log_fail(-EOPNOTSUPP, "this kernel lacks %s, which %s needs", text,
				object->file);
	return log_fail(-EOPNOTSUPP,
			"could not find out whether this kernel has %s, which %s needs: %s", text,
			object->file, answer.note[0] ? answer.note : errno_text(answer.err));
}

int preflight_needs(const struct manifest *manifest)
{
	int err = 0;

	for (size_t i = 0; !err && i < manifest->object_count; i++) {
		const struct manifest_object *object = &manifest->objects[i];

		for (size_t k = 0; !err && k < object->needs.count; k++)
			err = check_need(object, &object->needs.needs[k]);
	}
	return err;
}

/* A name of ours that is taken must be taken by us. */
static int check_own(const struct goal *goal, size_t index, const struct node_interface *have,
		     const struct record *record)
{
	const struct goal_interface *wanted = &goal->interfaces[index];
	const char *kind = wanted->role == ROLE_OVERLAY ? goal->overlay->protocol : "veth";

	if (!have->exists)
		return 0;
	if (!record || !record_has_device(record, wanted->name))
		return log_fail(-EEXIST,
				"device %s exists and hrinstall did not create it: "
				"remove it with `ip link del %s`",
				wanted->name, wanted->name);
	if (strcmp(have->link.kind, kind))
		return log_fail(-EEXIST, "device %s is not the %s device that hrinstall created",
				wanted->name, kind);
	return 0;
}

static int check_endpoint(const struct goal *goal, size_t index, const struct node_interface *have)
{
	const struct goal_interface *wanted = &goal->interfaces[index];
	char ip[IPV4_TEXT_MAX];

	ipv4_text(goal->state->endpoints[index - goal->first_endpoint].ip, ip);
	if (!have->exists)
		return log_fail(-ENODEV, "endpoint %s: there is no interface %s on this node", ip,
				wanted->name);
	if (strcmp(have->link.kind, "veth"))
		return log_fail(-EINVAL, "endpoint %s: interface %s is not a veth", ip,
				wanted->name);
	if (goal_find_interface(goal, wanted->name) != index)
		return log_fail(-EINVAL, "endpoint %s: interface %s is a device of the node", ip,
				wanted->name);
	return 0;
}

static int check_device(const struct goal *goal, size_t index, const struct node_interface *have)
{
	const char *name = goal->interfaces[index].name;

	if (!have->exists)
		return log_fail(-ENODEV, "there is no device %s on this node", name);
	if (goal_find_interface(goal, name) != index)
		return log_fail(-EINVAL,
				"device %s belongs to an endpoint or to hrinstall: name the "
				"NICs with --device",
				name);
	if (have->link.mac_len != sizeof(have->link.mac))
		return log_fail(-EINVAL,
				"device %s is not an Ethernet device: this datapath handles "
				"no others",
				name);
	return 0;
}

int preflight_interfaces(const struct goal *goal, const struct node *node,
			 const struct record *record)
{
	int err = 0;

	for (size_t i = 0; !err && i < goal->interface_count; i++) {
		const struct node_interface *have = &node->interfaces[i];

		if (goal->interfaces[i].role & ROLES_OWN)
			err = check_own(goal, i, have, record);
		else if (goal->interfaces[i].role == ROLE_ENDPOINT)
			err = check_endpoint(goal, i, have);
		else if (goal->interfaces[i].role == ROLE_DEVICE)
			err = check_device(goal, i, have);
	}
	return err;
}

static bool is_ours(const struct node *node, struct cidr4 dst)
{
	for (size_t i = 0; i < node->route_count; i++) {
		if (node->routes[i].dst.addr == dst.addr && node->routes[i].dst.len == dst.len)
			return true;
	}
	return false;
}

int preflight_routes(const struct goal *goal, const struct node *node, struct rtnl *nl)
{
	for (size_t i = 0; i < goal->route_count; i++) {
		struct cidr4 dst = goal->routes[i].route.dst;
		char text[CIDR4_TEXT_MAX];
		int has;

		/* One dump of all routes each: not for the thousands that are in place already. */
		if (is_ours(node, dst))
			continue;
		has = rtnl_route_has_foreign(nl, dst);
		if (has < 0)
			return log_err(has, "read routes");
		if (has)
			return log_fail(-EEXIST,
					"there is a route to %s already, and hrinstall did not "
					"add it: remove it with `ip route del %s`",
					cidr4_text(dst, text), text);
	}
	return 0;
}

int preflight_nft(const struct goal *goal, const struct node *node, const struct record *record)
{
	if (!goal->nft || !node->nft || (record && record_has_nft(record)))
		return 0;
	return log_fail(-EEXIST,
			"nftables table ip " NFT_TABLE " exists and hrinstall did not create it: "
			"remove it with `nft delete table ip " NFT_TABLE "`");
}

int preflight_plan(const struct steps *plan)
{
	int err = 0;

	for (size_t i = 0; !err && i < plan->count; i++) {
		if (plan->items[i].kind != STEP_WRITE_NFT)
			continue;
		err = nft_require();
		if (!err)
			err = nft_try(plan->items[i].nft.text);
	}
	return err;
}
