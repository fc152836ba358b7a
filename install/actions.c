// SPDX-License-Identifier: BSD-2-Clause
/*
 * Steps on the running node. What is already there, or already gone, is success: a step may be repeated after
 * a run that was killed.
 */
#include "install/actions.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/attach_cgroup.h"
#include "install/cgroup_mount.h"
#include "install/compare.h"
#include "install/conf.h"
#include "install/maglev_map.h"
#include "install/maps.h"
#include "install/nft.h"
#include "install/nft_text.h"

static int make_dir(struct step_env *env, struct step *step)
{
	int err;

	(void)env;
	if (mkdir(step->path, 0755) == 0 || errno == EEXIST)
		return 0;
	err = -errno;
	return log_err(err, "create %s", step->path);
}

static int remove_dir(struct step_env *env, struct step *step)
{
	int err;

	(void)env;
	if (rmdir(step->path) == 0 || errno == ENOENT)
		return 0;
	err = -errno;
	if (err != -ENOTEMPTY)
		return log_err(err, "remove %s", step->path);
	log_warn("%s has entries that are not ours: left in place", step->path);
	return 0;
}

static int delete_device(struct step_env *env, struct step *step)
{
	struct rtnl_link link;
	int err;

	err = rtnl_link_get(env->nl, step->device.name, &link);
	if (!err)
		err = rtnl_link_del(env->nl, link.ifindex);
	return err && err != -ENODEV ? log_err(err, "delete device %s", step->device.name) : 0;
}

static int change_mtu(struct step_env *env, const char *name, unsigned int mtu)
{
	struct rtnl_link link;
	int err;

	err = rtnl_link_get(env->nl, name, &link);
	if (!err)
		err = rtnl_link_set_mtu(env->nl, link.ifindex, mtu);
	return err ? log_err(err, "set the MTU of %s to %u", name, mtu) : 0;
}

/* The MTU once more: geneve takes at creation what its own idea of a route gives. */
static int add_overlay(struct step_env *env, struct step *step)
{
	const struct step_device *d = &step->device;
	int err = d->overlay->add(env->nl, d->name, d->port, d->mtu);

	if (err == d->overlay->port_taken)
		return log_fail(err,
				"create %s: the name is taken, or another %s device "
				"without a fixed VNI has UDP port %u: remove that device",
				d->name, d->overlay->protocol, d->port);
	if (err == -EOPNOTSUPP)
		return log_fail(err, "create %s: this kernel has no %s devices (module %s)",
				d->name, d->overlay->protocol, d->overlay->protocol);
	if (err)
		return log_err(err, "create %s", d->name);
	err = change_mtu(env, d->name, d->mtu);
	if (err)
		delete_device(env, step);
	return err;
}

static int add_device(struct step_env *env, struct step *step)
{
	const struct step_device *d = &step->device;
	int err;

	if (d->overlay)
		return add_overlay(env, step);
	err = rtnl_link_add_veth(env->nl, d->name, d->peer, d->mtu);
	return err ? log_err(err, "create %s", d->name) : 0;
}

static int set_mtu(struct step_env *env, struct step *step)
{
	return change_mtu(env, step->device.name, step->device.mtu);
}

static int reset_mtu(struct step_env *env, struct step *step)
{
	return change_mtu(env, step->device.name, step->device.old_mtu);
}

static int set_up(struct step_env *env, struct step *step)
{
	struct rtnl_link link;
	int err;

	err = rtnl_link_get(env->nl, step->device.name, &link);
	if (!err)
		err = rtnl_link_set_up(env->nl, link.ifindex);
	return err ? log_err(err, "set %s up", step->device.name) : 0;
}

static int add_address(struct step_env *env, struct step *step)
{
	struct rtnl_link link;
	char ip[IPV4_TEXT_MAX];
	int err;

	err = rtnl_link_get(env->nl, step->address.interface, &link);
	if (!err)
		err = rtnl_addr_add(env->nl, link.ifindex, step->address.addr);
	if (!err || err == -EEXIST)
		return 0;
	return log_err(err, "add address %s to %s", ipv4_text(step->address.addr, ip),
		       step->address.interface);
}

