// SPDX-License-Identifier: BSD-2-Clause
/* The loop from the ring buffer to standard output. */
#include "install/monitor.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/manifest.h"
#include "install/event.h"
#include "install/listener.h"
#include "install/overlay.h"
#include "install/preflight.h"
#include "install/rtnl.h"

#define ROUND_EVENTS \
	64 /* libbpf goes on as long as events come; between rounds, signals and clock */

DEFINE_CLEANUP(ring, struct ring_buffer *, ring_buffer__free)

struct monitor {
	const struct install_request *request;
	struct event_tunnel tunnel;
	uint64_t since; /* ns; what is in the ring from before is a killed listener's */
	uint64_t shown, unreadable;
	unsigned int round; /* events taken in this round */
	int err;
};

static bool is_of_pod(const struct monitor *m, const struct event *event)
{
	const struct event_packet *p = &event->packet;

	for (size_t i = 0; i < m->request->pod_count; i++) {
		uint32_t pod = m->request->pods[i];

		if (p->saddr == pod || p->daddr == pod || event->original == pod)
			return p->is_ipv4;
	}
	return !m->request->pod_count;
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return !count;
}

static bool is_wanted(const struct monitor *m, const struct event *event)
{
	const struct install_request *r = m->request;

	return (!r->has_type || r->type == event->head.type) && is_of_pod(m, event) &&
	       has_name(r->reasons, r->reason_count, event_reason_name(event));
}

static bool is_done(const struct monitor *m)
{
	return m->err || (m->request->count && m->shown >= m->request->count);
}

/* libbpf's callback: a negative value ends its round; the event is taken. */
static int take(void *ctx, void *data, size_t len)
{
	struct monitor *m = ctx;
	char name[IF_NAMESIZE];
	struct event event;
	const char *interface;
	int end;

	if (is_done(m))
		return -ECANCELED;
	end = ++m->round < ROUND_EVENTS ? 0 : -ECANCELED;
	if (event_decode(data, len, m->tunnel, &event)) {
		m->unreadable++;
		return end;
	}
	if (event.head.time < m->since || !is_wanted(m, &event))
		return end;
	interface = if_indextoname(event.head.ifindex, name);
	m->err = m->request->format == CLI_JSON ? event_print_json(&event, interface, stdout)
						: event_print_text(&event, interface, stdout);
	m->shown++;
	return is_done(m) ? -ECANCELED : end;
}

static int open_signals(int *out)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGPIPE); /* a reader that went away shows at the pipe */
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGPIPE);
	*out = signalfd(-1, &set, SFD_CLOEXEC);
	return *out < 0 ? -errno : 0;
}

/* As `head` does when it has had enough. */
static bool reader_is_gone(void)
{
	struct pollfd pipe = { .fd = STDOUT_FILENO };

	return poll(&pipe, 1, 0) > 0 && (pipe.revents & POLLERR);
}

/* Told also while nothing is written. A file cannot be waited for. */
static int add_reader(int epoll)
{
	struct epoll_event event = { .data.fd = STDOUT_FILENO };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDOUT_FILENO, &event) && errno != EPERM)
		return -errno;
	return 0;
}

static int open_poll(int ring, int signals, int *out)
{
	const int fds[] = { ring, signals };

	*out = epoll_create1(EPOLL_CLOEXEC);
	if (*out < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = fds[i] };

		if (epoll_ctl(*out, EPOLL_CTL_ADD, fds[i], &event))
			return -errno;
	}
	return add_reader(*out);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* What is left of --duration, in ms; -1 for no end. */
static int time_left(const struct monitor *m)
{
	int64_t left = m->request->duration * 1000LL - (int64_t)(now_ns() - m->since) / 1000000;

	if (!m->request->duration)
		return -1;
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static int loop(struct monitor *m, struct ring_buffer *ring, int poll)
{
	int left, n, err = 0;

	while (!err && !is_done(m) && (left = time_left(m)) != 0) {
		struct epoll_event event = { 0 };

		n = epoll_wait(poll, &event, 1, left);
		if (n < 0 && errno != EINTR)
			err = log_err(-errno, "wait for events");
		if (n > 0 && event.data.fd != ring_buffer__epoll_fd(ring))
			break; /* a signal, or the reader is gone */
		if (n <= 0)
			continue;
		m->round = 0;
		err = ring_buffer__consume(ring);
		err = err < 0 && err != -ECANCELED ? log_err(err, "read events") : 0;
		fflush(stdout);
	}
	if (reader_is_gone()) {
		__fpurge(stdout);
		clearerr(stdout);
		return err;
	}
	if (m->err == -EIO) /* the end of every command tells it */
		return m->err;
	return m->err ? log_err(m->err, "print events") : err;
}

static int run(struct monitor *m, const struct listener *listener)
{
	_cleanup_(ring) struct ring_buffer *ring = NULL;
	_cleanup_close_ int signals = -1, poll = -1;
	int err;

	ring = ring_buffer__new(listener->events_fd, take, m, NULL);
	if (!ring) {
		err = -errno;
		return log_err(err, "open the ring of events");
	}
	err = open_signals(&signals);
	err = err ?: open_poll(ring_buffer__epoll_fd(ring), signals, &poll);
	if (err)
		return log_err(err, "wait for events");
	m->since = now_ns();
	err = listener_start(listener);
	if (err)
		return err;
	err = loop(m, ring, poll);
	/* The programs are told whatever became of the loop. */
	return listener_stop(listener) ?: err;
}

/* Of the device, if there is one; programs that encapsulate themselves use the same. */
static int read_tunnel(struct event_tunnel *out)
{
	static const struct {
		const char *device;
		enum event_encap encap;
	} kinds[] = {
		{ DEVICE_VXLAN, EVENT_ENCAP_VXLAN },
		{ DEVICE_GENEVE, EVENT_ENCAP_GENEVE },
	};
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	struct rtnl_link link;
	int err = rtnl_open(&nl);

	if (err)
		return log_err(err, "open a netlink socket");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		err = rtnl_link_get(nl, kinds[i].device, &link);
		if (!err)
			*out = (struct event_tunnel){ kinds[i].encap, link.tunnel_port };
		if (err != -ENODEV)
			return err ? log_err(err, "look up interface %s", kinds[i].device) : 0;
	}
	return 0;
}

static int show(struct monitor *m)
{
	_cleanup_listener_ struct listener listener = LISTENER_NONE;
	uint64_t before = 0, after = 0;
	int err;

	err = listener_open(&m->request->paths, &listener);
	err = err ?: listener_lost(&listener, &before);
	err = err ?: read_tunnel(&m->tunnel);
	err = err ?: run(m, &listener);
	err = err ?: listener_lost(&listener, &after);
	if (err)
		return err;
	log_info("%" PRIu64 " events shown, %" PRIu64 " lost", m->shown, after - before);
	if (m->unreadable)
		log_warn("%" PRIu64 " events of another version", m->unreadable);
	return 0;
}

int monitor_run(const struct install_request *request)
{
	struct monitor m = { .request = request };

	if (preflight_process(&request->paths) || listener_reset(&request->paths) || show(&m))
		return EXIT_STATUS_ENVIRONMENT;
	return EXIT_STATUS_OK;
}
