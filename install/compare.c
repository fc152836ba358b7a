// SPDX-License-Identifier: BSD-2-Clause
/* The differences of a goal and a node, as steps in the order in which they are safe to take. */
#include "install/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/nft_text.h"
#include "install/release.h"
#include "install/table_plan.h"
#include "install/tables_service.h"

/* What compare_plan() works with. */
struct comparison {
	const struct goal *goal;
	struct node *node;
	const struct record *old; /* or NULL */
	const struct install_paths *paths;
	struct steps *plan;
	bool reload; /* programs are loaded anew */
};

/* An own device that exists but cannot be changed into what is wanted. */
static bool must_recreate(const struct comparison *c, size_t interface)
{
	const struct node_interface *have = &c->node->interfaces[interface];

	if (!have->exists)
		return false;
	switch (c->goal->interfaces[interface].role) {
	case ROLE_HOST:
	case ROLE_PEER:
		return c->old && c->old->router_ip != c->goal->state->router_ip;
	case ROLE_OVERLAY:
		return have->link.tunnel_port != c->goal->manifest->tunnel_port;
	default:
		return false;
	}
}

static bool will_create(const struct comparison *c, size_t interface)
{
	return !c->node->interfaces[interface].exists || must_recreate(c, interface);
}

static void plan_dirs(struct comparison *c)
{
	const char *const dirs[] = { c->paths->pins, c->paths->progs, c->paths->links };

	for (size_t i = 0; !c->node->has_dirs && i < ARRAY_SIZE(dirs); i++) {
		struct step *step = steps_add(c->plan, STEP_MAKE_DIR, "create %s", dirs[i]);

		memcpy(step->path, dirs[i], sizeof(step->path));
	}
}

static void plan_cgroup(struct comparison *c)
{
	const char *dir = c->goal->cgroup;
	struct step *step;

	if (!dir || c->node->interfaces[c->goal->interface_count - 1].exists)
		return;
	step = steps_add(c->plan, STEP_MOUNT_CGROUP, "mount cgroup v2 at %s", dir);
	snprintf(step->cgroup.dir, sizeof(step->cgroup.dir), "%s", dir);
	step->cgroup.made = c->node->cgroup_dirs_missing;
}

static struct step *plan_device(struct comparison *c, enum step_kind kind, const char *verb,
				const char *name)
{
	struct step *step = steps_add(c->plan, kind, "%s %s", verb, name);

	snprintf(step->device.name, sizeof(step->device.name), "%s", name);
	return step;
}

/* An own device that stays: what can be changed about it. */
static void plan_device_changes(struct comparison *c, size_t interface)
{
	const struct node_interface *have = &c->node->interfaces[interface];
	const char *name = c->goal->interfaces[interface].name;
	bool create = will_create(c, interface);
	struct step *step;

	if (!create && have->link.mtu != c->goal->mtu) {
		step = plan_device(c, STEP_SET_MTU, "adapt the MTU of", name);
		step->device.mtu = c->goal->mtu;
		step->device.old_mtu = have->link.mtu;
	}
	if (create || !have->link.is_up)
		plan_device(c, STEP_SET_UP, "bring up", name);
}

static void plan_veth(struct comparison *c)
{
	size_t host = goal_find_interface(c->goal, DEVICE_HOST);
	size_t peer = goal_find_interface(c->goal, DEVICE_PEER);
	bool create = will_create(c, host);
	char ip[IPV4_TEXT_MAX];
	struct step *step;

	if (must_recreate(c, host))
		release_device(DEVICE_HOST, c->plan);
	if (create) {
		step = plan_device(c, STEP_ADD_DEVICE, "create veth pair " DEVICE_PEER ",",
				   DEVICE_HOST);
		step->device.mtu = c->goal->mtu;
		snprintf(step->device.peer, sizeof(step->device.peer), DEVICE_PEER);
	}
	plan_device_changes(c, host);
	plan_device_changes(c, peer);
	if (!create && c->node->has_router_address)
		return;
	step = steps_add(c->plan, STEP_ADD_ADDRESS, "add address %s/32 to " DEVICE_HOST,
			 ipv4_text(c->goal->state->router_ip, ip));
	step->address = (struct step_address){ .interface = DEVICE_HOST,
					       .addr = c->goal->state->router_ip };
}

static void plan_overlay(struct comparison *c)
{
	const struct overlay_def *def = c->goal->overlay;
	struct step *step;
	size_t overlay;

	if (!def)
		return;
	overlay = goal_find_interface(c->goal, def->device);
	if (must_recreate(c, overlay))
		release_device(def->device, c->plan);
	if (will_create(c, overlay)) {
		step = plan_device(c, STEP_ADD_DEVICE, "create tunnel device", def->device);
		step->device.overlay = def;
		step->device.mtu = c->goal->mtu;
		step->device.port = c->goal->manifest->tunnel_port;
	}
	plan_device_changes(c, overlay);
}

