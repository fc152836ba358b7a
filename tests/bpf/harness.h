/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datapath's programs under BPF_PROG_TEST_RUN: a private network namespace, objects out of the bundles
 * that hrcompile made, their own unpinned maps, and one packet at a time through one program.
 *
 * HR_BUNDLES names the directory of the bundles that are built from tests/bpf/configs/. Everything is a failed cmocka assertion when it goes wrong.
 */
#ifndef HR_TESTS_HARNESS_H
#define HR_TESTS_HARNESS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf-templates/lib/abi.h"
#include "tests/bpf/packet.h"

#define BUNDLES_VARIABLE "HR_BUNDLES"

enum bundle {
	BUNDLE_BPF, /* BPF host routing, VXLAN */
	BUNDLE_LEGACY, /* legacy host routing, VXLAN */
	BUNDLE_NATIVE, /* BPF host routing, no tunnel */
	BUNDLE_ROUTING__COUNT, /* those above: nothing but routing; below: with masquerading in BPF */
	BUNDLE_MASQ_BPF = BUNDLE_ROUTING__COUNT,
	BUNDLE_MASQ_LEGACY,
	BUNDLE_MASQ_PORTS, /* to 64 ports, with timeouts that are nobody's defaults */
	BUNDLE_MASQ_NATIVE, /* with ip-masq-agent, without tracking of fragments */
	BUNDLE_DEVICE, /* as BUNDLE_BPF, but the vxlan device encapsulates */
	BUNDLE_SERVICES_LEGACY, /* as BUNDLE_LEGACY, with services from outside */
	BUNDLE_SERVICES_PODS, /* as BUNDLE_MASQ_BPF, with services for pods by packet */
	BUNDLE_SERVICES_PODS_LEGACY, /* as BUNDLE_SERVICES_LEGACY, ditto */
	BUNDLE_MAGLEV, /* as BUNDLE_MASQ_BPF, with Maglev's choice of backends, tables of 4093 */
	BUNDLE_DSR, /* as BUNDLE_MASQ_NATIVE, but fragments are tracked, with direct server return */
	BUNDLE_DSR_HYBRID, /* ditto, over TCP only */
	BUNDLE_EVENTS, /* as BUNDLE_BPF, with merged events and debug events */
	BUNDLE__COUNT,
};

/*
 * Enters a private network namespace. False when the tests cannot run here (no root, no bundles); then a
 * TAP skip, or with STRICT=1 a failure, has been printed and *status is main()'s.
 */
bool harness_enter(int *status);

/* The body of main(): the group in that namespace. Its value is main()'s. */
#define harness_main(tests, set_up, tear_down)                                             \
	({                                                                                 \
		int harness_status;                                                        \
                                                                                           \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                  \
		if (harness_enter(&harness_status))                                        \
			harness_status = cmocka_run_group_tests(tests, set_up, tear_down); \
		harness_status;                                                            \
	})

/* Runs ip(8); the arguments are split at spaces. */
void harness_ip(const char *arguments);

/* Adds one veth pair, both ends up, and returns the ifindex of `name`. mac is that end's. */
unsigned int harness_veth(const char *name, const char *mac);

void harness_sysctl(const char *path, const char *value);

/* One program of one object, with its own maps. */
struct datapath {
	struct bpf_object *object;
	enum hr_hook hook;
	int prog_fd;
	int calls_fd; /* program array with prog_fd in slot 0, which lives as long as this is open */
	bool is_shared; /* the object is another one's */
	int cut_fd; /* prog_fd behind a program that shortens frames */
};

/* The load-time constants of the node are those of tests/bpf/fixture.h. */
void datapath_open(struct datapath *dp, enum bundle bundle, enum hr_hook hook);
void datapath_close(struct datapath *dp);

/* The same for a program of another object that has the maps of `other`, as far as both know them. */
void datapath_open_beside(struct datapath *dp, enum bundle bundle, enum hr_hook hook,
			  const struct datapath *other);

/* Another program of the same object, with the same maps; closed by the caller, before `dp`. */
void datapath_share(const struct datapath *dp, enum hr_hook hook, struct datapath *out);

/* The same program of every bundle without masquerading. */
void datapath_open_all(struct datapath *const modes[BUNDLE_ROUTING__COUNT], enum hr_hook hook);
void datapath_close_all(struct datapath *const modes[BUNDLE_ROUTING__COUNT]);

int datapath_map(const struct datapath *dp, const char *name);
bool datapath_has_map(const struct datapath *dp, const char *map);

/* A pod, when ifindex != 0; else an address of the node. */
void datapath_add_endpoint(const struct datapath *dp, const char *ip, unsigned int ifindex,
			   uint32_t identity, const char *mac, const char *node_mac);
void datapath_add_prefix(const struct datapath *dp, const char *cidr, const char *tunnel_endpoint,
			 uint32_t identity);

/* The same for a node on the own network of a NIC. */
void datapath_add_neighbour(const struct datapath *dp, const char *cidr,
			    const char *tunnel_endpoint, unsigned int ifindex);
void datapath_add_node(const struct datapath *dp, const char *ip);

/*
 * A program that runs `prefix` and then, by tail call, dp's. For skb state that test_run cannot set. The
 * prefix finds the context in r6. Closed by the caller with close().
 */
int datapath_prefixed(const struct datapath *dp, const struct bpf_insn *prefix, size_t count);

struct input {
	const struct packet *packet;
	unsigned int ifindex; /* 0: lo */
	uint32_t gso_size;
	uint32_t mark; /* 0: one that says nothing to the programs */
	uint32_t cb[2];
	int prog_fd; /* 0: dp's own; else one of datapath_prefixed() */
	/* NULL, or copies what nobody can know before from the frame as it was left, `got`, to what is expected. */
	void (*settle)(struct packet *expected, const uint8_t *got);
};

/*
 * Runs one packet and asserts: the action that goes with the reason's kind; exactly one slot of the
 * metrics counted it, that of dp's hook and this reason, with the length of the frame as it left; the frame left as *out
 * (NULL: as it came); and the mark, nonzero before, is zero if and only if the packet was forwarded, or the one that
 * goes with TO_SERVICE.
 */
void expect_verdict(const struct datapath *dp, const struct input *in, enum hr_reason reason,
		    const struct packet *out);

#endif
