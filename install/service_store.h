/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The services as they were applied, beside the record: <run>/services/XX.yaml, each a document `services: ...` with
 * those whose names have the digest XX, so that a change of one writes one small file however many there are. The maps
 * say what is loaded; this says what it is called, and what of it is not served.
 *
 * While services are changed there is <run>/services/changing: a change that did not end is found by it, and only an
 * apply with services goes on from there.
 */
#ifndef HR_INSTALL_SERVICE_STORE_H
#define HR_INSTALL_SERVICE_STORE_H

#include "install/paths.h"
#include "install/state.h"

/*
 * All services into state->services, which was without. 0, -ENOENT when there are none (not logged), -EAGAIN when a
 * change did not end, or another negative errno; both logged.
 */
int service_store_read(const struct install_paths *paths, struct node_state *state);

#define SERVICE_STORE_FILES 256

/* The number of the file that a service of this name is in. */
unsigned int service_store_file(const char *name);

/* The services of one file, after those that *state has; no such file is no service. Logs. */
int service_store_read_file(const struct install_paths *paths, unsigned int file,
			    struct node_state *state);

/* Did a change not end? */
bool service_store_is_changing(const struct install_paths *paths);

/* Begins and ends a change. Logs. */
int service_store_begin(const struct install_paths *paths);
int service_store_end(const struct install_paths *paths);

/* Makes these all that there are; files that say so already are left alone. Logs. */
int service_store_write(const struct install_paths *paths, const struct service *services,
			size_t count);

/* The same for one file, of services that are all its own. */
int service_store_write_file(const struct install_paths *paths, unsigned int file,
			     const struct service *services, size_t count);

/* Removes all of it; success when there is none. Logs. */
int service_store_remove(const struct install_paths *paths);

#endif
