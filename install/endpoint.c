// SPDX-License-Identifier: BSD-2-Clause
/* One endpoint in and out. The record is written before the first change of an add and after the last of a del. */
#include "install/endpoint.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/hooks.h"
#include "install/actions.h"
#include "install/conf.h"
#include "install/goal.h"
#include "install/lock.h"
#include "install/maps.h"
#include "install/preflight.h"
#include "install/record.h"
#include "install/release.h"

/* What one command works with. */
struct endpoint_job {
	const struct install_request *request;
	struct rtnl *nl;
	struct record old, next; /* owned */
	struct rtnl_link link; /* of the interface */
	struct steps plan; /* owned */
	struct step_env env;
};

static int check_interface(struct endpoint_job *job)
{
	const char *name = job->request->interface;
	int err = rtnl_link_get(job->nl, name, &job->link);

	if (err == -ENODEV || err == -EINVAL)
		return log_fail(-ENODEV, "there is no interface %s on this node", name);
	if (err)
		return log_err(err, "look up interface %s", name);
	if (strcmp(job->link.kind, "veth"))
		return log_fail(-EINVAL, "interface %s is not a veth", name);
	if (record_has_device(&job->old, name))
		return log_fail(-EINVAL, "interface %s is hrinstall's own", name);
	return 0;
}

static int check_address(const struct endpoint_job *job)
{
	const struct record *record = &job->old;
	uint32_t ip = job->request->ip;
	char text[IPV4_TEXT_MAX], cidr[CIDR4_TEXT_MAX];

	if ((ip & cidr4_mask(record->pod_cidr.len)) != record->pod_cidr.addr)
		return log_fail(-EINVAL, "--ip %s is outside of this node's pod CIDR %s",
				ipv4_text(ip, text), cidr4_text(record->pod_cidr, cidr));
	if (ip == record->router_ip || ip == record->node_ip)
		return log_fail(-EINVAL, "--ip %s is the node's own address", ipv4_text(ip, text));
	return 0;
}

static void forget_interface(struct endpoint_job *job, const char *interface)
{
	struct release release = { .record = &job->old, .interface = interface };

	release_attachments(&release, &job->plan);
	record_forget_interface(&job->next, interface);
}

/* What another endpoint holds is refused; what only the record still holds is forgotten. */
static int check_point(struct endpoint_job *job, const struct record_point *point)
{
	const struct install_request *request = job->request;
	bool same_interface = !strcmp(point->point.interface, request->interface);
	char ip[IPV4_TEXT_MAX];
	struct rtnl_link link;

	if (!same_interface && point->ip != request->ip)
		return 0;
	if (same_interface && !point->ip)
		return log_fail(-EBUSY, "interface %s is a device of the node", request->interface);
	if (rtnl_link_get(job->nl, point->point.interface, &link) ||
	    link.ifindex != point->point.ifindex) {
		forget_interface(job, point->point.interface);
		return 0;
	}
	if (!same_interface)
		return log_fail(-EBUSY, "%s belongs to interface %s: delete that endpoint first",
				ipv4_text(point->ip, ip), point->point.interface);
	if (point->ip != request->ip)
		return log_fail(-EBUSY, "interface %s belongs to endpoint %s: delete that first",
				request->interface, ipv4_text(point->ip, ip));
	return 0;
}

static int plan_sysctls(struct endpoint_job *job)
{
	struct step_sysctls s = { .ifindex = job->link.ifindex };
	int err = 0;

	memcpy(s.interface, job->link.name, sizeof(s.interface));
	for (size_t i = 0; !err && i < SYSCTL__COUNT; i++) {
		const struct sysctl_def *def = &sysctl_defs[i];
		struct record_sysctl entry = { .ifindex = job->link.ifindex, .set = def->value };

		if (!(def->roles & ROLE_ENDPOINT))
			continue;
		err = conf_read(job->link.name, def->name, &entry.old);
		if (err || entry.old == def->value)
			continue;
		steps_sysctl_item(&s, def->name, def->value);
		if (record_find_sysctl(&job->next, job->link.name, 0, def->name))
			continue;
		memcpy(entry.interface, job->link.name, sizeof(entry.interface));
		snprintf(entry.name, sizeof(entry.name), "%s", def->name);
		err = record_add_sysctl(&job->next, &entry);
		if (err)
			log_err(err, "make a record");
	}
	steps_sysctls(&job->plan, &s);
	return err;
}

