// SPDX-License-Identifier: BSD-2-Clause
/* Asks a socket for the cookie of its network namespace. */
#include "install/netns.h"

#include <errno.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/log.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int netns_cookie(uint64_t *out)
{
	_cleanup_close_ int fd = -1;
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int err;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0 &&
		       errno != ENOPROTOOPT)) {
		err = -errno;
		return log_err(err, "ask for the cookie of the network namespace");
	}
	*out = cookie;
	return 0;
}