static void plan_interface_sysctls(struct comparison *c, size_t interface)
{
	const struct goal_interface *wanted = &c->goal->interfaces[interface];
	const struct node_interface *have = &c->node->interfaces[interface];
	struct step_sysctls s = { 0 };

	memcpy(s.interface, wanted->name, sizeof(s.interface));
	for (size_t i = 0; i < SYSCTL__COUNT; i++) {
		const struct sysctl_def *def = &sysctl_defs[i];

		if (!(def->roles & wanted->role))
			continue;
		if (will_create(c, interface) || have->sysctls[i] != def->value)
			steps_sysctl_item(&s, def->name, def->value);
	}
	steps_sysctls(c->plan, &s);
}

/* The kernel uses the larger of `all` and the interface's own: strict on `all` cannot be overruled. */
static void plan_all_sysctls(struct comparison *c)
{
	struct step_sysctls s = { .interface = "all" };

	for (size_t i = 0; i < c->goal->interface_count; i++)
		plan_interface_sysctls(c, i);
	if (c->node->all_rp_filter == RP_FILTER_STRICT)
		steps_sysctl_item(&s, sysctl_defs[SYSCTL_RP_FILTER].name, 0);
	steps_sysctls(c->plan, &s);
}

static bool constant_differs(const struct comparison *c, size_t i)
{
	const struct goal_constant *wanted = &c->goal->constants[i];
	const struct record_constant *recorded = &c->old->constants[i];
	uint32_t value = wanted->value;

	if (i >= c->old->constant_count || strcmp(recorded->name, wanted->name))
		return true;
	if (wanted->device) {
		size_t interface = goal_find_interface(c->goal, wanted->device);

		value = 0;
		if (interface < c->goal->interface_count) {
			if (will_create(c, interface))
				return true;
			value = c->node->interfaces[interface].link.ifindex;
		}
	}
	return recorded->value != value;
}

static bool constants_differ(const struct comparison *c)
{
	for (size_t i = 0; i < c->goal->constant_count; i++) {
		if (constant_differs(c, i))
			return true;
	}
	return false;
}

static bool pins_differ(const struct comparison *c)
{
	for (size_t i = 0; i < c->goal->map_count; i++) {
		if (!c->node->maps[i].is_compatible)
			return true;
	}
	for (size_t i = 0; i < c->goal->manifest->hook_count; i++) {
		const char *name = c->goal->manifest->hooks[i].program;
		const struct record_program *recorded = record_find_program(c->old, name);

		if (!c->node->programs[i].is_pinned || !recorded ||
		    strcmp(recorded->tag, c->node->programs[i].info.tag))
			return true;
	}
	return false;
}

/* Whether what is pinned is not, for certain, what this bundle would be loaded as. */
static bool must_reload(const struct comparison *c)
{
	return !c->old || !c->old->complete ||
	       strcmp(c->old->bundle_sha256, c->goal->bundle_sha256) || constants_differ(c) ||
	       pins_differ(c);
}

static void plan_load(struct comparison *c)
{
	size_t hooks = c->goal->manifest->hook_count;
	struct step *step;

	if (!c->reload)
		return;
	step = steps_add(c->plan, STEP_LOAD, "load %zu program%s of %s", hooks,
			 hooks == 1 ? "" : "s", c->goal->bundle);
	snprintf(step->bundle, sizeof(step->bundle), "%s", c->goal->bundle);
}

static int add_nics(const struct comparison *c, struct table out[TABLE__COUNT])
{
	int err = 0;

	for (size_t i = 0; !err && i < c->goal->interface_count; i++) {
		if (c->goal->interfaces[i].masquerade)
			err = tables_add_nic(out, c->node->interfaces[i].link.ifindex,
					     c->goal->interfaces[i].masquerade);
	}
	return err;
}

/* A state without `services` leaves them as they are. */
static int add_services(const struct comparison *c, struct table want[TABLE__COUNT])
{
	int err = 0;

	if (c->goal->state->has_services)
		return tables_add_services(c->goal->state, &c->goal->serving, want);
	for (int id = 0; !err && id < TABLE__COUNT; id++) {
		if (table_is_of_services((enum table_id)id))
			err = table_copy(&c->node->tables[id], &want[id]);
	}
	return err;
}

