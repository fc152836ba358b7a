/* SPDX-License-Identifier: BSD-2-Clause */
/* One hrinstall at a time changes a node: <run>/lock, held by flock(2) until the process ends. */
#ifndef HR_INSTALL_LOCK_H
#define HR_INSTALL_LOCK_H

#include <stdbool.h>

#include "install/paths.h"

struct lock {
	int fd; /* -1: not held */
	bool created_run; /* the run directory was made by lock_take() */
};

/*
 * Creates <run> and takes the lock, waiting up to ten seconds for another one to finish: -EBUSY then. Sweeps
 * temporary files that a killed run has left there. Logs.
 */
int lock_take(const struct install_paths *paths, struct lock *out);

/*
 * Gives the lock back. Where no record is left, the lock file goes as well, and <run> if it is empty and
 * either remove_run says so or lock_take() made it.
 */
void lock_release(const struct install_paths *paths, struct lock *lock, bool remove_run);

#endif
