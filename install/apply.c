// SPDX-License-Identifier: BSD-2-Clause
/* The order of an apply. What is compared, checked and done is in the files it includes. */
#include "install/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/file.h"
#include "common/log.h"
#include "config/release.h"
#include "install/actions.h"
#include "install/compare.h"
#include "install/direct.h"
#include "install/endpoint_map.h"
#include "install/kube.h"
#include "install/listener.h"
#include "install/lock.h"
#include "install/masquerade.h"
#include "install/netns.h"
#include "install/preflight.h"
#include "install/service_store.h"
#include "install/sizes.h"
#include "install/state.h"

/* What one apply works with; everything is owned. */
struct apply {
	const struct install_request *request;
	struct manifest manifest;
	struct node_state state;
	struct ip_masq ip_masq;
	struct node_facts facts;
	struct rtnl *nl;
	struct record old; /* zeros unless has_old */
	bool has_old;
	struct goal goal;
	struct steps plan; /* what was done, or would be */
	struct step_env env;
};

static const char *ip_masq_config(const struct apply *a)
{
	const struct manifest_masquerade *m = &a->manifest.masquerade;

	if (m->mode != MASQUERADE_BPF || !m->ip_masq_agent)
		return NULL;
	return a->request->ip_masq_config ?: m->ip_masq_agent_config;
}

static int read_ip_masq(struct apply *a, struct diag_list *diags)
{
	const char *path = ip_masq_config(a);

	if (!path)
		return 0;
	if (strlen(path) >= PATH_SIZE)
		return log_fail(-ENAMETOOLONG, "--ip-masq-agent-config-path: %.64s...", path);
	return ip_masq_read(path, &a->ip_masq, diags);
}

static int read_input(struct apply *a)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	const struct install_request *request = a->request;
	int err;

	err = manifest_read(request->bundle, &a->manifest);
	if (!err)
		err = manifest_check_objects(request->bundle, &a->manifest);
	if (!err)
		err = preflight_tables(&a->manifest);
	if (err)
		return err;
	err = state_read(request->state, &a->state, &diags);
	if (!err && request->services)
		err = kube_read(request->services, &a->state, &diags);
	if (!err)
		err = read_ip_masq(a, &diags);
	diag_print(&diags, stderr);
	return err;
}

static int read_record(struct apply *a)
{
	int err = record_read(&a->request->paths, &a->old);

	a->has_old = !err;
	return err == -ENOENT ? 0 : err;
}

/* A state without `endpoints` keeps those there are; a pod whose interface is gone is no more. */
static int keep_endpoints(struct apply *a)
{
	struct node_state *state = &a->state;
	struct endpoint *list = NULL;
	size_t count = 0, kept = 0;
	int err;

	if (state->has_endpoints)
		return 0;
	err = endpoint_map_read(&a->request->paths, a->nl, &list, &count);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (size_t i = 0; i < count; i++) {
		char ip[IPV4_TEXT_MAX];

		if (list[i].interface[0])
			list[kept++] = list[i];
		else
			log_warn("endpoint %s: its interface is gone, so it goes as well",
				 ipv4_text(list[i].ip, ip));
	}
	free(state->endpoints);
	state->endpoints = list;
	state->endpoint_count = kept;
	return 0;
}

/* A state without `services` keeps those there are, by what was written of them: the bundle may serve others of them. */
static int keep_services(struct apply *a)
{
	int err;

	if (a->state.has_services)
		return 0;
	err = service_store_read(&a->request->paths, &a->state);
	return err == -ENOENT ? 0 : err;
}

/* Names on the command line replace those of the bundle. */
static int choose_devices(struct apply *a, struct device_list *out)
{
	const struct install_request *request = a->request;
	const char *names[MANIFEST_MAX_DEVICES];
	struct cilium_version version;
	struct device_request wanted = {
		.names = names,
		.families = FACT_IPV4,
		.skip_l3 = true,
		.direct_routing_device = manifest_option(&a->manifest, "direct-routing-device"),
	};

	if (release_parse(a->manifest.cilium_version, &version))
		return log_fail(-EINVAL, "bundle: cilium_version \"%s\" is not a known release",
				a->manifest.cilium_version);
	wanted.native_routing = version.release < CILIUM_1_15 && !a->manifest.tunnel;
	wanted.by_default_route = version.release < CILIUM_1_11;
	wanted.needs_address = version.release >= CILIUM_1_15;

	for (size_t i = 0; i < request->device_count; i++)
		names[wanted.name_count++] = request->devices[i];
	for (size_t i = 0; !request->device_count && i < a->manifest.device_count; i++)
		names[wanted.name_count++] = a->manifest.devices[i];
	devices_select(&wanted, &a->facts, out);
	if (out->no_direct_device)
		return log_fail(-ENODEV,
				"there is no device %s on this node (direct-routing-device)",
				wanted.direct_routing_device);
	return 0;
}

