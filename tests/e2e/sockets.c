// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sockets as a test needs them, one line of output for each thing done. An address with a ':' is one of IPv6.
 *
 *   sockets serve FIRST COUNT      TCP and UDP servers at ports FIRST.. of 0.0.0.0, who answer with their port
 *   sockets serve FIRST COUNT NAME the same, with that name and the address of who asks
 *   sockets tcp ADDR PORT          "10.96.0.1:80 answers 8001": getpeername() and what was heard, or "ECONNREFUSED"
 *   sockets udp ADDR PORT N        N datagrams from one socket that is not connected: "10.96.0.1:53 answers 8001"
 *   sockets connected ADDR PORT    one from a connected one, with getpeername() in front
 *   sockets talk                   as udp, to each "ADDR PORT" of standard input, from one socket
 *   sockets keep ADDR PORT         connects, and prints getpeername() for each line of standard input but "end"
 *   sockets spread ADDR PORT N     N connections: "1000 8001" for each answer
 *   sockets from tcp|udp ADDR PORT FIRST N  one each from N source ports: "41000 8001" for what each hears
 *   sockets bind tcp|udp ADDR PORT "bound", or "EPERM"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_SERVERS 64
#define MAX_ANSWERS 64
#define TEXT_MAX 64
#define TIMEOUT_S 3

struct address {
	struct sockaddr_storage store;
	socklen_t len;
};

static struct address parse(const char *text, const char *port)
{
	struct address out = { 0 };
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out.store;
	struct sockaddr_in *four = (struct sockaddr_in *)&out.store;
	int ok;

	if (strchr(text, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)strtoul(port, NULL, 10));
		out.len = sizeof(*six);
		ok = inet_pton(AF_INET6, text, &six->sin6_addr);
	} else {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
		out.len = sizeof(*four);
		ok = inet_pton(AF_INET, text, &four->sin_addr);
	}
	if (ok != 1)
		exit(2);
	return out;
}

static const char *ip_of(const struct address *a)
{
	static char out[INET6_ADDRSTRLEN];
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&a->store;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&a->store;
	bool is_six = a->store.ss_family == AF_INET6;

	if (!inet_ntop(a->store.ss_family,
		       is_six ? (const void *)&six->sin6_addr : (const void *)&four->sin_addr, out,
		       sizeof(out)))
		return "?";
	return out;
}

static const char *text_of(const struct address *a)
{
	static char out[80];
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&a->store;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&a->store;
	bool is_six = a->store.ss_family == AF_INET6;

	snprintf(out, sizeof(out), is_six ? "[%s]:%u" : "%s:%u", ip_of(a),
		 ntohs(is_six ? six->sin6_port : four->sin_port));
	return out;
}

static int open_socket(int family, int type)
{
	const struct timeval limit = { .tv_sec = TIMEOUT_S };
	int fd = socket(family, type, 0);

	if (fd < 0)
		exit(3);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

static int failed(void)
{
	puts(strerrorname_np(errno));
	return 1;
}

static int bind_any(int type, uint16_t port, bool listens)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = open_socket(AF_INET, type), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listens && listen(fd, 1024)))
		exit(failed());
	return fd;
}

/* What a server at that port answers, whose name may be NULL. */
static const char *answer_to(const struct address *from, uint16_t port, const char *name)
{
	static char text[TEXT_MAX];

	if (name)
		snprintf(text, sizeof(text), "%s %s", name, ip_of(from));
	else
		snprintf(text, sizeof(text), "%u", port);
	return text;
}

