// SPDX-License-Identifier: BSD-2-Clause
/* Namespaces, devices, addresses and sockets of the functional probe, by rtnetlink. */
#include "probe/functional_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "probe/netlink.h"

#define READY_MS 2000
#define SEND_DEV "send"
#define ENTRY_DEV "entry"
#define WIRE0_DEV "wire0"
#define WIRE1_DEV "wire1"
#define POD0_DEV "pod0"
#define POD1_DEV "pod1"

/* Locally administered; the frames of all walks carry it, so that no program has to write one. */
static const uint8_t pod_mac[6] = { 0x02, 0x09, 0, 0, 1, 2 };

struct request {
	char data[1024];
	struct nlmsghdr *nlh;
};

static void *request_begin(struct request *r, uint16_t type, uint16_t flags, size_t size)
{
	r->nlh = mnl_nlmsg_put_header(r->data);
	r->nlh->nlmsg_type = type;
	r->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return mnl_nlmsg_put_extra_header(r->nlh, size);
}

/* 0, or the kernel's negative errno. */
static int request_send(struct mnl_socket *nl, struct request *r)
{
	char reply[8192];
	ssize_t len;

	r->nlh->nlmsg_seq = 1;
	if (mnl_socket_sendto(nl, r->nlh, r->nlh->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(nl, reply, sizeof(reply));
	if (len < 0 || mnl_cb_run(reply, (size_t)len, 1, mnl_socket_get_portid(nl), NULL, NULL) < 0)
		return -errno;
	return 0;
}

/* peer_ns: where the peer is born; -1 for here. peer_mac may be NULL. */
static int add_veth(struct mnl_socket *nl, const char *name, const char *peer, int peer_ns,
		    const uint8_t *peer_mac)
{
	struct nlattr *info, *data, *other;
	struct request r;

	request_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(r.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(r.nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(r.nlh, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(r.nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(r.nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(r.nlh, IFLA_IFNAME, peer);
	if (peer_ns >= 0)
		mnl_attr_put_u32(r.nlh, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	if (peer_mac)
		mnl_attr_put(r.nlh, IFLA_ADDRESS, sizeof(pod_mac), peer_mac);
	mnl_attr_nest_end(r.nlh, other);
	mnl_attr_nest_end(r.nlh, data);
	mnl_attr_nest_end(r.nlh, info);
	return request_send(nl, &r);
}

static int set_up(struct mnl_socket *nl, const char *name)
{
	struct ifinfomsg *link;
	struct request r;

	link = request_begin(&r, RTM_NEWLINK, 0, sizeof(*link));
	link->ifi_flags = link->ifi_change = IFF_UP;
	mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	return request_send(nl, &r);
}

/* A device passes nothing on before the kernel's link watch has seen its peer: from then on it is "running". */
static int wait_running(const char *name)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	for (int i = 0; i < READY_MS; i++) {
		if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
			return -errno;
		if (request.ifr_flags & IFF_RUNNING)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int add_address(struct mnl_socket *nl, const char *name, uint32_t ip, uint8_t prefix)
{
	struct ifaddrmsg *address;
	struct request r;

	address = request_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*address));
	address->ifa_family = AF_INET;
	address->ifa_prefixlen = prefix;
	address->ifa_index = if_nametoindex(name);
	mnl_attr_put_u32(r.nlh, IFA_LOCAL, htonl(ip));
	mnl_attr_put_u32(r.nlh, IFA_ADDRESS, htonl(ip));
	return request_send(nl, &r);
}

/* The pod's address is reached by `send`: what is sent there comes in at `entry`. */
static int add_route(struct mnl_socket *nl)
{
	struct rtmsg *route;
	struct request r;

	route = request_begin(&r, RTM_NEWROUTE, NLM_F_CREATE, sizeof(*route));
	route->rtm_family = AF_INET;
	route->rtm_dst_len = 32;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = RT_SCOPE_LINK;
	route->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(r.nlh, RTA_DST, htonl(STAGE_POD_IP));
	mnl_attr_put_u32(r.nlh, RTA_OIF, if_nametoindex(SEND_DEV));
	return request_send(nl, &r);
}

static int add_neighbour(struct mnl_socket *nl)
{
	struct ndmsg *neighbour;
	struct request r;

	neighbour = request_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE, sizeof(*neighbour));
	neighbour->ndm_family = AF_INET;
	neighbour->ndm_ifindex = (int)if_nametoindex(SEND_DEV);
	neighbour->ndm_state = NUD_PERMANENT;
	mnl_attr_put_u32(r.nlh, NDA_DST, htonl(STAGE_POD_IP));
	mnl_attr_put(r.nlh, NDA_LLADDR, sizeof(pod_mac), pod_mac);
	return request_send(nl, &r);
}

static int wait_node(void)
{
	static const char *const devices[] = { SEND_DEV, ENTRY_DEV, WIRE0_DEV, WIRE1_DEV,
					       POD0_DEV };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices) && !err; i++)
		err = wait_running(devices[i]);
	return err;
}

static int build_node(struct stage *stage)
{
	static const char *const devices[] = { "lo",	  SEND_DEV,  ENTRY_DEV,
					       WIRE0_DEV, WIRE1_DEV, POD0_DEV };
	_cleanup_(mnl_socket) struct mnl_socket *nl = NULL;
	int err = netlink_open(NETLINK_ROUTE, &nl);

	err = err ?: add_veth(nl, SEND_DEV, ENTRY_DEV, -1, NULL);
	err = err ?: add_veth(nl, WIRE0_DEV, WIRE1_DEV, -1, NULL);
	err = err ?: add_veth(nl, POD0_DEV, POD1_DEV, stage->pod_ns, pod_mac);
	for (size_t i = 0; i < ARRAY_SIZE(devices) && !err; i++)
		err = set_up(nl, devices[i]);
	err = err ?: add_address(nl, SEND_DEV, STAGE_SENDER_IP, 24);
	err = err ?: add_address(nl, POD0_DEV, STAGE_NODE_IP, 24);
	err = err ?: add_route(nl);
	err = err ?: add_neighbour(nl);
	stage->entry = if_nametoindex(ENTRY_DEV);
	stage->wire0 = if_nametoindex(WIRE0_DEV);
	stage->wire1 = if_nametoindex(WIRE1_DEV);
	stage->pod0 = if_nametoindex(POD0_DEV);
	return err;
}

static int open_receiver(struct stage *stage)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(STAGE_PORT) };

	stage->receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (stage->receiver < 0 || bind(stage->receiver, (void *)&any, sizeof(any)) < 0)
		return -errno;
	return 0;
}

static int build_pod(struct stage *stage)
{
	_cleanup_(mnl_socket) struct mnl_socket *nl = NULL;
	int err = netlink_open(NETLINK_ROUTE, &nl);

	err = err ?: set_up(nl, POD1_DEV);
	/* Wide enough for the sender to be a neighbour: else rp_filter could drop what it sends. */
	err = err ?: add_address(nl, POD1_DEV, STAGE_POD_IP, 16);
	err = err ?: wait_running(POD1_DEV);
	return err ?: open_receiver(stage);
}

static int open_sender(struct stage *stage)
{
	struct sockaddr_in pod = { .sin_family = AF_INET,
				   .sin_port = htons(STAGE_PORT),
				   .sin_addr.s_addr = htonl(STAGE_POD_IP) };

	stage->sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (stage->sender < 0 || connect(stage->sender, (void *)&pod, sizeof(pod)) < 0)
		return -errno;
	return 0;
}

/* A new namespace, entered; its descriptor keeps it. */
static int enter_new(int *fd)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	*fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int enter(int fd)
{
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int stage_open(struct stage *out, const char **failed)
{
	int err;

	*out = (struct stage){ .node_ns = -1, .pod_ns = -1, .sender = -1, .receiver = -1 };
	*failed = "new network namespaces";
	err = enter_new(&out->pod_ns);
	err = err ?: enter_new(&out->node_ns);
	if (err)
		return err;
	*failed = "devices of the node's side";
	err = build_node(out);
	if (err)
		return err;
	*failed = "the pod's side";
	err = enter(out->pod_ns);
	err = err ?: build_pod(out);
	err = err ?: enter(out->node_ns);
	err = err ?: wait_node();
	if (err)
		return err;
	*failed = "the sender's socket";
	return open_sender(out);
}

void stage_close(struct stage *stage)
{
	cleanup_close(&stage->sender);
	cleanup_close(&stage->receiver);
	cleanup_close(&stage->pod_ns);
	cleanup_close(&stage->node_ns);
}
