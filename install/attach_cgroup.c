// SPDX-License-Identifier: BSD-2-Clause
/* Puts programs at a cgroup and takes them away, after asking the kernel what is there. */
#include "install/attach_cgroup.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/attach_own.h"
#include "install/attach_pin.h"
#include "install/cgroup_mount.h"
#include "install/libbpf_log.h"

#define MAX_PROGRAMS 64 /* the kernel's BPF_CGROUP_MAX_PROGS */

struct survey {
	char pin_path[PATH_MAX];
	bool has_pin; /* something is pinned there */
	uint32_t
		pin_link_id; /* of our link at this place; 0: none, or what is pinned is elsewhere */
	int fd; /* of the cgroup, -1 when there is none; owned */
	uint64_t id; /* of the cgroup */
	enum bpf_attach_type type;
	uint32_t prog_id; /* of our first link */
	uint32_t links[MAX_PROGRAMS]; /* ids of ours, the pinned one first */
	size_t count;
	unsigned int foreign;
};

static void survey_fini(struct survey *s)
{
	if (s->fd >= 0)
		close(s->fd);
}

#define _cleanup_survey_ __attribute__((cleanup(survey_fini)))

static enum bpf_attach_type attach_type(enum attach_direction direction)
{
	static const enum bpf_attach_type types[ATTACH_DIRECTION__COUNT] = {
		[ATTACH_CONNECT4] = BPF_CGROUP_INET4_CONNECT,
		[ATTACH_CONNECT6] = BPF_CGROUP_INET6_CONNECT,
		[ATTACH_SENDMSG4] = BPF_CGROUP_UDP4_SENDMSG,
		[ATTACH_RECVMSG4] = BPF_CGROUP_UDP4_RECVMSG,
		[ATTACH_RECVMSG6] = BPF_CGROUP_UDP6_RECVMSG,
		[ATTACH_GETPEERNAME4] = BPF_CGROUP_INET4_GETPEERNAME,
		[ATTACH_GETPEERNAME6] = BPF_CGROUP_INET6_GETPEERNAME,
		[ATTACH_POST_BIND4] = BPF_CGROUP_INET4_POST_BIND,
		[ATTACH_POST_BIND6] = BPF_CGROUP_INET6_POST_BIND,
	};

	return types[direction];
}

static int log_point(int err, const char *what, const char *cgroup,
		     const struct attach_point *point)
{
	return log_err(err, "%s %s at cgroup %s", what, point->program, cgroup);
}

/* Its directory's inode is the cgroup's id. */
static int open_cgroup(const char *dir, struct survey *s)
{
	struct stat st;
	int ret;

	ret = cgroup_is_mounted(dir);
	if (ret <= 0)
		return ret;
	s->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return -errno;
	s->id = st.st_ino;
	return 0;
}

static int link_info(int fd, struct bpf_link_info *info)
{
	uint32_t len = sizeof(*info);

	*info = (struct bpf_link_info){ 0 };
	return bpf_obj_get_info_by_fd(fd, info, &len);
}

static bool is_here(const struct survey *s, const struct bpf_link_info *info)
{
	return s->fd >= 0 && info->type == BPF_LINK_TYPE_CGROUP &&
	       info->cgroup.cgroup_id == s->id && info->cgroup.attach_type == s->type;
}

static void add_own(struct survey *s, const struct bpf_link_info *info)
{
	if (!s->count)
		s->prog_id = info->prog_id;
	s->links[s->count++] = info->id;
}

static int survey_pin(struct survey *s)
{
	_cleanup_close_ int fd = -1;
	struct bpf_link_info info;
	int err;

	fd = bpf_obj_get(s->pin_path);
	if (fd == -ENOENT)
		return 0;
	err = fd < 0 ? fd : link_info(fd, &info);
	if (err)
		return err;
	s->has_pin = true;
	if (is_here(s, &info)) {
		s->pin_link_id = info.id;
		add_own(s, &info);
	}
	return 0;
}

/* Our links here that are not pinned. The kernel lists programs of a cgroup, not links, so all there are are asked. */
static int survey_links(const char *program, struct survey *s)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		_cleanup_close_ int fd = bpf_link_get_fd_by_id(id);
		struct bpf_link_info info;
		int own;

		if (fd < 0 || link_info(fd, &info) || !is_here(s, &info) || id == s->pin_link_id)
			continue;
		own = program_is_own(info.prog_id, program, ATTACH_CGROUP_MAP);
		if (own < 0)
			return own;
		if (own && s->count < MAX_PROGRAMS)
			add_own(s, &info);
	}
	return 0;
}

