// SPDX-License-Identifier: BSD-2-Clause
/* Integer sysctls of interfaces. */
#include "install/conf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log.h"
#include "common/parse.h"
#include "install/sysctl.h"

/* The kernel prints and takes a sign; we meet one only in values that somebody else has set. */
static int parse_value(const char *text, int *value)
{
	int sign = *text == '-' ? -1 : 1;
	uint64_t magnitude;

	if (parse_uint(text + (sign < 0), INT32_MAX, &magnitude))
		return -EINVAL;
	*value = sign * (int)magnitude;
	return 0;
}

int conf_read(const char *interface, const char *name, int *value)
{
	char path[SYSCTL_NAME_MAX], text[SYSCTL_VALUE_MAX];
	int err;

	err = sysctl_interface_name(path, interface, name);
	if (!err)
		err = sysctl_read(path, text);
	if (!err)
		err = parse_value(text, value);
	return err ? log_err(err, "read sysctl net.ipv4.conf.%s.%s", interface, name) : 0;
}

int conf_write(const char *interface, const char *name, int value)
{
	char path[SYSCTL_NAME_MAX], text[16];
	int err;

	snprintf(text, sizeof(text), "%d", value);
	err = sysctl_interface_name(path, interface, name);
	if (!err)
		err = sysctl_write(path, text);
	return err ? log_err(err, "set sysctl net.ipv4.conf.%s.%s to %d", interface, name, value)
		   : 0;
}
