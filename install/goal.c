// SPDX-License-Identifier: BSD-2-Clause
/* Bundle + state + NICs to the picture of a finished node. */
#include "install/goal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "install/masquerade.h"
#include "install/attach_cgroup.h"
#include "install/cgroup_mount.h"
#include "install/nft_text.h"
#include "install/paths.h"

const struct sysctl_def sysctl_defs[SYSCTL__COUNT] = {
#define SYSCTL(id, sysctl_name, wanted, of_roles) \
	[SYSCTL_##id] = { .name = sysctl_name, .value = wanted, .roles = of_roles },
#include "install/sysctls.def"
#undef SYSCTL
};

/* A hook's `interface` as the manifest spells it, in the order of attachment. */
static const struct {
	const char *name;
	enum node_role role;
} hook_interfaces[] = {
	{ "host", ROLE_HOST },
	{ "overlay", ROLE_OVERLAY },
	{ "endpoint", ROLE_ENDPOINT },
	{ "device", ROLE_DEVICE },
	{ ATTACH_CGROUP_NAME, ROLE_CGROUP },
};

static void add_interface(struct goal *goal, const char *name, enum node_role role)
{
	struct goal_interface *interface = &goal->interfaces[goal->interface_count++];

	interface->role = role;
	memcpy(interface->name, name, strnlen(name, IFNAMSIZ - 1));
}

static int add_interfaces(struct goal *goal, const struct device_list *nics)
{
	size_t room = RECORD_MAX_DEVICES + goal->state->endpoint_count + nics->count + 1;

	goal->interfaces = calloc(room, sizeof(*goal->interfaces));
	if (!goal->interfaces)
		return log_err(-ENOMEM, "list interfaces");
	add_interface(goal, DEVICE_HOST, ROLE_HOST);
	add_interface(goal, DEVICE_PEER, ROLE_PEER);
	if (goal->overlay)
		add_interface(goal, goal->overlay->device, ROLE_OVERLAY);
	goal->first_endpoint = goal->interface_count;
	for (size_t i = 0; i < goal->state->endpoint_count; i++)
		add_interface(goal, goal->state->endpoints[i].interface, ROLE_ENDPOINT);
	for (size_t i = 0; i < nics->count; i++)
		add_interface(goal, nics->items[i]->name, ROLE_DEVICE);
	if (goal->cgroup)
		add_interface(goal, ATTACH_CGROUP_NAME, ROLE_CGROUP);
	return 0;
}

static int check_hook(const struct manifest_hook *hook)
{
	enum attach_direction direction;

	if (!attach_direction_find(hook->direction, &direction) ||
	    attach_is_cgroup(direction) != !strcmp(hook->interface, ATTACH_CGROUP_NAME))
		return log_fail(-EINVAL, "bundle: %s: unknown direction \"%s\"", hook->program,
				hook->direction);
	for (size_t i = 0; i < ARRAY_SIZE(hook_interfaces); i++) {
		if (!strcmp(hook->interface, hook_interfaces[i].name))
			return 0;
	}
	return log_fail(-EINVAL, "bundle: %s: unknown kind of interface \"%s\"", hook->program,
			hook->interface);
}

/* A hook on every interface of its role. */
static void add_hook(struct goal *goal, const struct manifest_hook *hook, enum node_role role)
{
	for (size_t i = 0; i < goal->interface_count; i++) {
		struct goal_point *point = &goal->points[goal->point_count];

		if (goal->interfaces[i].role != role)
			continue;
		point->interface = i;
		memcpy(point->point.interface, goal->interfaces[i].name, IFNAMSIZ);
		memcpy(point->point.program, hook->program, sizeof(point->point.program));
		attach_direction_find(hook->direction, &point->point.direction);
		if (role == ROLE_ENDPOINT)
			point->ip = goal->state->endpoints[i - goal->first_endpoint].ip;
		goal->point_count++;
	}
}

static int add_points(struct goal *goal)
{
	const struct manifest *m = goal->manifest;
	int err = 0;

	for (size_t i = 0; !err && i < m->hook_count; i++)
		err = check_hook(&m->hooks[i]);
	if (err)
		return err;
	goal->points = calloc(goal->interface_count * m->hook_count + 1, sizeof(*goal->points));
	if (!goal->points)
		return log_err(-ENOMEM, "list attach points");
	for (size_t kind = 0; kind < ARRAY_SIZE(hook_interfaces); kind++) {
		for (size_t i = 0; i < m->hook_count; i++) {
			if (!strcmp(m->hooks[i].interface, hook_interfaces[kind].name))
				add_hook(goal, &m->hooks[i], hook_interfaces[kind].role);
		}
	}
	return 0;
}

static void add_route(struct goal *goal, struct cidr4 dst, const char *interface,
		      struct rtnl_route route)
{
	struct goal_route *out = &goal->routes[goal->route_count++];

	memcpy(out->interface, interface, strnlen(interface, IFNAMSIZ - 1));
	out->route = route;
	out->route.dst = dst;
	out->route.protocol = RTNL_PROTO_HOSTROUTE;
}

static int add_routes(struct goal *goal)
{
	const struct node_state *state = goal->state;
	struct rtnl_route local = { .src = state->router_ip };
	struct rtnl_route tunnelled = { .src = state->router_ip,
					.mtu = goal->mtu - TUNNEL_OVERHEAD };

	goal->routes = calloc(state->remote_count + 1, sizeof(*goal->routes));
	if (!goal->routes)
		return log_err(-ENOMEM, "list routes");
	add_route(goal, state->pod_cidr, DEVICE_HOST, local);
	for (size_t i = 0; i < state->remote_count; i++) {
		const struct remote_node *remote = &state->remotes[i];
		struct rtnl_route direct = { .gateway = remote->ip, .ifindex = remote->ifindex };

		if (goal->manifest->tunnel)
			add_route(goal, remote->pod_cidr, DEVICE_HOST, tunnelled);
		else if (remote->device[0])
			add_route(goal, remote->pod_cidr, remote->device, direct);
	}
	return 0;
}

static void add_constant(struct goal *goal, struct goal_constant constant)
{
	goal->constants[goal->constant_count++] = constant;
}

static void add_constants(struct goal *goal)
{
	const struct cidr4 *excluded = masquerade_exclusion(goal->manifest, goal->state);

	add_constant(goal, (struct goal_constant){ .name = "node_overlay_ifindex",
						   .device = goal->overlay ? goal->overlay->device
									   : NULL });
	add_constant(goal, (struct goal_constant){ .name = "node_ip", .value = goal->state->ip });
	add_constant(goal, (struct goal_constant){ .name = "node_router_ip",
						   .value = goal->state->router_ip });
	add_constant(goal, (struct goal_constant){ .name = "node_tunnel_mtu",
						   .value = goal->mtu - TUNNEL_OVERHEAD });
	add_constant(goal, (struct goal_constant){ .name = "node_snat_exclusion_addr",
						   .value = excluded ? excluded->addr
								     : NODE_SNAT_EXCLUSION_NONE });
	add_constant(goal,
		     (struct goal_constant){ .name = "node_snat_exclusion_mask",
					     .value = excluded ? cidr4_mask(excluded->len) : 0 });
}

/* Where the bundle has programs at a cgroup. */
static const char *cgroup_of(const struct manifest *m)
{
	const char *dir = manifest_option(m, "cgroup-root");

	for (size_t i = 0; i < m->hook_count; i++) {
		if (!strcmp(m->hooks[i].interface, ATTACH_CGROUP_NAME))
			return *dir ? dir : CGROUP_DEFAULT;
	}
	return NULL;
}

static bool has_hook(const struct manifest *m, const struct manifest_object *object)
{
	for (size_t p = 0; p < object->needs.program_count; p++) {
		for (size_t h = 0; h < m->hook_count; h++) {
			if (!strcmp(m->hooks[h].program, object->needs.programs[p].name))
				return true;
		}
	}
	return false;
}

static int add_maps(struct goal *goal)
{
	const struct manifest *m = goal->manifest;

	for (size_t i = 0; i < m->object_count; i++) {
		const struct object_needs *needs = &m->objects[i].needs;

		for (size_t k = 0; has_hook(m, &m->objects[i]) && k < needs->map_count; k++) {
			if (goal_find_map(goal, needs->maps[k].name))
				continue;
			if (goal->map_count == ARRAY_SIZE(goal->maps))
				return log_fail(-E2BIG, "bundle: too many maps");
			goal->maps[goal->map_count++] = &needs->maps[k];
		}
	}
	return 0;
}

int goal_init(struct goal *out, const struct manifest *manifest, const struct node_state *state,
	      const struct fact_device *node_device, const struct device_list *nics)
{
	struct goal goal = { .manifest = manifest,
			     .state = state,
			     .mtu = node_device->mtu,
			     .serving = serving_of(&manifest->services) };
	int err;

	if (manifest->tunnel) {
		goal.overlay = overlay_find(manifest->tunnel_protocol);
		if (!goal.overlay)
			return log_fail(-EINVAL, "bundle: unknown tunnel protocol \"%s\"",
					manifest->tunnel_protocol);
	}
	goal.cgroup = cgroup_of(manifest);
	add_constants(&goal);
	err = add_interfaces(&goal, nics);
	if (!err)
		err = add_points(&goal);
	if (!err)
		err = add_routes(&goal);
	if (!err)
		err = add_maps(&goal);
	if (!err)
		err = nft_text(manifest, state, &goal.nft);
	if (err)
		goal_fini(&goal);
	else
		*out = goal;
	return err;
}

void goal_set_netns(struct goal *goal, uint64_t cookie)
{
	add_constant(goal,
		     (struct goal_constant){ .name = "node_netns_low", .value = (uint32_t)cookie });
	add_constant(goal, (struct goal_constant){ .name = "node_netns_high",
						   .value = (uint32_t)(cookie >> 32) });
}

enum attach_mode goal_attach_mode(const struct goal *goal, const struct attach_point *point)
{
	return attach_is_cgroup(point->direction) ? ATTACH_CGROUP : goal->attach;
}

const struct object_map *goal_find_map(const struct goal *goal, const char *name)
{
	for (size_t i = 0; i < goal->map_count; i++) {
		if (!strcmp(goal->maps[i]->name, name))
			return goal->maps[i];
	}
	return NULL;
}

size_t goal_find_interface(const struct goal *goal, const char *name)
{
	size_t i = 0;

	while (i < goal->interface_count && strcmp(goal->interfaces[i].name, name))
		i++;
	return i;
}

void goal_fini(struct goal *goal)
{
	free(goal->interfaces);
	free(goal->points);
	free(goal->routes);
	free(goal->nft);
	*goal = (struct goal){ 0 };
}