static int plan_tables(struct comparison *c)
{
	size_t count = c->goal->state->endpoint_count;
	_cleanup_free_ struct table_link *links = calloc(count + 1, sizeof(*links));
	const struct object_map *maps[TABLE__COUNT];
	struct table want[TABLE__COUNT] = { 0 };
	int err = links ? 0 : -ENOMEM;
	struct maglev was;

	for (size_t i = 0; !err && i < count; i++) {
		const struct rtnl_link *link =
			&c->node->interfaces[c->goal->first_endpoint + i].link;

		links[i].ifindex = link->ifindex;
		memcpy(links[i].mac, link->mac, sizeof(links[i].mac));
	}
	if (!err)
		err = tables_from_state(c->goal->state, links, c->node->remote_nics, want);
	if (!err)
		err = add_nics(c, want);
	if (!err && c->goal->ip_masq)
		err = table_add_exempt(&want[TABLE_IPMASQ], c->goal->ip_masq);
	if (!err)
		err = add_services(c, want);
	for (int id = 0; id < TABLE__COUNT; id++)
		maps[id] = goal_find_map(c->goal, table_defs[id].map);
	if (!err)
		err = table_plan(c->plan, maps, want, c->node->tables);
	was = c->old ? serving_of(&c->old->services).maglev : c->goal->serving.maglev;
	table_plan_maglev(c->plan, &c->goal->serving.maglev, &was);
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&want[id]);
	return err;
}

/* Does the node's route `have` do what the goal's route `want` asks for, once the plan has run? */
static bool route_fits(const struct comparison *c, const struct goal_route *want,
		       const struct rtnl_route *have)
{
	const struct rtnl_route *route = &want->route;
	size_t i;

	if (route->dst.addr != have->dst.addr || route->dst.len != have->dst.len ||
	    route->gateway != have->gateway || route->src != have->src || route->mtu != have->mtu)
		return false;
	if (route->ifindex)
		return route->ifindex == have->ifindex;
	i = goal_find_interface(c->goal, want->interface);
	return i < c->goal->interface_count && !will_create(c, i) &&
	       c->node->interfaces[i].link.ifindex == have->ifindex;
}

/* Routes over a device that is recreated vanish with it. */
static bool route_vanishes(const struct comparison *c, const struct rtnl_route *have)
{
	for (size_t i = 0; i < c->goal->interface_count; i++) {
		if (c->node->interfaces[i].exists &&
		    c->node->interfaces[i].link.ifindex == have->ifindex)
			return must_recreate(c, i);
	}
	return false;
}

static void plan_stale_routes(struct comparison *c)
{
	for (size_t i = 0; i < c->node->route_count; i++) {
		const struct rtnl_route *have = &c->node->routes[i];
		char dst[CIDR4_TEXT_MAX];
		bool wanted = route_vanishes(c, have);

		for (size_t k = 0; !wanted && k < c->goal->route_count; k++)
			wanted = route_fits(c, &c->goal->routes[k], have);
		if (!wanted)
			steps_add(c->plan, STEP_DELETE_ROUTE, "delete route %s",
				  cidr4_text(have->dst, dst))
				->route.route = *have;
	}
}

static void plan_route(struct comparison *c, const struct goal_route *want)
{
	char dst[CIDR4_TEXT_MAX], gateway[IPV4_TEXT_MAX];
	struct step *step;

	for (size_t i = 0; i < c->node->route_count; i++) {
		if (route_fits(c, want, &c->node->routes[i]))
			return;
	}
	step = steps_add(c->plan, STEP_ADD_ROUTE, "add route %s%s%s dev %s",
			 cidr4_text(want->route.dst, dst), want->route.gateway ? " via " : "",
			 want->route.gateway ? ipv4_text(want->route.gateway, gateway) : "",
			 want->interface);
	step->route.route = want->route;
	memcpy(step->route.interface, want->interface, IFNAMSIZ);
}

static void plan_routes(struct comparison *c)
{
	plan_stale_routes(c);
	for (size_t i = 0; i < c->goal->route_count; i++)
		plan_route(c, &c->goal->routes[i]);
}

static bool is_digest_of(const char *digest, const char *text)
{
	char is[DIGEST_TEXT_MAX];

	digest_data(text, strlen(text), is);
	return !strcmp(is, digest);
}

/* Written as it would be again, and listed as it was right after: nobody has changed it. */
static bool nft_is_in_place(const struct comparison *c)
{
	return c->old && c->old->complete && c->node->nft &&
	       is_digest_of(c->old->nft.written, c->goal->nft) &&
	       is_digest_of(c->old->nft.listed, c->node->nft);
}