/* Is the interface of a group still the one that the group was made for? */
static bool is_same_interface(struct step_env *env, const struct step_sysctls *s)
{
	struct rtnl_link link;

	if (!s->ifindex)
		return true;
	return !rtnl_link_get(env->nl, s->interface, &link) && link.ifindex == s->ifindex;
}

static int reset_sysctls(struct step_env *env, struct step *step)
{
	struct step_sysctls *s = &step->sysctls;
	int first = 0;

	if (!is_same_interface(env, s))
		return 0;
	for (size_t i = s->count; i-- > 0;) {
		int err = 0;

		if (s->items[i].written)
			err = conf_write(s->interface, s->items[i].name, s->items[i].before);
		if (err && !first)
			first = err;
	}
	return first;
}

static int set_sysctl(struct step_sysctls *s, size_t i)
{
	int err;

	err = conf_read(s->interface, s->items[i].name, &s->items[i].before);
	if (err || s->items[i].before == s->items[i].value)
		return err;
	if (s->is_restore && s->items[i].before != s->items[i].left) {
		log_warn("net.ipv4.conf.%s.%s was changed to %d by somebody else: left as it is",
			 s->interface, s->items[i].name, s->items[i].before);
		return 0;
	}
	err = conf_write(s->interface, s->items[i].name, s->items[i].value);
	s->items[i].written = !err;
	return err;
}

static int set_sysctls(struct step_env *env, struct step *step)
{
	struct step_sysctls *s = &step->sysctls;
	int err = 0;

	if (!is_same_interface(env, s))
		return 0;
	for (size_t i = 0; !err && i < s->count; i++)
		err = set_sysctl(s, i);
	if (err && !s->is_restore)
		reset_sysctls(env, step);
	return err;
}

/* The load-time constants on this node as it is now. */
static int constants_read(const struct step_env *env, struct record_constant *out)
{
	for (size_t i = 0; i < env->goal->constant_count; i++) {
		const struct goal_constant *wanted = &env->goal->constants[i];
		struct rtnl_link link = { 0 };
		int err;

		out[i] = (struct record_constant){ .value = wanted->value };
		snprintf(out[i].name, sizeof(out[i].name), "%s", wanted->name);
		if (!wanted->device)
			continue;
		err = rtnl_link_get(env->nl, wanted->device, &link);
		if (err && err != -ENODEV)
			return log_err(err, "look up %s", wanted->device);
		out[i].value = err ? 0 : link.ifindex;
	}
	return 0;
}

static int load(struct step_env *env, struct step *step)
{
	struct record_constant constants[RECORD_MAX_CONSTANTS];
	int err = constants_read(env, constants);

	if (err)
		return err;
	return loader_load(step->bundle, env->goal->manifest, env->paths->pins, constants,
			   env->goal->constant_count, &env->loaded);
}

static int unload(struct step_env *env, struct step *step)
{
	(void)step;
	loaded_fini(&env->loaded);
	return 0;
}

/* A new fd of a map or program: of this run's, else of the pinned one. */
static int open_object(struct step_env *env, enum step_pin_kind kind, const char *name, int *out)
{
	const char *dir = kind == STEP_PIN_MAP ? env->paths->pins : env->paths->progs;
	int fd = kind == STEP_PIN_MAP ? loaded_map_fd(&env->loaded, name)
				      : loaded_program_fd(&env->loaded, name);
	int err;

	if (fd >= 0) {
		*out = dup(fd);
		err = *out < 0 ? -errno : 0;
		return err ? log_err(err, "use %s", name) : 0;
	}
	err = pin_open(dir, name, out);
	return err == -ENOENT ? log_err(err, "open %s/%s", dir, name) : err;
}

static int change_maglev(struct step_env *env, const struct step_table *table, int fd, bool reverse)
{
	_cleanup_close_ int slots_fd = -1;
	int err = open_object(env, STEP_PIN_MAP, table_defs[TABLE_SLOTS].map, &slots_fd);

	return err ? err : maglev_map_change(fd, slots_fd, &table->maglev, &table->diff, reverse);
}

