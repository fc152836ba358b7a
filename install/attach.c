// SPDX-License-Identifier: BSD-2-Clause
/* Puts programs on interfaces and takes them away, after a survey of what is there. */
#include "install/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/attach_pin.h"
#include "install/attach_survey.h"
#include "install/libbpf_log.h"
#include "install/rtnl.h"

#define LOOPBACK_IFINDEX 1 /* in every network namespace */

static struct bpf_tc_hook tc_hook(const struct attach_point *point)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = (int)point->ifindex,
		.attach_point = point->direction == ATTACH_INGRESS ? BPF_TC_INGRESS : BPF_TC_EGRESS,
	};
}

static int log_point(int err, const char *what, const struct attach_point *point)
{
	return log_err(err, "%s %s %s %s", what, point->program, point->interface,
		       attach_direction_name(point->direction));
}

/* Takes our tcx links away from number `first` on. */
static int clear_links(const struct attach_point *point, const struct attach_survey *s,
		       size_t first)
{
	int err = 0;

	for (size_t i = first; !err && i < s->own.count; i++)
		err = attach_link_detach(s->own.items[i].link_id);
	if (err)
		return log_point(err, "detach tcx link of", point);
	return !first && s->has_pin ? attach_pin_remove(s->pin_path) : 0;
}

static int clear_filter(const struct attach_point *point, const struct attach_survey *s)
{
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.handle = ATTACH_TC_HANDLE,
		.priority = ATTACH_TC_PRIORITY,
	};
	struct bpf_tc_hook hook = tc_hook(point);
	int err;

	if (!s->has_own_filter)
		return 0;
	err = bpf_tc_detach(&hook, &opts);
	if (err && err != -ENOENT && err != -ENODEV)
		return log_point(err, "detach tc filter of", point);
	return 0;
}

/* The link to keep, updated to prog_fd, or a new one. */
static int take_link(const struct attach_point *point, const struct attach_survey *s, int prog_fd,
		     int *out)
{
	_cleanup_close_ int fd = -1;
	int err;

	if (!s->own.count) {
		err = tcx_link_create(prog_fd, point->ifindex, attach_tcx_hook(point->direction),
				      out);
		return err ? log_point(err, "attach by tcx", point) : 0;
	}
	fd = bpf_link_get_fd_by_id(s->own.items[0].link_id);
	err = fd < 0 ? fd : bpf_link_update(fd, prog_fd, NULL);
	if (err)
		return log_point(err, "update tcx link of", point);
	*out = TAKE_FD(fd);
	return 0;
}

static int set_tcx(const char *links_dir, const struct attach_point *point,
		   const struct attach_survey *s, int prog_fd)
{
	_cleanup_close_ int fd = -1;
	int err;

	err = take_link(point, s, prog_fd, &fd);
	if (err)
		return err;
	if (!s->pin_is_live)
		err = attach_link_pin(links_dir, s->pin_path, s->has_pin, fd);
	if (err)
		return err;
	err = clear_links(point, s, 1);
	return err ? err : clear_filter(point, s);
}

/* -EEXIST is fine: somebody else created it meanwhile, and then it is not ours to remove. */
static int create_clsact(const struct attach_point *point, bool *created)
{
	struct bpf_tc_hook hook = tc_hook(point);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return log_point(err, "create clsact qdisc for", point);
	*created = !err;
	return 0;
}

static int set_filter(const struct attach_point *point, int prog_fd)
{
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.prog_fd = prog_fd,
		.flags = BPF_TC_F_REPLACE,
		.handle = ATTACH_TC_HANDLE,
		.priority = ATTACH_TC_PRIORITY,
	};
	struct bpf_tc_hook hook = tc_hook(point);
	int err = bpf_tc_attach(&hook, &opts);

	return err ? log_point(err, "attach by tc", point) : 0;
}

static int set_tc(const struct attach_point *point, const struct attach_survey *s, int prog_fd,
		  bool *created_clsact)
{
	int err;

	if (s->filter_is_blocked)
		return log_fail(-EBUSY,
				"attach by tc %s %s %s: a filter of another owner holds "
				"priority %u; move it to another priority",
				point->program, point->interface,
				attach_direction_name(point->direction), ATTACH_TC_PRIORITY);
	if (!s->has_clsact) {
		err = create_clsact(point, created_clsact);
		if (err)
			return err;
	}
	err = set_filter(point, prog_fd);
	if (!err)
		return clear_links(point, s, 0);
	if (*created_clsact && !attach_clsact_remove(point->ifindex, point->interface))
		*created_clsact = false;
	return err;
}

/* Filters on either side, of anybody: 1, 0 or a negative errno. */
static int has_filters(struct rtnl *nl, unsigned int ifindex)
{
	static const uint32_t sides[] = { TC_H_MIN_INGRESS, TC_H_MIN_EGRESS };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		_cleanup_free_ struct rtnl_filter *filters = NULL;
		size_t count = 0;
		int err = rtnl_filter_list(nl, ifindex, sides[i], &filters, &count);

		if (err)
			return err;
		found = found || count;
	}
	return found;
}