static int find_devices(struct apply *a, const struct fact_device **node_device,
			struct device_list *nics)
{
	char ip[IPV4_TEXT_MAX];
	int err;

	err = facts_read_live(&a->facts);
	if (err)
		return err;
	sizes_fit(&a->manifest, &(struct map_memory){ .bytes = a->facts.mem_total,
						      .cpus = a->facts.possible_cpus });
	a->facts.node_ip = a->state.ip;
	a->facts.pod_cidr = a->state.pod_cidr;
	a->facts.has_pod_cidr = true;
	*node_device = facts_device_of_ip(&a->facts, a->state.ip);
	if (!*node_device)
		return log_fail(-EADDRNOTAVAIL, "node.ip %s of %s is on no device of this node",
				ipv4_text(a->state.ip, ip), a->request->state);
	err = choose_devices(a, nics);
	if (err)
		return err;
	if (nics->missing[0])
		return log_fail(-ENODEV, "there is no device %s on this node", nics->missing);
	if (!nics->count)
		return log_fail(-ENODEV, "found no device to attach to: name one with --device");
	return 0;
}

static int make_goal(struct apply *a)
{
	const struct fact_device *node_device;
	struct device_list nics;
	char path[PATH_SIZE];
	uint64_t cookie = 0;
	int err;

	err = find_devices(a, &node_device, &nics);
	if (!err)
		err = direct_resolve(&a->manifest, a->nl, &nics, &a->state);
	if (!err)
		err = goal_init(&a->goal, &a->manifest, &a->state, node_device, &nics);
	if (!err)
		err = masquerade_choose(&a->facts, &a->goal);
	if (!err)
		err = netns_cookie(&cookie);
	if (err)
		return err;
	goal_set_netns(&a->goal, cookie);
	if (a->goal.cgroup && a->request->cgroup)
		a->goal.cgroup = a->request->cgroup;
	if (a->goal.cgroup && (*a->goal.cgroup != '/' || strlen(a->goal.cgroup) >= PATH_SIZE))
		return log_fail(-EINVAL,
				"cgroup \"%.64s\": not an absolute path of at most %d characters",
				a->goal.cgroup, PATH_SIZE - 1);
	a->goal.bundle = a->request->bundle;
	a->goal.ip_masq_config = ip_masq_config(a);
	a->goal.ip_masq = a->goal.ip_masq_config ? &a->ip_masq : NULL;
	err = path_format(path, sizeof(path), "%s/" MANIFEST_FILE, a->request->bundle);
	if (!err)
		err = digest_file(path, MANIFEST_MAX_BYTES, a->goal.bundle_sha256);
	if (err)
		return log_err(err, "read %s/" MANIFEST_FILE, a->request->bundle);
	return attach_mode_resolve(a->request->attach, &a->goal.attach);
}

static int compare(struct apply *a, const struct record *old, struct steps *plan,
		   struct record *next)
{
	const struct install_paths *paths = &a->request->paths;
	_cleanup_node_ struct node node = { 0 };
	int err;

	err = node_read(&a->goal, paths, a->nl, &node);
	if (!err)
		err = preflight_interfaces(&a->goal, &node, old);
	if (!err)
		err = preflight_routes(&a->goal, &node, a->nl);
	if (!err)
		err = preflight_nft(&a->goal, &node, old);
	if (!err)
		err = compare_record(&a->goal, &node, paths, old, next);
	if (!err)
		err = compare_plan(&a->goal, &node, old, paths, plan);
	return err;
}

/* Reads the node again: when nothing is left to do, `next` is the record of it. */
static int verify(struct apply *a, const struct record *before, struct record *next)
{
	_cleanup_steps_ struct steps plan = { 0 };
	_cleanup_record_ struct record done = { 0 };
	int err;

	record_fini(next);
	err = compare(a, before, &plan, next);
	if (err)
		return err;
	/* What the run was to take away is gone now: compare with the record that will be in force. */
	next->complete = true;
	steps_fini(&plan);
	err = compare(a, next, &plan, &done);
	if (!err && plan.count)
		return log_fail(-EIO, "the node does not stay as it was made: would again %s",
				plan.items[0].text);
	return err;
}

static int restore_record(struct apply *a)
{
	const struct install_paths *paths = &a->request->paths;

	return a->has_old ? record_write(paths, &a->old) : record_remove(paths);
}

static int write_services(const struct apply *a)
{
	const struct install_paths *paths = &a->request->paths;
	int err;

	if (!a->state.has_services)
		return 0;
	err = service_store_write(paths, a->state.services, a->state.service_count);
	return err ? err : service_store_end(paths);
}

