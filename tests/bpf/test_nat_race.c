// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two CPUs that want one port: two pods send from the same port to the same server at the same moment, again and
 * again. Both must get a port of their own, whichever is faster.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"
#include "tests/skip.h"

#define ROUNDS 20000
#define PORT 40000
#define SWEEP 4096

static struct nat_node node;
static cpu_set_t cpus; /* that the test may run on */

static const char *const pods[] = { POD_A_IP, POD_B_IP };

struct race {
	atomic_uint arrived;
	atomic_uint broken; /* runs that the kernel refused */
};

static struct l4_spec flow_of(size_t pod, unsigned int round)
{
	return (struct l4_spec){ .protocol = IPPROTO_TCP,
				 .src = pods[pod],
				 .dst = OUTSIDE_IP,
				 .sport = PORT,
				 .dport = (uint16_t)(round + 1),
				 .tcp_flags = SYN };
}

static struct hr_nat_key reverse_key(unsigned int round, uint16_t port)
{
	struct l4_spec flow = flow_of(0, round), out = nat_from(&flow, NODE_IP, port);
	struct l4_spec answer = nat_answer(&out);

	return nat_key(&answer, HR_NAT_INGRESS);
}

/* Returns when both are there for the nth time. */
static void meet(struct race *race, unsigned int nth)
{
	atomic_fetch_add(&race->arrived, 1);
	for (unsigned int spins = 1; atomic_load(&race->arrived) < 2 * nth; spins++) {
		if (spins % 4096 == 0)
			sched_yield();
	}
}

static void stay_on_cpu(int nth)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &cpus) && nth-- == 0)
			CPU_SET(cpu, &one);
	}
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void send_round(struct race *race, size_t pod, unsigned int round)
{
	struct __sk_buff ctx = { .ifindex = node.nic };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct l4_spec flow = flow_of(pod, round);
	struct packet p;

	packet_l4(&p, &flow);
	opts.data_in = p.data;
	opts.data_size_in = (uint32_t)p.len;
	meet(race, 2 * round + 1);
	/* Nobody knows how much later one CPU gets to the same place: from a bit before to a bit after. */
	for (unsigned int wait = pod ? round % SWEEP : SWEEP / 2; wait; wait--)
		atomic_load(&race->broken);
	if (bpf_prog_test_run_opts(node.out.prog_fd, &opts))
		race->broken++;
	meet(race, 2 * round + 2);
}

static void *other_cpu(void *race)
{
	stay_on_cpu(1);
	for (unsigned int round = 0; round < ROUNDS; round++)
		send_round(race, 1, round);
	return NULL;
}

/* Has the pod's flow a port, and the port's answers the pod? Forgets both entries. */
static bool is_translated(size_t pod, unsigned int round)
{
	int fd = datapath_map(&node.out, "hr_nat4");
	struct l4_spec flow = flow_of(pod, round);
	struct hr_nat_key out = nat_key(&flow, HR_NAT_EGRESS), in;
	struct hr_nat there, back;

	if (bpf_map_lookup_elem(fd, &out, &there))
		return false;
	in = reverse_key(round, ntohs(there.port));
	bpf_map_delete_elem(fd, &out);
	if (bpf_map_lookup_elem(fd, &in, &back) || back.addr != out.saddr)
		return false;
	bpf_map_delete_elem(fd, &in);
	return true;
}

/* How many flows of both pods got no port that is theirs; with an old entry for PORT that has run out, or none. */
static unsigned int losses(bool is_used)
{
	const struct hr_nat old = { .addr = htonl(0x0ae94008), .port = htons(1) }; /* 10.233.64.8 */
	struct race race = { 0 };
	unsigned int lost = 0;
	pthread_t thread;

	stay_on_cpu(0);
	assert_int_equal(pthread_create(&thread, NULL, other_cpu, &race), 0);
	/* No assertion in the loop: it would leave the other thread alone. */
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct hr_nat_key key = reverse_key(round, PORT);

		if (is_used)
			nat_put(&node, &key, &old);
		send_round(&race, 0, round);
		lost += !is_translated(0, round);
		lost += !is_translated(1, round);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(race.broken, 0);
	return lost;
}

static void of_two_flows_that_want_one_port_each_gets_one(void **state)
{
	(void)state;
	assert_int_equal(losses(false), 0);
	assert_int_equal(nat_count(&node), 0);
}

static void so_it_is_when_the_port_was_that_of_a_flow_which_ran_out(void **state)
{
	(void)state;
	assert_int_equal(losses(true), 0);
	assert_int_equal(nat_count(&node), 0);
}

static void an_entry_that_another_cpu_is_deleting_is_left_to_it(void **state)
{
	const struct hr_nat old = { .addr = htonl(0x0ae94008), .port = htons(1) };
	struct l4_spec flow = flow_of(0, 0), out;
	struct hr_nat_key key = reverse_key(0, PORT), claim = key;

	(void)state;
	claim.direction = HR_NAT_CLAIM;
	nat_put(&node, &key, &old);
	nat_put(&node, &claim, &old);
	out = nat_send_anew(&node, &flow);
	assert_int_not_equal(out.sport, PORT);
	assert_int_equal(nat_get(&node, &key).addr, old.addr);
	nat_forget(&node);
	nat_put(&node, &key, &old);
	out = nat_from(&flow, NODE_IP, PORT);
	nat_send(&node, &flow, REASON_MASQUERADED, &out);
	assert_int_equal(nat_count(&node), 2);
}

static int set_up(void **state)
{
	(void)state;
	nat_add_devices();
	nat_open(&node, BUNDLE_MASQ_BPF);
	return 0;
}

/* Needs two CPUs. Its state is its title where there is one. */
#define RACE_TEST(f)                                                                      \
	{                                                                                 \
		.name = #f, .test_func = f, .setup_func = nat_forget_all,                 \
		.initial_state = (void *)(#f " # SKIP one CPU does not race with itself") \
	}

int main(void)
{
	struct CMUnitTest tests[] = {
		RACE_TEST(of_two_flows_that_want_one_port_each_gets_one),
		RACE_TEST(so_it_is_when_the_port_was_that_of_a_flow_which_ran_out),
		NAT_TEST(an_entry_that_another_cpu_is_deleting_is_left_to_it),
	};

	if (sched_getaffinity(0, sizeof(cpus), &cpus)) {
		perror("sched_getaffinity");
		return EXIT_FAILURE;
	}
	if (CPU_COUNT(&cpus) < 2)
		skip_titled(tests, ARRAY_SIZE(tests));
	return harness_main(tests, set_up, nat_close_all);
}