static int survey_programs(const char *program, struct survey *s)
{
	uint32_t ids[MAX_PROGRAMS] = { 0 }, count = MAX_PROGRAMS, own_count = 0;
	int err;

	if (s->fd < 0)
		return 0;
	err = bpf_prog_query(s->fd, s->type, 0, NULL, ids, &count);
	if (err)
		return err;
	for (uint32_t i = 0; i < count; i++) {
		int own = program_is_own(ids[i], program, ATTACH_CGROUP_MAP);

		if (own < 0)
			return own;
		own_count += (uint32_t)own;
	}
	err = own_count > s->count ? survey_links(program, s) : 0;
	s->foreign = count > s->count ? count - (unsigned int)s->count : 0;
	return err;
}

static int survey(const char *links_dir, const char *cgroup, const struct attach_point *point,
		  struct survey *out)
{
	int err;

	*out = (struct survey){ .fd = -1, .type = attach_type(point->direction) };
	err = path_format(out->pin_path, sizeof(out->pin_path), "%s/" ATTACH_CGROUP_NAME "_%s",
			  links_dir, attach_direction_name(point->direction));
	if (!err)
		err = open_cgroup(cgroup, out);
	if (!err)
		err = survey_pin(out);
	if (!err)
		err = survey_programs(point->program, out);
	return err ? log_point(err, "look for", cgroup, point) : 0;
}

/* Takes our links away from number `first` on. */
static int clear_links(const char *cgroup, const struct attach_point *point, const struct survey *s,
		       size_t first)
{
	int err = 0;

	for (size_t i = first; !err && i < s->count; i++)
		err = attach_link_detach(s->links[i]);
	return err ? log_point(err, "detach", cgroup, point) : 0;
}

/* The link to keep, updated to prog_fd, or a new one. */
static int take_link(const struct survey *s, int prog_fd, int *out)
{
	_cleanup_close_ int fd = -1;
	int err;

	if (!s->count) {
		*out = bpf_link_create(prog_fd, s->fd, s->type, NULL);
		return *out < 0 ? *out : 0;
	}
	fd = bpf_link_get_fd_by_id(s->links[0]);
	err = fd < 0 ? fd : bpf_link_update(fd, prog_fd, NULL);
	if (!err)
		*out = TAKE_FD(fd);
	return err;
}

int attach_cgroup_query(const char *links_dir, const char *cgroup, const struct attach_point *point,
			struct attach_status *out)
{
	_cleanup_survey_ struct survey s = { .fd = -1 };
	int err = survey(links_dir, cgroup, point, &s);

	if (err)
		return err;
	*out = (struct attach_status){
		.is_attached = s.count > 0,
		.mode = ATTACH_CGROUP,
		.prog_id = s.prog_id,
		.needs_repair = s.count > 1 || (s.count && !s.pin_link_id),
		.foreign = s.foreign,
	};
	return 0;
}

int attach_cgroup_set(const char *links_dir, const char *cgroup, const struct attach_point *point,
		      int prog_fd)
{
	_cleanup_survey_ struct survey s = { .fd = -1 };
	_cleanup_close_ int fd = -1;
	int err;

	log_capture_libbpf();
	err = survey(links_dir, cgroup, point, &s);
	if (err)
		return err;
	err = s.fd < 0 ? -ENOENT : take_link(&s, prog_fd, &fd);
	/* What the kernel says where somebody attached a program that wants to be the only one. */
	if (err == -EPERM && !s.count)
		return log_fail(
			err,
			"attach %s at cgroup %s: not allowed, or a program of another owner "
			"there lets no other be attached",
			point->program, cgroup);
	if (err)
		return log_point(err, "attach", cgroup, point);
	err = s.pin_link_id ? 0 : attach_link_pin(links_dir, s.pin_path, s.has_pin, fd);
	return err ? err : clear_links(cgroup, point, &s, 1);
}

int attach_cgroup_clear(const char *links_dir, const char *cgroup, const struct attach_point *point)
{
	_cleanup_survey_ struct survey s = { .fd = -1 };
	int err;

	log_capture_libbpf();
	err = survey(links_dir, cgroup, point, &s);
	if (!err)
		err = clear_links(cgroup, point, &s, 0);
	return err || !s.has_pin ? err : attach_pin_remove(s.pin_path);
}
