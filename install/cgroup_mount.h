/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory by which a node's root cgroup is reached, as an agent makes it where it is missing. */
#ifndef HR_INSTALL_CGROUP_MOUNT_H
#define HR_INSTALL_CGROUP_MOUNT_H

#define CGROUP_DEFAULT "/run/cilium/cgroupv2" /* where cgroup-root is empty */

/* 1 when it is a directory of a cgroup v2 file system, 0 when not, also when it is not there, or a negative errno. */
int cgroup_is_mounted(const char *dir);

/* How many parts of the path, from its end, are missing. */
unsigned int cgroup_dirs_missing(const char *dir);

/* Creates what is missing of the path and mounts cgroup v2 there. Logs. */
int cgroup_mount(const char *dir);

/*
 * Undoes that, `made` being the number of directories that were created. What is not mounted any more, or in use by
 * somebody else, is success: the latter is warned about and stays. Logs.
 */
int cgroup_unmount(const char *dir, unsigned int made);

#endif
