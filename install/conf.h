/* SPDX-License-Identifier: BSD-2-Clause */
/* The integers net.ipv4.conf.<interface>.<name>. Both log and return 0 or a negative errno. */
#ifndef HR_INSTALL_CONF_H
#define HR_INSTALL_CONF_H

/* -ENOENT also when the interface is gone. */
int conf_read(const char *interface, const char *name, int *value);
int conf_write(const char *interface, const char *name, int value);

#endif
