// SPDX-License-Identifier: BSD-2-Clause
/* Reads interfaces, sysctls, attachments, routes, pins and map contents of the running node. */
#include "install/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/attach_cgroup.h"
#include "install/cgroup_mount.h"
#include "install/conf.h"
#include "install/nft.h"
#include "install/nft_text.h"

static int read_interface(const struct goal_interface *wanted, struct rtnl *nl,
			  struct node_interface *out)
{
	int err;

	if (wanted->role == ROLE_CGROUP)
		return 0;
	err = rtnl_link_get(nl, wanted->name, &out->link);
	if (err == -ENODEV)
		return 0;
	if (err)
		return log_err(err, "look up interface %s", wanted->name);
	out->exists = true;
	for (size_t i = 0; !err && i < SYSCTL__COUNT; i++) {
		if (sysctl_defs[i].roles & wanted->role)
			err = conf_read(wanted->name, sysctl_defs[i].name, &out->sysctls[i]);
	}
	return err;
}

/* The goal's last interface. */
static int read_cgroup(const struct goal *goal, struct node *node)
{
	int ret = cgroup_is_mounted(goal->cgroup);

	if (ret < 0)
		return log_err(ret, "look for a cgroup at %s", goal->cgroup);
	node->interfaces[goal->interface_count - 1].exists = ret;
	node->cgroup_dirs_missing = cgroup_dirs_missing(goal->cgroup);
	return 0;
}

static int read_interfaces(const struct goal *goal, struct rtnl *nl, struct node *node)
{
	const struct node_interface *host;
	int err = 0;

	node->interfaces = calloc(goal->interface_count, sizeof(*node->interfaces));
	if (!node->interfaces)
		return log_err(-ENOMEM, "read interfaces");
	for (size_t i = 0; !err && i < goal->interface_count; i++)
		err = read_interface(&goal->interfaces[i], nl, &node->interfaces[i]);
	if (!err && goal->cgroup)
		err = read_cgroup(goal, node);
	if (err)
		return err;
	host = &node->interfaces[goal_find_interface(goal, DEVICE_HOST)];
	if (!host->exists)
		return 0;
	err = rtnl_addr_has(nl, host->link.ifindex, goal->state->router_ip);
	if (err < 0)
		return log_err(err, "read the addresses of " DEVICE_HOST);
	node->has_router_address = err;
	return 0;
}

static int read_points(const struct goal *goal, const struct install_paths *paths,
		       struct node *node)
{
	int err = 0;

	node->points = calloc(goal->point_count + 1, sizeof(*node->points));
	if (!node->points)
		return log_err(-ENOMEM, "read attach points");
	for (size_t i = 0; !err && i < goal->point_count; i++) {
		const struct node_interface *interface =
			&node->interfaces[goal->points[i].interface];
		struct attach_point point = goal->points[i].point;

		if (!interface->exists)
			continue;
		point.ifindex = interface->link.ifindex;
		err = attach_is_cgroup(point.direction)
			      ? attach_cgroup_query(paths->links, goal->cgroup, &point,
						    &node->points[i])
			      : attach_query(paths->links, &point, &node->points[i]);
	}
	return err;
}

static int read_map(const struct goal *goal, const struct install_paths *paths, size_t index,
		    struct node *node)
{
	const struct object_map *want = goal->maps[index];
	_cleanup_close_ int fd = -1;
	struct object_map have;
	int err;

	err = pin_open(paths->pins, want->name, &fd);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = map_describe(fd, &have);
	node->maps[index].is_pinned = true;
	node->maps[index].is_compatible = !err && map_is_compatible(want, &have);
	for (int id = 0; !err && id < TABLE__COUNT; id++) {
		if (node->maps[index].is_compatible && !strcmp(table_defs[id].map, want->name))
			err = map_dump(fd, (enum table_id)id, &node->tables[id]);
	}
	return err ? log_err(err, "read map %s", want->name) : 0;
}

static int read_program(const struct goal *goal, const struct install_paths *paths, size_t index,
			struct node *node)
{
	const char *name = goal->manifest->hooks[index].program;
	_cleanup_close_ int fd = -1;
	int err;

	err = pin_open(paths->progs, name, &fd);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = program_describe(fd, &node->programs[index].info);
	node->programs[index].is_pinned = !err;
	return err ? log_err(err, "read program %s", name) : 0;
}

static int read_pins(const struct goal *goal, const struct install_paths *paths, struct node *node)
{
	int err;

	node->has_dirs = !access(paths->progs, F_OK) && !access(paths->links, F_OK);
	err = pin_list(paths->pins, &node->map_pins, &node->map_pin_count);
	if (!err)
		err = pin_list(paths->progs, &node->program_pins, &node->program_pin_count);
	for (size_t i = 0; !err && i < goal->map_count; i++)
		err = read_map(goal, paths, i, node);
	for (size_t i = 0; !err && i < goal->manifest->hook_count; i++)
		err = read_program(goal, paths, i, node);
	return err;
}

static bool is_nic(const struct goal *goal, const struct node *node, unsigned int ifindex)
{
	for (size_t i = 0; i < goal->interface_count; i++) {
		if (goal->interfaces[i].role == ROLE_DEVICE &&
		    node->interfaces[i].link.ifindex == ifindex)
			return true;
	}
	return false;
}

/* A node that cannot be reached is as good as one behind a router: the routes are asked again for each packet. */
static int read_remotes(const struct goal *goal, struct rtnl *nl, struct node *node)
{
	size_t count = goal->state->remote_count;

	node->remote_nics = calloc(count + 1, sizeof(*node->remote_nics));
	if (!node->remote_nics)
		return log_err(-ENOMEM, "read the ways to other nodes");
	for (size_t i = 0; i < count; i++) {
		uint32_t ip = goal->state->remotes[i].ip;
		char text[IPV4_TEXT_MAX];
		struct rtnl_hop hop;
		int err = rtnl_route_get(nl, ip, &hop);

		if (err && err != -ENETUNREACH && err != -EHOSTUNREACH)
			return log_err(err, "ask for the way to node %s", ipv4_text(ip, text));
		if (!err && hop.is_on_link && is_nic(goal, node, hop.ifindex))
			node->remote_nics[i] = hop.ifindex;
	}
	return 0;
}

int node_read(const struct goal *goal, const struct install_paths *paths, struct rtnl *nl,
	      struct node *out)
{
	int err;

	*out = (struct node){ 0 };
	err = read_interfaces(goal, nl, out);
	if (!err)
		err = read_points(goal, paths, out);
	if (!err)
		err = read_remotes(goal, nl, out);
	if (!err)
		err = conf_read("all", "rp_filter", &out->all_rp_filter);
	if (!err)
		err = read_pins(goal, paths, out);
	if (err)
		return err;
	err = rtnl_route_list(nl, &out->routes, &out->route_count);
	if (err)
		return log_err(err, "read routes");
	err = goal->nft ? nft_list(&out->nft) : 0;
	return err ? log_err(err, "read nftables table ip " NFT_TABLE) : 0;
}

void node_fini(struct node *node)
{
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&node->tables[id]);
	free(node->interfaces);
	free(node->points);
	free(node->remote_nics);
	free(node->routes);
	free(node->nft);
	free(node->map_pins);
	free(node->program_pins);
	*node = (struct node){ 0 };
}
