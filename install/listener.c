// SPDX-License-Identifier: BSD-2-Clause
/* The lock and the flag of the one listener. */
#include "install/listener.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "install/maps.h"

#define MAP_MONITOR "hr_monitor"
#define MAP_EVENTS "hr_events"
#define MAP_LOST "hr_events_lost"

/* A listener_reset() elsewhere holds the lock for a moment. */
#define LOCK_TRIES 10
#define LOCK_PAUSE_MS 20

/* -EWOULDBLOCK when another one has it, -ENOENT when there is no such directory; not logged. */
static int lock_pins(const struct install_paths *paths, int *out)
{
	_cleanup_close_ int fd = -1;

	fd = open(paths->pins, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	*out = TAKE_FD(fd);
	return 0;
}

static int lock_wait(const struct install_paths *paths, int *out)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };
	int err = lock_pins(paths, out);

	for (int i = 1; err == -EWOULDBLOCK && i < LOCK_TRIES; i++) {
		nanosleep(&pause, NULL);
		err = lock_pins(paths, out);
	}
	return err;
}

static int set_flag(int fd, bool listens)
{
	const struct hr_monitor value = { .listens = listens };

	if (bpf_map_update_elem(fd, &(uint32_t){ 0 }, &value, BPF_ANY)) {
		int err = -errno;

		return log_err(err, "switch events %s", listens ? "on" : "off");
	}
	return 0;
}

int listener_open(const struct install_paths *paths, struct listener *out)
{
	int err;

	*out = (struct listener)LISTENER_NONE;
	err = lock_wait(paths, &out->lock_fd);
	if (err == -EWOULDBLOCK)
		return log_fail(-EBUSY, "another hrinstall monitor is running on this node");
	if (err && err != -ENOENT)
		return log_err(err, "lock %s", paths->pins);
	err = err ?: pin_open(paths->pins, MAP_MONITOR, &out->monitor_fd);
	err = err ?: pin_open(paths->pins, MAP_EVENTS, &out->events_fd);
	err = err ?: pin_open(paths->pins, MAP_LOST, &out->lost_fd);
	return err == -ENOENT ? log_fail(err, "nothing that sends events is applied on this node")
			      : err;
}

int listener_start(const struct listener *listener)
{
	return set_flag(listener->monitor_fd, true);
}

int listener_stop(const struct listener *listener)
{
	return set_flag(listener->monitor_fd, false);
}

static int sum_lost(int fd, uint64_t *out)
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ uint64_t *values = NULL;

	if (cpus <= 0)
		return cpus ? cpus : -EINVAL;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &(uint32_t){ 0 }, values))
		return -errno;
	*out = 0;
	for (int cpu = 0; cpu < cpus; cpu++)
		*out += values[cpu];
	return 0;
}

int listener_lost(const struct listener *listener, uint64_t *out)
{
	int err = sum_lost(listener->lost_fd, out);

	return err ? log_err(err, "read map " MAP_LOST) : 0;
}

void listener_close(struct listener *listener)
{
	cleanup_close(&listener->monitor_fd);
	cleanup_close(&listener->events_fd);
	cleanup_close(&listener->lost_fd);
	cleanup_close(&listener->lock_fd);
	*listener = (struct listener)LISTENER_NONE;
}

int listener_reset(const struct install_paths *paths)
{
	_cleanup_close_ int map = -1, lock = -1;
	struct hr_monitor value = { 0 };
	int err;

	err = pin_open(paths->pins, MAP_MONITOR, &map);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (bpf_map_lookup_elem(map, &(uint32_t){ 0 }, &value)) {
		err = -errno;
		return log_err(err, "read map " MAP_MONITOR);
	}
	if (!value.listens)
		return 0;
	err = lock_pins(paths, &lock);
	if (err)
		return err == -EWOULDBLOCK ? 0 : log_err(err, "lock %s", paths->pins);
	log_info("a monitor was killed: switching its events off");
	return set_flag(map, false);
}

int listener_lost_total(const struct install_paths *paths, uint64_t *out)
{
	_cleanup_close_ int fd = -1;
	int err;

	*out = 0;
	err = pin_open(paths->pins, MAP_LOST, &fd);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = sum_lost(fd, out);
	return err ? log_err(err, "read map " MAP_LOST) : 0;
}