static int plan_nft(struct comparison *c)
{
	struct step *step;
	char *text;

	if (!c->goal->nft || nft_is_in_place(c))
		return 0;
	text = strdup(c->goal->nft);
	if (!text)
		return -ENOMEM;
	step = steps_add(c->plan, STEP_WRITE_NFT,
			 "write nftables table ip " NFT_TABLE ", which masquerades");
	step->nft.text = text;
	if (step == &c->plan->spare)
		free(text);
	return 0;
}

static const struct node_program *find_program(const struct comparison *c, const char *name)
{
	size_t i = 0;

	while (strcmp(c->goal->manifest->hooks[i].program, name))
		i++;
	return &c->node->programs[i];
}

static bool is_in_place(const struct comparison *c, size_t index)
{
	const struct goal_point *want = &c->goal->points[index];
	const struct attach_status *have = &c->node->points[index];

	return !c->reload && !will_create(c, want->interface) && have->is_attached &&
	       !have->needs_repair && have->mode == goal_attach_mode(c->goal, &want->point) &&
	       have->prog_id == find_program(c, want->point.program)->info.id;
}

static void plan_attach(struct comparison *c)
{
	for (size_t i = 0; i < c->goal->point_count; i++) {
		const struct attach_point *point = &c->goal->points[i].point;
		struct step *step;

		if (is_in_place(c, i))
			continue;
		step = steps_add(c->plan, STEP_ATTACH, "attach %s to %s %s (%s)", point->program,
				 point->interface, attach_direction_name(point->direction),
				 attach_mode_name(goal_attach_mode(c->goal, point)));
		step->attach.point = *point;
		step->attach.mode = goal_attach_mode(c->goal, point);
		snprintf(step->attach.cgroup, sizeof(step->attach.cgroup), "%s",
			 attach_is_cgroup(point->direction) ? c->goal->cgroup : "");
	}
}

static void plan_pin(struct comparison *c, enum step_pin_kind kind, const char *name)
{
	const char *dir = kind == STEP_PIN_MAP ? c->paths->pins : c->paths->progs;
	struct step *step = steps_add(c->plan, STEP_PIN, "pin %s %s",
				      kind == STEP_PIN_MAP ? "map" : "program", name);

	step->pin.kind = kind;
	snprintf(step->pin.name, sizeof(step->pin.name), "%s", name);
	memcpy(step->pin.dir, dir, sizeof(step->pin.dir));
}

static void plan_pins(struct comparison *c)
{
	for (size_t i = 0; c->reload && i < c->goal->map_count; i++) {
		if (!c->node->maps[i].is_compatible)
			plan_pin(c, STEP_PIN_MAP, c->goal->maps[i]->name);
	}
	for (size_t i = 0; c->reload && i < c->goal->manifest->hook_count; i++)
		plan_pin(c, STEP_PIN_PROGRAM, c->goal->manifest->hooks[i].program);
}

static bool is_program(const struct goal *goal, const char *name)
{
	for (size_t i = 0; i < goal->manifest->hook_count; i++) {
		if (!strcmp(goal->manifest->hooks[i].program, name))
			return true;
	}
	return false;
}

/* What the record holds and the goal does not. */
static void plan_release(struct comparison *c)
{
	struct release release = { .record = c->old, .goal = c->goal };

	release_attachments(&release, c->plan);
	release_sysctls(&release, c->plan);
	release_clsacts(&release, c->plan);
	release_cgroup(&release, c->plan);
	release_devices(&release, c->plan);
	release_nft(&release, c->plan);
}

static void plan_stale_pins(struct comparison *c)
{
	for (size_t i = 0; i < c->node->map_pin_count; i++) {
		if (!goal_find_map(c->goal, c->node->map_pins[i]))
			release_pin(c->paths->pins, c->node->map_pins[i], c->plan);
	}
	for (size_t i = 0; i < c->node->program_pin_count; i++) {
		if (!is_program(c->goal, c->node->program_pins[i]))
			release_pin(c->paths->progs, c->node->program_pins[i], c->plan);
	}
}

int compare_plan(const struct goal *goal, struct node *node, const struct record *old,
		 const struct install_paths *paths, struct steps *plan)
{
	struct comparison c = {
		.goal = goal, .node = node, .old = old, .paths = paths, .plan = plan
	};
	int err;

	c.reload = must_reload(&c);
	plan_dirs(&c);
	plan_veth(&c);
	plan_overlay(&c);
	plan_cgroup(&c);
	plan_all_sysctls(&c);
	plan_load(&c);
	err = plan_tables(&c);
	plan_routes(&c);
	if (!err)
		err = plan_nft(&c);
	plan_attach(&c);
	plan_pins(&c);
	if (old)
		plan_release(&c);
	plan_stale_pins(&c);
	if (!err)
		err = plan->err;
	return err ? log_err(err, "compare the node with the bundle") : 0;
}
