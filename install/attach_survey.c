// SPDX-License-Identifier: BSD-2-Clause
/* Asks the kernel what is on an attach point: tcx programs, clsact filters, and the pin of our link. */
#include "install/attach_survey.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/attach_own.h"
#include "install/rtnl.h"

/* bpffs takes no dots in names, interfaces do ("eth0.100"). */
static int encode_name(const char *interface, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	for (const char *p = interface; *p; p++) {
		if (*p == '.' || *p == '%')
			buf_printf(&b, "%%%02x", (unsigned char)*p);
		else
			buf_append(&b, p, 1);
	}
	return buf_take(&b, out);
}

static int fill_pin_path(const char *links_dir, const struct attach_point *point,
			 struct attach_survey *s)
{
	_cleanup_free_ char *name = NULL;
	int err;

	err = encode_name(point->interface, &name);
	if (err)
		return err;
	return path_format(s->pin_path, sizeof(s->pin_path), "%s/%s_%s", links_dir, name,
			   attach_direction_name(point->direction));
}

static int survey_pin(struct attach_survey *s)
{
	_cleanup_close_ int fd = -1;
	int err;

	fd = bpf_obj_get(s->pin_path);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return log_err(fd, "read pin %s", s->pin_path);
	s->has_pin = true;
	err = tcx_link_id(fd, &s->pin_link_id);
	return err && err != -EINVAL ? log_err(err, "read pin %s", s->pin_path) : 0;
}

/* 1, 0 or a negative errno. */
static int link_is_own(const struct attach_survey *s, const struct tcx_program *p, const char *name)
{
	if (!p->link_id)
		return 0;
	return p->link_id == s->pin_link_id ? 1 : program_is_own(p->prog_id, name, ATTACH_OWN_MAP);
}

/* The pinned link goes first, because it is the one to keep. */
static void add_own_link(struct attach_survey *s, struct tcx_program p)
{
	struct tcx_program first = s->own.items[0];

	if (p.link_id != s->pin_link_id) {
		s->own.items[s->own.count++] = p;
		return;
	}
	s->pin_is_live = true;
	s->own.items[s->own.count++] = first;
	s->own.items[0] = p;
}

static int survey_tcx(const struct attach_point *point, struct attach_survey *s)
{
	struct tcx_list list;
	int err, own;

	err = tcx_query(point->ifindex, attach_tcx_hook(point->direction), &list);
	if (err == -EOPNOTSUPP || err == -ENODEV)
		return 0;
	if (err)
		return err;
	for (size_t i = 0; i < list.count; i++) {
		own = link_is_own(s, &list.items[i], point->program);
		if (own < 0)
			return own;
		if (own)
			add_own_link(s, list.items[i]);
		else
			s->foreign++;
	}
	return 0;
}

/* Filters of one priority share classifier and protocol, so one of another sort keeps ours out. */
static bool filter_shares_priority(const struct rtnl_filter *f)
{
	return !f->chain && f->priority == ATTACH_TC_PRIORITY;
}

static bool filter_is_like_ours(const struct rtnl_filter *f)
{
	return !strcmp(f->kind, "bpf") && f->protocol == ETH_P_ALL;
}

static int survey_filter(const struct rtnl_filter *f, const char *name, struct attach_survey *s)
{
	bool has_slot = filter_shares_priority(f) && filter_is_like_ours(f) &&
			f->handle == ATTACH_TC_HANDLE;
	int own = has_slot ? program_is_own(f->prog_id, name, ATTACH_OWN_MAP) : 0;

	if (own < 0)
		return own;
	if (own) {
		s->has_own_filter = true;
		s->filter_prog_id = f->prog_id;
		return 0;
	}
	if (f->handle)
		s->foreign++;
	if (filter_shares_priority(f) && (has_slot || !filter_is_like_ours(f)))
		s->filter_is_blocked = true;
	return 0;
}

static int survey_clsact(const struct attach_point *point, struct attach_survey *s)
{
	uint32_t side = point->direction == ATTACH_INGRESS ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	_cleanup_free_ struct rtnl_filter *filters = NULL;
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	size_t count = 0;
	int err;

	err = rtnl_open(&nl);
	if (err)
		return err;
	err = rtnl_clsact_has(nl, point->ifindex);
	if (err == -ENODEV)
		return 0;
	if (err < 0)
		return err;
	s->has_clsact = err;
	/* Filters can also sit on a plain "ingress" qdisc, so ask without a clsact, too. */
	err = rtnl_filter_list(nl, point->ifindex, side, &filters, &count);
	for (size_t i = 0; !err && i < count; i++)
		err = survey_filter(&filters[i], point->program, s);
	return err;
}

enum tcx_hook attach_tcx_hook(enum attach_direction direction)
{
	return direction == ATTACH_INGRESS ? TCX_INGRESS : TCX_EGRESS;
}

int attach_survey(const char *links_dir, const struct attach_point *point,
		  struct attach_survey *out)
{
	const char *direction = attach_direction_name(point->direction);
	int err;

	*out = (struct attach_survey){ 0 };
	err = fill_pin_path(links_dir, point, out);
	if (err)
		return log_err(err, "pin of %s %s under %s", point->interface, direction,
			       links_dir);
	err = survey_pin(out);
	if (err)
		return err;
	err = survey_tcx(point, out);
	if (err)
		return log_err(err, "list tcx programs of %s %s", point->interface, direction);
	err = survey_clsact(point, out);
	if (err)
		return log_err(err, "list tc filters of %s %s", point->interface, direction);
	return 0;
}