static int change_table(struct step_env *env, struct step *step, bool reverse)
{
	const struct step_table *table = &step->table;
	const char *name = table_defs[table->id].map;
	_cleanup_close_ int fd = -1;
	int err;

	err = open_object(env, STEP_PIN_MAP, name, &fd);
	if (err)
		return err;
	if (table->id == TABLE_MAGLEV)
		err = change_maglev(env, table, fd, reverse);
	else
		err = (reverse ? map_revert_diff : map_write_diff)(fd, &table->diff);
	if (err == -E2BIG)
		return log_fail(err, "map %s is full: the bundle was compiled for fewer entries",
				name);
	return err ? log_err(err, "write map %s", name) : 0;
}

static int write_table(struct step_env *env, struct step *step)
{
	return change_table(env, step, false);
}

static int revert_table(struct step_env *env, struct step *step)
{
	return change_table(env, step, true);
}

/* By name, because the device may have been created by this very plan. */
static int resolve_route(struct step_env *env, struct step_route *step)
{
	struct rtnl_link link = { 0 };
	int err;

	if (!step->interface[0])
		return 0;
	err = rtnl_link_get(env->nl, step->interface, &link);
	if (err)
		return log_err(err, "look up interface %s", step->interface);
	step->route.ifindex = link.ifindex;
	return 0;
}

static int add_route(struct step_env *env, struct step *step)
{
	char dst[CIDR4_TEXT_MAX];
	int err;

	err = resolve_route(env, &step->route);
	if (err)
		return err;
	err = rtnl_route_add(env->nl, &step->route.route);
	cidr4_text(step->route.route.dst, dst);
	if (err == -ENETUNREACH)
		return log_fail(err, "add route %s: its gateway is not on the same network as %s",
				dst, step->route.interface);
	return err ? log_err(err, "add route %s", dst) : 0;
}

static int delete_route(struct step_env *env, struct step *step)
{
	char dst[CIDR4_TEXT_MAX];
	int err = rtnl_route_del(env->nl, &step->route.route);

	if (!err || err == -ESRCH || err == -ENODEV)
		return 0;
	return log_err(err, "delete route %s", cidr4_text(step->route.route.dst, dst));
}

static int list_nft(char **out)
{
	int err = nft_list(out);

	return err ? log_err(err, "read nftables table ip " NFT_TABLE) : 0;
}

static int write_nft(struct step_env *env, struct step *step)
{
	int err;

	(void)env;
	err = list_nft(&step->nft.before);
	return err ? err : nft_run(step->nft.text);
}

static int restore_nft(const char *listing)
{
	_cleanup_free_ char *text = NULL;
	int err = nft_text_restore(listing, &text);

	return err ? log_err(err, "write nftables table ip " NFT_TABLE) : nft_run(text);
}

static int delete_nft(struct step_env *env, struct step *step)
{
	int err;

	(void)env;
	err = list_nft(&step->nft.before);
	return err || !step->nft.before ? err : restore_nft(NULL);
}

static int revert_nft(struct step_env *env, struct step *step)
{
	(void)env;
	return restore_nft(step->nft.before);
}

static int mount_cgroup(struct step_env *env, struct step *step)
{
	(void)env;
	return cgroup_mount(step->cgroup.dir);
}

static int unmount_cgroup(struct step_env *env, struct step *step)
{
	(void)env;
	return cgroup_unmount(step->cgroup.dir, step->cgroup.made);
}

/* A borrowed fd of a program that a step replaces or takes away, or -1. */
static int kept_program(struct step_env *env, uint32_t id)
{
	size_t i = 0;

	while (i < env->kept_count && env->kept[i].id != id)
		i++;
	if (i < env->kept_count)
		return env->kept[i].fd;
	if (i == ENV_MAX_KEPT)
		return -1;
	env->kept[i].id = id;
	env->kept[i].fd = bpf_prog_get_fd_by_id(id);
	env->kept_count += env->kept[i].fd >= 0;
	return env->kept[i].fd;
}

static int query_point(struct step_env *env, const struct step_attach *a, struct attach_status *out)
{
	const char *links = env->paths->links;

	return attach_is_cgroup(a->point.direction)
		       ? attach_cgroup_query(links, a->cgroup, &a->point, out)
		       : attach_query(links, &a->point, out);
}

