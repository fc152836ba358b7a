/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who listens to the datapath's events. The listener holds a lock (flock) on the pin directory as long as it lives, so
 * that the kernel ends the claim of a killed one, whatever became of its process id; hr_monitor tells the programs.
 */
#ifndef HR_INSTALL_LISTENER_H
#define HR_INSTALL_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "install/paths.h"

struct listener {
	int lock_fd, monitor_fd, events_fd, lost_fd; /* -1: not open */
};

#define LISTENER_NONE                                                           \
	{                                                                       \
		.lock_fd = -1, .monitor_fd = -1, .events_fd = -1, .lost_fd = -1 \
	}

/*
 * Becomes the listener. -EBUSY when there is one, -ENOENT when nothing is applied here; logs. The programs send events
 * after listener_start() only. *out is for listener_close() either way.
 */
int listener_open(const struct install_paths *paths, struct listener *out);
int listener_start(const struct listener *listener);

/* No more events. Logs. */
int listener_stop(const struct listener *listener);

/* Events that found no room since the maps were made. Logs. */
int listener_lost(const struct listener *listener, uint64_t *out);

void listener_close(struct listener *listener);

/* Switches events off when the one who asked for them is gone. Logs what it does; nothing is applied: success. */
int listener_reset(const struct install_paths *paths);

/* As listener_lost(), without a listener: 0 when there is no such map. */
int listener_lost_total(const struct install_paths *paths, uint64_t *out);

#define _cleanup_listener_ __attribute__((cleanup(listener_close)))

#endif