static int plan_change(struct endpoint_job *job, const struct table_entry *want,
		       const struct table_entry *have)
{
	struct table_diff diff;
	char text[128];
	struct step *step;

	if (table_diff_entry(want, have, &diff))
		return log_err(-ENOMEM, "compare map entries");
	if (!diff.count) {
		table_diff_fini(&diff);
		return 0;
	}
	table_diff_text(&diff, TABLE_ENDPOINTS, text, sizeof(text));
	step = steps_add(&job->plan, STEP_WRITE_TABLE, "write map %s", text);
	step->table = (struct step_table){ .id = TABLE_ENDPOINTS, .diff = diff };
	if (step == &job->plan.spare)
		table_diff_fini(&diff);
	return 0;
}

/* want: the wanted entry, or NULL for none. */
static int plan_entry(struct endpoint_job *job, const struct table_entry *want)
{
	const char *map = table_defs[TABLE_ENDPOINTS].map;
	_cleanup_close_ int fd = -1;
	struct table_entry have;
	int err;

	err = pin_open(job->request->paths.pins, map, &fd);
	if (err == -ENOENT && !want)
		return 0;
	if (err)
		return err == -ENOENT ? log_fail(err, "map %s is not pinned: run apply again", map)
				      : err;
	err = map_lookup(fd, TABLE_ENDPOINTS, &job->request->ip, &have);
	if (err && err != -ENOENT)
		return log_err(err, "read map %s", map);
	return plan_change(job, want, err ? NULL : &have);
}

static int plan_own_entry(struct endpoint_job *job)
{
	const struct install_request *request = job->request;
	struct endpoint ep = { .ip = request->ip, .identity = request->identity };
	struct table_link link = { .ifindex = job->link.ifindex };
	struct table_entry want = { 0 };
	struct hr_endpoint value;

	memcpy(ep.mac, request->mac, sizeof(ep.mac));
	memcpy(link.mac, job->link.mac, sizeof(link.mac));
	endpoint_value(&ep, &link, &value);
	memcpy(want.key, &request->ip, sizeof(request->ip));
	memcpy(want.value, &value, sizeof(value));
	return plan_entry(job, &want);
}

static int plan_attach(struct endpoint_job *job, const struct record_point *wanted,
		       uint32_t prog_id)
{
	enum attach_mode mode = job->old.attach;
	struct record_point point = *wanted;
	struct attach_status status;
	struct step *step;
	int err;

	err = attach_query(job->request->paths.links, &point.point, &status);
	if (err)
		return err;
	if (!record_find_point(&job->next, point.point.interface, point.point.direction)) {
		point.foreign = status.foreign;
		point.created_clsact = mode == ATTACH_TC && !status.has_clsact;
		err = record_add_point(&job->next, &point);
		if (err)
			return log_err(err, "make a record");
	}
	if (status.is_attached && !status.needs_repair && status.mode == mode &&
	    status.prog_id == prog_id)
		return 0;
	step = steps_add(&job->plan, STEP_ATTACH, "attach %s to %s %s (%s)", point.point.program,
			 point.point.interface, attach_direction_name(point.point.direction),
			 attach_mode_name(mode));
	step->attach.point = point.point;
	step->attach.mode = mode;
	return 0;
}

/* One hook of the datapath, if it is one for endpoints and apply has pinned its program. */
static int plan_hook(struct endpoint_job *job, const struct hook_def *hook)
{
	struct record_point point = { .ip = job->request->ip };
	_cleanup_close_ int fd = -1;
	struct program_info info;
	int err;

	if (strcmp(hook->interface, "endpoint"))
		return 0;
	err = pin_open(job->request->paths.progs, hook->program, &fd);
	if (err)
		return err == -ENOENT ? log_fail(err, "program %s is not pinned: run apply again",
						 hook->program)
				      : err;
	err = program_describe(fd, &info);
	if (err)
		return log_err(err, "describe program %s", hook->program);
	memcpy(point.point.interface, job->link.name, sizeof(point.point.interface));
	snprintf(point.point.program, sizeof(point.point.program), "%s", hook->program);
	point.point.ifindex = job->link.ifindex;
	point.point.direction = !strcmp(hook->direction, attach_direction_name(ATTACH_EGRESS))
					? ATTACH_EGRESS
					: ATTACH_INGRESS;
	return plan_attach(job, &point, info.id);
}

