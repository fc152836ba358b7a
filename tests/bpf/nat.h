/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of masquerading share: the node of fixture.h with a NIC, both programs of the NIC on the same
 * maps, and a look into the table of flows.
 */
#ifndef HR_TESTS_NAT_H
#define HR_TESTS_NAT_H

#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/packet_l4.h"

#define NAT_FIRST_PORT 32768 /* of those that a flow may get */
#define NAT_TRIES 128

struct nat_node {
	struct datapath out, in; /* to_netdev, from_netdev */
	enum bundle bundle;
	unsigned int nic, lxc1, lxc2;
};

/* Adds the devices, once for all nodes of a test. */
void nat_add_devices(void);

/* node lives until nat_close_all(). */
void nat_open(struct nat_node *node, enum bundle bundle);

/* A group's set-up: a node for each mode, with the devices. native has the ip-masq-agent and tracks no fragments. */
extern struct nat_node vxlan, legacy, native;
int nat_open_modes(void **state);

/* Forgets all flows and fragments. */
void nat_forget(const struct nat_node *node);

/* The same of every open node, before each test; and the group's tear-down. */
#define NAT_TEST(name) cmocka_unit_test_setup(name, nat_forget_all)
int nat_forget_all(void **state);
int nat_close_all(void **state);

/* The packet leaves by the NIC; NULL as result: as it came. */
void nat_send(const struct nat_node *node, const struct l4_spec *in, enum hr_reason reason,
	      const struct l4_spec *out);
void nat_send_packet(const struct nat_node *node, const struct packet *in, enum hr_reason reason,
		     const struct packet *out);

/* The same where the port is the program's to choose: what leaves. Every byte but the port is checked. */
struct l4_spec nat_send_anew(const struct nat_node *node, const struct l4_spec *in);

/*
 * The packet arrives at the NIC and is for the node (NULL: as it came; else as *out), or for pod A as *out, as the
 * mode of the node delivers: TTL and MACs included; with IP options it is left to the stack, translated.
 */
void nat_receive(const struct nat_node *node, const struct l4_spec *in, const struct l4_spec *out);
void nat_receive_packet(const struct nat_node *node, const struct packet *in,
			const struct packet *out);
void nat_receive_for_pod(const struct nat_node *node, const struct l4_spec *in,
			 const struct l4_spec *out);
void nat_receive_packet_for_pod(const struct nat_node *node, const struct packet *in,
				const struct packet *out);

/* The entry as the packets of `spec` look it up in that direction. */
struct hr_nat_key nat_key(const struct l4_spec *spec, enum hr_nat_direction direction);
bool nat_has(const struct nat_node *node, const struct hr_nat_key *key);
struct hr_nat nat_get(const struct nat_node *node, const struct hr_nat_key *key);
void nat_put(const struct nat_node *node, const struct hr_nat_key *key, const struct hr_nat *entry);
/* Returns in a later tick of the kernel, of which each flow looks for a lost half. */
void nat_drop(const struct nat_node *node, const struct hr_nat_key *key);
size_t nat_count(const struct nat_node *node);

/* Both halves of the flow run out in that many seconds from now; negative: have run out. */
void nat_set_expiry(const struct nat_node *node, const struct hr_nat_key *key, int seconds);
uint32_t nat_now(void);

/* Seconds that the entry still has, rounded up or down by the time that passes. */
void expect_lifetime(const struct nat_node *node, const struct hr_nat_key *key, uint32_t seconds);

/* The same flow seen from the other end. */
struct l4_spec nat_answer(const struct l4_spec *spec);

/* With another source, or another destination. */
struct l4_spec nat_from(const struct l4_spec *spec, const char *src, uint16_t sport);
struct l4_spec nat_to(const struct l4_spec *spec, const char *dst, uint16_t dport);

#endif