static void answer_tcp(int listener, uint16_t port, const char *name)
{
	struct address from = { .len = sizeof(from.store) };
	int fd = accept(listener, (struct sockaddr *)&from.store, &from.len);
	const char *text;

	if (fd < 0)
		return;
	text = answer_to(&from, port, name);
	if (write(fd, text, strlen(text)) > 0)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static void answer_udp(int fd, uint16_t port, const char *name)
{
	struct address from = { .len = sizeof(from.store) };
	const char *text;
	char heard[64];

	if (recvfrom(fd, heard, sizeof(heard), 0, (struct sockaddr *)&from.store, &from.len) < 0)
		return;
	text = answer_to(&from, port, name);
	sendto(fd, text, strlen(text), 0, (struct sockaddr *)&from.store, from.len);
}

static int serve(uint16_t first, unsigned int count, const char *name)
{
	struct pollfd fds[2 * MAX_SERVERS];

	if (count > MAX_SERVERS)
		return 2;
	for (unsigned int i = 0; i < count; i++) {
		fds[2 * i] = (struct pollfd){ bind_any(SOCK_STREAM, (uint16_t)(first + i), true),
					      POLLIN, 0 };
		fds[2 * i + 1] = (struct pollfd){ bind_any(SOCK_DGRAM, (uint16_t)(first + i), true),
						  POLLIN, 0 };
	}
	while (poll(fds, 2 * count, -1) >= 0) {
		for (unsigned int i = 0; i < 2 * count; i++) {
			if (fds[i].revents & POLLIN)
				(i % 2 ? answer_udp : answer_tcp)(fds[i].fd,
								  (uint16_t)(first + i / 2), name);
		}
	}
	return 3;
}

static bool print_peer(int fd)
{
	struct address peer = { .len = sizeof(peer.store) };

	if (getpeername(fd, (struct sockaddr *)&peer.store, &peer.len))
		return false;
	printf("%s", text_of(&peer));
	return true;
}

/* Puts what one that connects hears into heard, of UDP after a word; an error's name when that is nothing. */
static bool connect_and_hear(int fd, int type, const struct address *to, char heard[TEXT_MAX])
{
	ssize_t len = -1;

	if (!connect(fd, (const struct sockaddr *)&to->store, to->len) &&
	    (type == SOCK_STREAM || send(fd, "x", 1, 0) == 1))
		len = read(fd, heard, TEXT_MAX - 1);
	snprintf(heard + (len > 0 ? len : 0), TEXT_MAX - (size_t)(len > 0 ? len : 0), "%s",
		 len > 0 ? "" : strerrorname_np(errno));
	return len > 0;
}

static bool ask_tcp(const struct address *to, bool prints, char heard[TEXT_MAX])
{
	int fd = open_socket(to->store.ss_family, SOCK_STREAM);
	bool is_good = connect_and_hear(fd, SOCK_STREAM, to, heard);

	if (prints && is_good && print_peer(fd))
		printf(" answers ");
	if (prints)
		puts(heard);
	close(fd);
	return is_good;
}

static int ask_from(int type, const struct address *to, uint16_t first, unsigned int count)
{
	bool is_good = true;
	char heard[TEXT_MAX];

	for (unsigned int port = first; port < first + count; port++) {
		int fd = bind_any(type, (uint16_t)port, false);

		is_good &= connect_and_hear(fd, type, to, heard);
		printf("%u %s\n", port, heard);
		close(fd);
	}
	return !is_good;
}

static int spread(const struct address *to, unsigned long count)
{
	static struct {
		char text[TEXT_MAX];
		unsigned int count;
	} answers[MAX_ANSWERS];
	bool is_good = true;
	char heard[TEXT_MAX];

	for (; count; count--) {
		unsigned int i = 0;

		is_good &= ask_tcp(to, false, heard);
		while (i < MAX_ANSWERS - 1 && answers[i].count && strcmp(answers[i].text, heard))
			i++;
		memcpy(answers[i].text, heard, sizeof(heard));
		answers[i].count++;
	}
	for (unsigned int i = 0; i < MAX_ANSWERS && answers[i].count; i++)
		printf("%u %s\n", answers[i].count, answers[i].text);
	return !is_good;
}

static int hear_udp(int fd)
{
	struct address from = { .len = sizeof(from.store) };
	char heard[TEXT_MAX] = "";

	if (recvfrom(fd, heard, sizeof(heard) - 1, 0, (struct sockaddr *)&from.store, &from.len) <
	    0)
		return failed();
	printf("%s answers %s\n", text_of(&from), heard);
	return 0;
}

static int ask_udp(int fd, const struct address *to)
{
	if (sendto(fd, "x", 1, 0, (const struct sockaddr *)&to->store, to->len) < 0)
		return failed();
	return hear_udp(fd);
}

static int ask_connected(const struct address *to)
{
	int fd = open_socket(to->store.ss_family, SOCK_DGRAM);

	if (connect(fd, (const struct sockaddr *)&to->store, to->len) || !print_peer(fd))
		return failed();
	putchar(' ');
	return send(fd, "x", 1, 0) < 0 ? failed() : hear_udp(fd);
}

static int talk(void)
{
	int fd = open_socket(AF_INET, SOCK_DGRAM);
	char ip[64], port[8];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (scanf("%63s %7s", ip, port) == 2) {
		struct address to = parse(ip, port);

		ask_udp(fd, &to);
	}
	return 0;
}

static int keep(const struct address *to)
{
	int fd = open_socket(to->store.ss_family, SOCK_STREAM);
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (connect(fd, (const struct sockaddr *)&to->store, to->len))
		return failed();
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n") != 0) {
		if (!print_peer(fd))
			return failed();
		putchar('\n');
	}
	return 0;
}

static int try_bind(int type, const struct address *at)
{
	int fd = open_socket(at->store.ss_family, type);

	if (bind(fd, (const struct sockaddr *)&at->store, at->len))
		return failed();
	puts("bound");
	return 0;
}

static bool is(const char *word, int argc, char *argv[], int count)
{
	return argc == count + 2 && !strcmp(argv[1], word);
}

int main(int argc, char *argv[])
{
	char heard[TEXT_MAX];
	struct address a;

	if (is("talk", argc, argv, 0))
		return talk();
	if (is("serve", argc, argv, 2) || is("serve", argc, argv, 3))
		return serve((uint16_t)strtoul(argv[2], NULL, 10),
			     (unsigned int)strtoul(argv[3], NULL, 10), argv[4]);
	if (is("bind", argc, argv, 3) || is("from", argc, argv, 5)) {
		int type = strcmp(argv[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM;

		a = parse(argv[3], argv[4]);
		if (argc == 5)
			return try_bind(type, &a);
		return ask_from(type, &a, (uint16_t)strtoul(argv[5], NULL, 10),
				(unsigned int)strtoul(argv[6], NULL, 10));
	}
	if (argc < 4)
		return 2;
	a = parse(argv[2], argv[3]);
	if (is("tcp", argc, argv, 2))
		return !ask_tcp(&a, true, heard);
	if (is("connected", argc, argv, 2))
		return ask_connected(&a);
	if (is("keep", argc, argv, 2))
		return keep(&a);
	if (is("spread", argc, argv, 3))
		return spread(&a, strtoul(argv[4], NULL, 10));
	if (is("udp", argc, argv, 3)) {
		int fd = open_socket(a.store.ss_family, SOCK_DGRAM), bad = 0;

		for (unsigned long i = strtoul(argv[4], NULL, 10); i; i--)
			bad |= ask_udp(fd, &a);
		return bad;
	}
	return 2;
}