/* Between the two writes of the record, whatever happens can be found by it. */
static int carry_out(struct apply *a, struct record *next)
{
	const struct install_paths *paths = &a->request->paths;
	_cleanup_record_ struct record before = { 0 };
	bool clean = true, is_written = false;
	int err;

	err = record_copy(next, &before);
	if (!err && a->has_old)
		err = record_merge(&before, &a->old);
	if (err)
		return log_err(err, "make a record");
	before.complete = false;
	err = record_write(paths, &before);
	if (!err && a->state.has_services)
		err = service_store_begin(paths);
	if (err)
		return err;
	err = steps_run(&a->plan, step_ops, &a->env, &clean);
	if (!err) {
		err = verify(a, &before, next);
		if (!err)
			err = record_write(paths, next);
		is_written = !err;
		if (!err)
			err = write_services(a);
		if (err)
			clean = steps_undo(&a->plan, step_ops, &a->env);
	}
	if (!err)
		return 0;
	if (clean && !restore_record(a) && !is_written && a->state.has_services)
		service_store_end(paths);
	if (!clean)
		log_warn("not all of it could be undone: repair the cause and run apply or remove");
	return err;
}

/* A record may change although the node need not: a bundle whose gaps read differently, a foreign program. */
static int refresh_record(struct apply *a, struct record *next)
{
	_cleanup_free_ char *old = NULL, *new = NULL;

	next->complete = true;
	record_sort(&a->old);
	record_sort(next);
	if (record_format(&a->old, &old) || record_format(next, &new))
		return log_err(-ENOMEM, "make a record");
	if (strcmp(old, new) && record_write(&a->request->paths, next))
		return -EIO;
	return write_services(a);
}

static int change_node(struct apply *a)
{
	const struct record *old = a->has_old ? &a->old : NULL;
	_cleanup_record_ struct record next = { 0 };
	int err;

	err = compare(a, old, &a->plan, &next);
	if (!err)
		err = preflight_plan(&a->plan);
	if (err || a->request->dry_run)
		return err;
	return a->plan.count ? carry_out(a, &next) : refresh_record(a, &next);
}

static int apply_locked(struct apply *a)
{
	int err;

	err = read_record(a);
	if (err)
		return err;
	err = rtnl_open(&a->nl);
	if (err)
		return log_err(err, "open a netlink socket");
	a->env.nl = a->nl;
	err = preflight_owner(a->nl);
	if (!err)
		err = preflight_needs(&a->manifest);
	if (!err)
		err = keep_endpoints(a);
	if (!err)
		err = keep_services(a);
	if (!err)
		err = make_goal(a);
	return err ? err : change_node(a);
}

static void apply_fini(struct apply *a)
{
	step_env_fini(&a->env);
	steps_fini(&a->plan);
	goal_fini(&a->goal);
	record_fini(&a->old);
	if (a->nl)
		rtnl_close(a->nl);
	ip_masq_fini(&a->ip_masq);
	state_fini(&a->state);
	manifest_fini(&a->manifest);
}

static int apply_with_lock(struct apply *a)
{
	const struct install_paths *paths = &a->request->paths;
	struct lock lock = { .fd = -1 };
	int err;

	err = preflight_process(paths);
	if (!err && !a->request->dry_run)
		err = lock_take(paths, &lock);
	if (!err && !a->request->dry_run)
		err = listener_reset(paths);
	if (!err)
		err = apply_locked(a);
	lock_release(paths, &lock, false);
	return err;
}

static int print_result(const struct apply *a)
{
	const struct install_request *request = a->request;
	const struct manifest *m = &a->manifest;
	int err;

	err = steps_print(&a->plan, step_ops, request->dry_run, request->format, stdout);
	if (err || !a->plan.count || request->dry_run || request->format != CLI_TEXT)
		return err;
	printf("applied: %s host routing, %s, %zu endpoint%s, %zu remote node%s\n",
	       m->host_routing ? "BPF" : "legacy", m->tunnel ? m->tunnel_protocol : "no tunnel",
	       a->state.endpoint_count, a->state.endpoint_count == 1 ? "" : "s",
	       a->state.remote_count, a->state.remote_count == 1 ? "" : "s");
	return 0;
}

int apply_run(const struct install_request *request)
{
	struct apply a = { .request = request };
	int status = EXIT_STATUS_OK;

	a.env.paths = &request->paths;
	a.env.goal = &a.goal;
	if (read_input(&a))
		status = EXIT_STATUS_INPUT;
	else if (apply_with_lock(&a) || print_result(&a))
		status = EXIT_STATUS_ENVIRONMENT;
	apply_fini(&a);
	return status;
}
