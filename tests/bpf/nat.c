// SPDX-License-Identifier: BSD-2-Clause
/* Flows are told apart in the table exactly as abi.h says. */
#include "tests/bpf/nat.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/parse.h"

#define MAX_NODES 8
#define TWO_TICKS_US 20000 /* with CONFIG_HZ=100, the slowest */

struct nat_node vxlan, legacy, native;

static struct nat_node *open_nodes[MAX_NODES];
static size_t open_count;

static uint32_t address(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

void nat_add_devices(void)
{
	harness_veth("nic", NIC_MAC);
	harness_veth("lxc1", POD_A_NODE_MAC);
	harness_veth("lxc2", POD_B_NODE_MAC);
}

void nat_open(struct nat_node *node, enum bundle bundle)
{
	struct hr_device device = { .masquerade = address(NODE_IP) };
	struct datapath *dp = &node->out;

	*node = (struct nat_node){ .bundle = bundle,
				   .nic = if_nametoindex("nic"),
				   .lxc1 = if_nametoindex("lxc1"),
				   .lxc2 = if_nametoindex("lxc2") };
	assert_true(open_count < MAX_NODES);
	open_nodes[open_count++] = node;
	datapath_open(dp, bundle, HOOK_TO_NETDEV);
	datapath_share(dp, HOOK_FROM_NETDEV, &node->in);
	datapath_add_endpoint(dp, POD_A_IP, node->lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(dp, POD_B_IP, node->lxc2, POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	datapath_add_endpoint(dp, ROUTER_IP, 0, HR_ID_HOST, NULL, NULL);
	datapath_add_endpoint(dp, NODE_IP, 0, HR_ID_HOST, NULL, NULL);
	if (datapath_has_map(dp, "hr_nodes4"))
		datapath_add_node(dp, NODE2_IP);
	if (datapath_has_map(dp, "hr_devices4"))
		assert_int_equal(bpf_map_update_elem(datapath_map(dp, "hr_devices4"), &node->nic,
						     &device, BPF_ANY),
				 0);
}

int nat_open_modes(void **state)
{
	(void)state;
	nat_add_devices();
	nat_open(&vxlan, BUNDLE_MASQ_BPF);
	nat_open(&legacy, BUNDLE_MASQ_LEGACY);
	nat_open(&native, BUNDLE_MASQ_NATIVE);
	return 0;
}

int nat_close_all(void **state)
{
	(void)state;
	while (open_count) {
		struct nat_node *node = open_nodes[--open_count];

		datapath_close(&node->in);
		datapath_close(&node->out);
	}
	return 0;
}

static void empty_map(int fd)
{
	uint8_t key[sizeof(struct hr_nat_key)];

	while (!bpf_map_get_next_key(fd, NULL, key))
		assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

void nat_forget(const struct nat_node *node)
{
	empty_map(datapath_map(&node->out, "hr_nat4"));
	if (datapath_has_map(&node->out, "hr_frags4"))
		empty_map(datapath_map(&node->out, "hr_frags4"));
}

int nat_forget_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < open_count; i++)
		nat_forget(open_nodes[i]);
	return 0;
}

void nat_send_packet(const struct nat_node *node, const struct packet *in, enum hr_reason reason,
		     const struct packet *out)
{
	expect_verdict(&node->out, &(struct input){ .packet = in, .ifindex = node->nic }, reason,
		       out);
}

void nat_send(const struct nat_node *node, const struct l4_spec *in, enum hr_reason reason,
	      const struct l4_spec *out)
{
	struct packet before, after;

	packet_l4(&before, in);
	packet_l4(&after, out ? out : in);
	nat_send_packet(node, &before, reason, &after);
}

/* Chosen ports are a function of the flow and of what is taken, so that the second time gives the same. */
struct l4_spec nat_send_anew(const struct nat_node *node, const struct l4_spec *in)
{
	struct hr_nat_key egress = nat_key(in, HR_NAT_EGRESS), ingress;
	struct __sk_buff ctx = { .ifindex = node->nic };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct l4_spec out, answer;
	struct packet p;

	packet_l4(&p, in);
	opts.data_in = p.data;
	opts.data_size_in = (uint32_t)p.len;
	assert_int_equal(bpf_prog_test_run_opts(node->out.prog_fd, &opts), 0);
	out = nat_from(in, NODE_IP, ntohs(nat_get(node, &egress).port));
	answer = nat_answer(&out);
	ingress = nat_key(&answer, HR_NAT_INGRESS);
	nat_drop(node, &egress);
	nat_drop(node, &ingress);
	nat_send(node, in, REASON_MASQUERADED, &out);
	return out;
}

/* As the wire has it, for this NIC. */
static void receive(const struct nat_node *node, const struct packet *in, enum hr_reason reason,
		    const struct packet *out)
{
	struct packet arriving = *in, expected = out ? *out : *in;

	packet_set_macs(&arriving, NIC_MAC, NULL);
	if (reason != REASON_TO_POD_PEER)
		packet_set_macs(&expected, NIC_MAC, NULL);
	expect_verdict(&node->in, &(struct input){ .packet = &arriving, .ifindex = node->nic },
		       reason, &expected);
}

void nat_receive_packet(const struct nat_node *node, const struct packet *in,
			const struct packet *out)
{
	receive(node, in, REASON_TO_HOST, out);
}

void nat_receive(const struct nat_node *node, const struct l4_spec *in, const struct l4_spec *out)
{
	struct packet before, after;

	packet_l4(&before, in);
	packet_l4(&after, out ? out : in);
	nat_receive_packet(node, &before, &after);
}

void nat_receive_packet_for_pod(const struct nat_node *node, const struct packet *in,
				const struct packet *out)
{
	struct packet expected = *out;

	if (node->bundle == BUNDLE_MASQ_LEGACY || node->bundle == BUNDLE_SERVICES_LEGACY) {
		receive(node, in, REASON_TO_STACK, &expected);
		return;
	}
	if ((expected.data[PACKET_ETH] & 0xf) > 5) { /* the stack knows options, and goes on */
		receive(node, in, REASON_IP_OPTIONS, &expected);
		return;
	}
	packet_set_macs(&expected, POD_A_MAC, POD_A_NODE_MAC);
	packet_set_ttl(&expected, 63);
	receive(node, in, REASON_TO_POD_PEER, &expected);
}

void nat_receive_for_pod(const struct nat_node *node, const struct l4_spec *in,
			 const struct l4_spec *out)
{
	struct packet before, after;

	packet_l4(&before, in);
	packet_l4(&after, out);
	nat_receive_packet_for_pod(node, &before, &after);
}

struct hr_nat_key nat_key(const struct l4_spec *spec, enum hr_nat_direction direction)
{
	struct hr_nat_key key = { .saddr = address(spec->src),
				  .daddr = address(spec->dst),
				  .protocol = spec->protocol,
				  .direction = (uint8_t)direction };

	if (spec->protocol != IPPROTO_ICMP) {
		key.sport = htons(spec->sport);
		key.dport = htons(spec->dport);
	} else if (spec->icmp_type == ICMP_TYPE_ECHO) {
		key.sport = htons(spec->sport);
	} else {
		key.dport = htons(spec->sport);
	}
	return key;
}

static int table(const struct nat_node *node)
{
	return datapath_map(&node->out, "hr_nat4");
}

bool nat_has(const struct nat_node *node, const struct hr_nat_key *key)
{
	struct hr_nat entry;

	return !bpf_map_lookup_elem(table(node), key, &entry);
}

struct hr_nat nat_get(const struct nat_node *node, const struct hr_nat_key *key)
{
	struct hr_nat entry;

	assert_int_equal(bpf_map_lookup_elem(table(node), key, &entry), 0);
	return entry;
}

void nat_put(const struct nat_node *node, const struct hr_nat_key *key, const struct hr_nat *entry)
{
	assert_int_equal(bpf_map_update_elem(table(node), key, entry, BPF_ANY), 0);
}

void nat_drop(const struct nat_node *node, const struct hr_nat_key *key)
{
	assert_int_equal(bpf_map_delete_elem(table(node), key), 0);
	usleep(TWO_TICKS_US);
}

size_t nat_count(const struct nat_node *node)
{
	struct hr_nat_key key, *from = NULL;
	size_t count = 0;

	while (!bpf_map_get_next_key(table(node), from, &key)) {
		from = &key;
		count++;
	}
	return count;
}

uint32_t nat_now(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint32_t)now.tv_sec;
}

void nat_set_expiry(const struct nat_node *node, const struct hr_nat_key *key, int seconds)
{
	struct hr_nat entry = nat_get(node, key);

	entry.expires = nat_now() + (uint32_t)seconds;
	nat_put(node, key, &entry);
}

void expect_lifetime(const struct nat_node *node, const struct hr_nat_key *key, uint32_t seconds)
{
	uint32_t expires = nat_get(node, key).expires, now = nat_now();

	/* A second may have begun since the packet, or two on a busy machine. */
	assert_in_range(expires, now + seconds - 2, now + seconds);
}

struct l4_spec nat_answer(const struct l4_spec *spec)
{
	struct l4_spec answer = *spec;

	answer.src = spec->dst;
	answer.dst = spec->src;
	if (spec->protocol == IPPROTO_ICMP) {
		answer.icmp_type =
			spec->icmp_type == ICMP_TYPE_ECHO ? ICMP_TYPE_ECHO_REPLY : ICMP_TYPE_ECHO;
	} else {
		answer.sport = spec->dport;
		answer.dport = spec->sport;
	}
	return answer;
}

struct l4_spec nat_from(const struct l4_spec *spec, const char *src, uint16_t sport)
{
	struct l4_spec changed = *spec;

	changed.src = src;
	changed.sport = sport;
	return changed;
}

struct l4_spec nat_to(const struct l4_spec *spec, const char *dst, uint16_t dport)
{
	struct l4_spec changed = *spec;

	changed.dst = dst;
	if (spec->protocol == IPPROTO_ICMP)
		changed.sport = dport;
	else
		changed.dport = dport;
	return changed;
}
