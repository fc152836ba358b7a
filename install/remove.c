// SPDX-License-Identifier: BSD-2-Clause
/* Everything of the record, of our routing protocol and of our pin directory, as steps that take it back. */
#include "install/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/actions.h"
#include "install/lock.h"
#include "install/maps.h"
#include "install/preflight.h"
#include "install/release.h"
#include "install/service_store.h"

static int plan_routes(struct rtnl *nl, struct steps *plan)
{
	struct rtnl_route *routes = NULL;
	size_t count = 0;
	int err = rtnl_route_list(nl, &routes, &count);

	for (size_t i = 0; !err && i < count; i++) {
		char dst[CIDR4_TEXT_MAX];

		steps_add(plan, STEP_DELETE_ROUTE, "delete route %s",
			  cidr4_text(routes[i].dst, dst))
			->route.route = routes[i];
	}
	free(routes);
	return err ? log_err(err, "read routes") : 0;
}

/* The pin of a link that a detach step takes away already. */
static bool is_recorded_link(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->point_count; i++) {
		const struct attach_point *point = &record->points[i].point;
		char link[64];

		snprintf(link, sizeof(link), "%s_%s", point->interface,
			 attach_direction_name(point->direction));
		if (!strcmp(link, name))
			return true;
	}
	return false;
}

static int plan_pins(const char *dir, const struct record *record, struct steps *plan)
{
	_cleanup_free_ char(*names)[64] = NULL;
	struct step *step;
	size_t count = 0;
	int err;

	err = pin_list(dir, &names, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (!is_recorded_link(record, names[i]))
			release_pin(dir, names[i], plan);
	}
	if (access(dir, F_OK))
		return 0;
	step = steps_add(plan, STEP_REMOVE_DIR, "remove %s", dir);
	snprintf(step->path, sizeof(step->path), "%s", dir);
	return 0;
}

/* Links first: without a record it is by their pins that attachments are found. */
static int plan_all_pins(const struct install_paths *paths, const struct record *record,
			 struct steps *plan)
{
	int err = plan_pins(paths->links, record, plan);

	if (!err)
		err = plan_pins(paths->progs, record, plan);
	if (!err)
		err = plan_pins(paths->pins, record, plan);
	return err;
}

static int make_plan(const struct install_paths *paths, struct rtnl *nl,
		     const struct record *record, struct steps *plan)
{
	struct release release = { .record = record };
	int err;

	release_attachments(&release, plan);
	err = plan_routes(nl, plan);
	if (!err)
		err = plan_all_pins(paths, record, plan);
	release_cgroup(&release, plan);
	release_devices(&release, plan);
	release_sysctls(&release, plan);
	release_clsacts(&release, plan);
	release_nft(&release, plan);
	return err;
}

/* Decides, and without --dry-run acts. plan is what was, or would be, done. */
static int remove_locked(const struct install_request *request, struct steps *plan)
{
	const struct install_paths *paths = &request->paths;
	_cleanup_record_ struct record record = { 0 };
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	_cleanup_step_env_ struct step_env env = { .paths = paths };
	int err;

	err = record_read(paths, &record);
	if (err && err != -ENOENT)
		return err;
	err = rtnl_open(&nl);
	if (err)
		return log_err(err, "open a netlink socket");
	env.nl = nl;
	err = make_plan(paths, nl, &record, plan);
	if (err || request->dry_run)
		return err;
	err = steps_run_all(plan, step_ops, &env);
	if (err)
		return log_fail(err,
				"not all could be removed: repair the cause and run remove again");
	err = record_remove(paths);
	return err ? err : service_store_remove(paths);
}

static int remove_with_lock(const struct install_request *request, struct steps *plan)
{
	struct lock lock = { .fd = -1 };
	int err;

	err = preflight_privileges();
	if (!err && !request->dry_run)
		err = lock_take(&request->paths, &lock);
	if (!err)
		err = remove_locked(request, plan);
	lock_release(&request->paths, &lock, true);
	return err;
}

int remove_run(const struct install_request *request)
{
	_cleanup_steps_ struct steps plan = { 0 };
	int err = remove_with_lock(request, &plan);

	if (!err)
		err = steps_print(&plan, step_ops, request->dry_run, request->format, stdout);
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}