static int set_point(struct step_env *env, const struct step_attach *a, enum attach_mode mode,
		     int prog_fd, bool *created_clsact)
{
	const char *links = env->paths->links;

	return attach_is_cgroup(a->point.direction)
		       ? attach_cgroup_set(links, a->cgroup, &a->point, prog_fd)
		       : attach_set(links, &a->point, mode, prog_fd, created_clsact);
}

static int clear_point(struct step_env *env, const struct step_attach *a)
{
	const char *links = env->paths->links;

	return attach_is_cgroup(a->point.direction)
		       ? attach_cgroup_clear(links, a->cgroup, &a->point)
		       : attach_clear(links, &a->point);
}

/* Resolves the point's ifindex and remembers what is attached there now. */
static int survey_point(struct step_env *env, struct step *step)
{
	struct attach_point *point = &step->attach.point;
	struct attach_status status;
	struct rtnl_link link;
	int err;

	if (!attach_is_cgroup(point->direction) && !rtnl_link_get(env->nl, point->interface, &link))
		point->ifindex = link.ifindex;
	err = query_point(env, &step->attach, &status);
	if (err || !status.is_attached)
		return err;
	if (kept_program(env, status.prog_id) >= 0)
		step->attach.old_prog_id = status.prog_id;
	step->attach.old_mode = status.mode;
	return 0;
}

static int attach(struct step_env *env, struct step *step)
{
	_cleanup_close_ int fd = -1;
	int err;

	err = survey_point(env, step);
	if (!err)
		err = open_object(env, STEP_PIN_PROGRAM, step->attach.point.program, &fd);
	if (!err)
		err = set_point(env, &step->attach, step->attach.mode, fd,
				&step->attach.created_clsact);
	return err;
}

static int attach_back(struct step_env *env, struct step *step)
{
	const struct attach_point *point = &step->attach.point;
	bool created_clsact = false;
	int err;

	if (step->attach.old_prog_id)
		err = set_point(env, &step->attach, step->attach.old_mode,
				kept_program(env, step->attach.old_prog_id), &created_clsact);
	else
		err = clear_point(env, &step->attach);
	if (!err && step->attach.created_clsact)
		err = attach_clsact_remove(point->ifindex, point->interface);
	return err;
}

static int detach(struct step_env *env, struct step *step)
{
	int err = survey_point(env, step);

	return err ? err : clear_point(env, &step->attach);
}

static int remember_pin(struct step *step)
{
	int err = pin_open(step->pin.dir, step->pin.name, &step->old_fd);

	return err == -ENOENT ? 0 : err;
}

static int pin(struct step_env *env, struct step *step)
{
	_cleanup_close_ int fd = -1;
	int err;

	err = remember_pin(step);
	if (!err)
		err = open_object(env, step->pin.kind, step->pin.name, &fd);
	return err ? err : pin_replace(step->pin.dir, step->pin.name, fd);
}

static int unpin(struct step_env *env, struct step *step)
{
	(void)env;
	/* Only for undo: what cannot be opened can still be unlinked. */
	remember_pin(step);
	return pin_remove(step->pin.dir, step->pin.name);
}

static int pin_back(struct step_env *env, struct step *step)
{
	(void)env;
	if (step->old_fd >= 0)
		return pin_replace(step->pin.dir, step->pin.name, step->old_fd);
	return pin_remove(step->pin.dir, step->pin.name);
}

static int remove_clsact(struct step_env *env, struct step *step)
{
	const struct attach_point *point = &step->attach.point;
	struct rtnl_link link;

	if (rtnl_link_get(env->nl, point->interface, &link) || link.ifindex != point->ifindex)
		return 0;
	return attach_clsact_remove(point->ifindex, point->interface);
}

static int leave(struct step_env *env, struct step *step)
{
	(void)env;
	(void)step;
	return 0;
}

void step_env_fini(struct step_env *env)
{
	for (size_t i = 0; i < env->kept_count; i++)
		close(env->kept[i].fd);
	env->kept_count = 0;
	loaded_fini(&env->loaded);
}

const struct step_ops step_ops[STEP__COUNT] = {
#define STEP(id, step_name, run_fn, undo_fn) \
	[STEP_##id] = { .name = step_name, .run = run_fn, .undo = undo_fn },
#include "install/steps.def"
#undef STEP
};