static int plan_add(struct endpoint_job *job)
{
	int err = 0;

	for (size_t i = 0; !err && i < job->old.point_count; i++)
		err = check_point(job, &job->old.points[i]);
	if (!err)
		err = plan_sysctls(job);
	if (!err)
		err = plan_own_entry(job);
	for (size_t i = 0; !err && i < HOOK__COUNT; i++)
		err = plan_hook(job, &hook_defs[i]);
	return err;
}

static int run_add(struct endpoint_job *job)
{
	const struct install_paths *paths = &job->request->paths;
	bool clean = true;
	int err;

	err = record_write_endpoint(paths, &job->next, &job->old);
	if (err)
		return err;
	err = steps_run(&job->plan, step_ops, &job->env, &clean);
	if (err && clean)
		record_write_endpoint(paths, &job->old, &job->next);
	return err;
}

static int job_open(struct endpoint_job *job)
{
	int err = rtnl_open(&job->nl);

	job->env.nl = job->nl;
	job->env.paths = &job->request->paths;
	if (err)
		return log_err(err, "open a netlink socket");
	err = record_copy(&job->old, &job->next);
	return err ? log_err(err, "make a record") : 0;
}

static void job_fini(struct endpoint_job *job)
{
	steps_fini(&job->plan);
	step_env_fini(&job->env);
	record_fini(&job->old);
	record_fini(&job->next);
	if (job->nl)
		rtnl_close(job->nl);
}

/* An enum exit_status. */
static int add_locked(struct endpoint_job *job)
{
	const struct install_request *request = job->request;
	int err = record_read_endpoint(&request->paths, request->interface, request->ip, &job->old);

	if (err == -ENOENT)
		log_fail(err, "nothing is applied on this node: run hrinstall apply first");
	else if (!err && !job->old.complete)
		err = log_fail(-EAGAIN, "the last apply did not end: run hrinstall apply again");
	else if (!err && request->attach != ATTACH_AUTO && request->attach != job->old.attach)
		err = log_fail(-EINVAL, "this node was applied with --attach %s",
			       attach_mode_name(job->old.attach));
	if (err)
		return EXIT_STATUS_ENVIRONMENT;
	if (check_address(job))
		return EXIT_STATUS_INPUT;
	err = job_open(job);
	if (!err)
		err = check_interface(job);
	if (!err)
		err = plan_add(job);
	if (!err && job->plan.count)
		err = run_add(job);
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}

static int plan_del(struct endpoint_job *job)
{
	for (size_t i = 0; i < job->old.point_count; i++) {
		const struct record_point *point = &job->old.points[i];
		struct release release = { .record = &job->old,
					   .interface = point->point.interface };

		if (point->ip != job->request->ip)
			continue;
		release_attachments(&release, &job->plan);
		release_sysctls(&release, &job->plan);
		release_clsacts(&release, &job->plan);
		record_forget_interface(&job->next, point->point.interface);
		return plan_entry(job, NULL);
	}
	return 0;
}

/* An enum exit_status. */
static int del_locked(struct endpoint_job *job)
{
	int err = record_read_endpoint(&job->request->paths, NULL, job->request->ip, &job->old);

	if (err && err != -ENOENT)
		return EXIT_STATUS_ENVIRONMENT;
	err = job_open(job);
	if (!err)
		err = plan_del(job);
	if (!err && job->plan.count) {
		err = steps_run_all(&job->plan, step_ops, &job->env);
		if (!err)
			err = record_write_endpoint(&job->request->paths, &job->next, &job->old);
	}
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}

static int run_locked(const struct install_request *request, int (*run)(struct endpoint_job *job))
{
	struct endpoint_job job = { .request = request };
	struct lock lock = { .fd = -1 };
	int status = EXIT_STATUS_ENVIRONMENT;

	if (!preflight_process(&request->paths) && !lock_take(&request->paths, &lock))
		status = run(&job);
	lock_release(&request->paths, &lock, false);
	if (status == EXIT_STATUS_OK &&
	    steps_print(&job.plan, step_ops, false, request->format, stdout))
		status = EXIT_STATUS_ENVIRONMENT;
	job_fini(&job);
	return status;
}

int endpoint_add(const struct install_request *request)
{
	return run_locked(request, add_locked);
}

int endpoint_del(const struct install_request *request)
{
	return run_locked(request, del_locked);
}