int attach_mode_resolve(enum attach_mode wanted, enum attach_mode *out)
{
	struct tcx_list list;
	int err;

	if (wanted == ATTACH_TC) {
		*out = ATTACH_TC;
		return 0;
	}
	err = tcx_query(LOOPBACK_IFINDEX, TCX_INGRESS, &list);
	if (err == -EOPNOTSUPP && wanted == ATTACH_TCX)
		return log_fail(err, "attach by tcx: this kernel has no tcx (6.6 and later do); "
				     "use tc");
	if (err && err != -EOPNOTSUPP && err != -ENODEV)
		return log_err(err, "ask the kernel for tcx");
	*out = err == -EOPNOTSUPP ? ATTACH_TC : ATTACH_TCX;
	return 0;
}

int attach_query(const char *links_dir, const struct attach_point *point, struct attach_status *out)
{
	struct attach_survey s;
	size_t held;
	int err;

	err = attach_survey(links_dir, point, &s);
	if (err)
		return err;
	held = s.own.count + s.has_own_filter;
	*out = (struct attach_status){
		.is_attached = held > 0,
		.mode = s.own.count ? ATTACH_TCX : ATTACH_TC,
		.prog_id = s.own.count ? s.own.items[0].prog_id : s.filter_prog_id,
		.needs_repair = held > 1 || (held && s.has_pin != (s.own.count > 0)) ||
				(held && s.has_pin != s.pin_is_live),
		.has_clsact = s.has_clsact,
		.foreign = s.foreign,
	};
	return 0;
}

int attach_set(const char *links_dir, const struct attach_point *point, enum attach_mode mode,
	       int prog_fd, bool *created_clsact)
{
	struct attach_survey s;
	int err;

	log_capture_libbpf();
	*created_clsact = false;
	err = attach_mode_resolve(mode, &mode);
	if (err)
		return err;
	err = attach_survey(links_dir, point, &s);
	if (err)
		return err;
	if (mode == ATTACH_TCX)
		return set_tcx(links_dir, point, &s, prog_fd);
	return set_tc(point, &s, prog_fd, created_clsact);
}

int attach_clear(const char *links_dir, const struct attach_point *point)
{
	struct attach_survey s;
	int err;

	log_capture_libbpf();
	err = attach_survey(links_dir, point, &s);
	if (err)
		return err;
	err = clear_links(point, &s, 0);
	return err ? err : clear_filter(point, &s);
}

int attach_clsact_remove(unsigned int ifindex, const char *interface)
{
	struct bpf_tc_hook hook = {
		.sz = sizeof(hook),
		.ifindex = (int)ifindex,
		.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS,
	};
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	int ret;

	log_capture_libbpf();
	ret = rtnl_open(&nl);
	if (ret)
		return log_err(ret, "open a netlink socket");
	ret = rtnl_clsact_has(nl, ifindex);
	if (ret == -ENODEV || ret == 0)
		return 0;
	if (ret > 0)
		ret = has_filters(nl, ifindex);
	if (ret < 0)
		return log_err(ret, "list tc filters of %s", interface);
	if (ret > 0) {
		log_debug("clsact qdisc of %s has filters of others: left", interface);
		return 0;
	}
	ret = bpf_tc_hook_destroy(&hook);
	if (ret && ret != -ENOENT && ret != -ENODEV)
		return log_err(ret, "remove clsact qdisc of %s", interface);
	return 0;
}

const char *attach_mode_name(enum attach_mode mode)
{
	static const char *const names[] = {
		[ATTACH_AUTO] = "auto",
		[ATTACH_TCX] = "tcx",
		[ATTACH_TC] = "tc",
		[ATTACH_CGROUP] = "link",
	};

	return names[mode];
}

const char *attach_direction_name(enum attach_direction direction)
{
	static const char *const names[ATTACH_DIRECTION__COUNT] = {
		[ATTACH_INGRESS] = "ingress",		[ATTACH_EGRESS] = "egress",
		[ATTACH_CONNECT4] = "connect4",		[ATTACH_CONNECT6] = "connect6",
		[ATTACH_SENDMSG4] = "sendmsg4",		[ATTACH_RECVMSG4] = "recvmsg4",
		[ATTACH_RECVMSG6] = "recvmsg6",		[ATTACH_GETPEERNAME4] = "getpeername4",
		[ATTACH_GETPEERNAME6] = "getpeername6", [ATTACH_POST_BIND4] = "post_bind4",
		[ATTACH_POST_BIND6] = "post_bind6",
	};

	return names[direction];
}

bool attach_direction_find(const char *name, enum attach_direction *out)
{
	for (int d = 0; d < ATTACH_DIRECTION__COUNT; d++) {
		if (!strcmp(name, attach_direction_name((enum attach_direction)d))) {
			*out = (enum attach_direction)d;
			return true;
		}
	}
	return false;
}
