/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sysctl under net. of the network namespace we are in. A name is written either way sysctl(8) takes:
 * "net/ipv4/conf/eth0.100/rp_filter", or "net.ipv4.conf.eth0/100.rp_filter" where '/' stands for a dot
 * inside a part; the first separator tells which. All return 0 or a negative errno; none of them logs.
 */
#ifndef HR_INSTALL_SYSCTL_H
#define HR_INSTALL_SYSCTL_H

#include <stddef.h>

#define SYSCTL_NAME_MAX 128
#define SYSCTL_VALUE_MAX 256

/*
 * "net/ipv4/conf/<interface>/<key>", whatever dots the interface name has. interface may be "all" or
 * "default". -EINVAL when it is no interface name or key no single part; -ENAMETOOLONG.
 */
int sysctl_interface_name(char out[SYSCTL_NAME_MAX], const char *interface, const char *key);

/*
 * Value without its line end; several lines are -EINVAL. -EINVAL for a name that is not under net or has an
 * empty, "." or ".." part; -ENOENT when this kernel has no such sysctl, -ERANGE when the value is longer.
 */
int sysctl_read(const char *name, char out[SYSCTL_VALUE_MAX]);

/* Errors as sysctl_read(), and the kernel's own: -EINVAL for a value it refuses, -EACCES, -EROFS. */
int sysctl_write(const char *name, const char *value);

#endif
