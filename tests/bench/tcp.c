// SPDX-License-Identifier: BSD-2-Clause
/*
 * TCP between two pods, as three numbers: how much one stream carries, how often a byte goes there and back on one
 * connection, and how long a connect() takes.
 *
 *     tcp serve ADDR PORT                    until killed
 *     tcp stream ADDR PORT MILLISECONDS      prints Mbit/s, as the receiver counted
 *     tcp pingpong ADDR PORT MILLISECONDS    prints round trips per second
 *     tcp connect ADDR PORT MILLISECONDS     prints microseconds, a mean
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/parse.h"

#define CHUNK 131072

static uint8_t chunk[CHUNK];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static bool transfer_all(int fd, void *data, size_t len, bool out)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = out ? send(fd, (char *)data + done, len - done, MSG_NOSIGNAL)
				: recv(fd, (char *)data + done, len - done, 0);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* The first byte of a connection says what it is for. */
static void serve_connection(int fd)
{
	uint64_t total = 0;
	char kind, byte;
	ssize_t n;

	if (!transfer_all(fd, &kind, 1, false) || kind == 'c')
		return;
	if (kind == 'p') {
		while (transfer_all(fd, &byte, 1, false) && transfer_all(fd, &byte, 1, true))
			;
		return;
	}
	while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		total += (size_t)n;
	transfer_all(fd, &total, sizeof(total), true);
}

static int serve(const struct sockaddr_in *addr)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) ||
	    bind(fd, (const void *)addr, sizeof(*addr)) || listen(fd, 8))
		return -errno;
	for (;;) {
		_cleanup_close_ int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			return -errno;
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		serve_connection(peer);
	}
}

static int stream(int fd, double seconds)
{
	double start = now(), took;
	uint64_t total;

	if (!transfer_all(fd, "s", 1, true))
		return -EIO;
	while (now() - start < seconds) {
		if (!transfer_all(fd, chunk, sizeof(chunk), true))
			return -EIO;
	}
	if (shutdown(fd, SHUT_WR) || !transfer_all(fd, &total, sizeof(total), false))
		return -EIO;
	took = now() - start;
	printf("%.0f\n", (double)total * 8e-6 / took);
	return 0;
}

static int pingpong(int fd, double seconds)
{
	double start = now(), took;
	uint64_t count = 0;
	char byte = 'p';

	if (!transfer_all(fd, &byte, 1, true))
		return -EIO;
	for (; (took = now() - start) < seconds; count++) {
		if (!transfer_all(fd, &byte, 1, true) || !transfer_all(fd, &byte, 1, false))
			return -EIO;
	}
	printf("%.0f\n", (double)count / took);
	return 0;
}

/* Connects, and goes when the other side has gone: nothing is left in TIME_WAIT. Adds the seconds of connect(). */
static int connect_once(const struct sockaddr_in *addr, double *took)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct linger at_once = { .l_onoff = 1 };
	double start = now();
	char byte;

	if (fd < 0 || connect(fd, (const void *)addr, sizeof(*addr)))
		return -errno;
	*took += now() - start;
	if (!transfer_all(fd, "c", 1, true) || recv(fd, &byte, 1, 0) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		return -EIO;
	return 0;
}

static int connects(const struct sockaddr_in *addr, double seconds)
{
	double start = now(), took = 0;
	unsigned int count = 0;
	int err;

	for (; now() - start < seconds; count++) {
		err = connect_once(addr, &took);
		if (err)
			return err;
	}
	printf("%.2f\n", count ? took * 1e6 / count : 0);
	return 0;
}

static int measure(const struct sockaddr_in *addr, const char *kind, double seconds)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) ||
	    connect(fd, (const void *)addr, sizeof(*addr)))
		return -errno;
	return strcmp(kind, "stream") ? pingpong(fd, seconds) : stream(fd, seconds);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	uint32_t ms = 0;
	uint16_t port;
	int err;

	log_init("tcp", LOG_LEVEL_INFO);
	if (argc < 4 || parse_ipv4(argv[2], &addr.sin_addr.s_addr) || parse_u16(argv[3], &port) ||
	    (argc > 4 && parse_u32(argv[4], &ms))) {
		fprintf(stderr,
			"usage: %s serve|stream|pingpong|connect ADDR PORT [MILLISECONDS]\n",
			argv[0]);
		return 2;
	}
	addr.sin_port = htons(port);
	if (!strcmp(argv[1], "serve"))
		err = serve(&addr);
	else if (!strcmp(argv[1], "connect"))
		err = connects(&addr, ms / 1000.0);
	else
		err = measure(&addr, argv[1], ms / 1000.0);
	return err ? log_err(err, "%s %s", argv[1], argv[2]), 1 : 0;
}
