/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verdict's unit tests share: a config, a kernel and a node with nothing in the way of BPF host
 * routing, for each test to break in its own way, and the verdict on them. One set per test binary.
 */
#ifndef HR_TESTS_UNIT_VERDICT_FIXTURE_H
#define HR_TESTS_UNIT_VERDICT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/verdict.h"

static struct options opts;
static struct features features;
static struct node_facts facts;
static struct verdict v;

static inline void set(const char *key, const char *value)
{
	enum option_id id = option_find(key);
	const char *why = "";

	assert_int_not_equal(id, OPT__COUNT);
	assert_int_equal(option_set(&opts, id, value, (struct pos){ "config", 1, 1 }, &why), 0);
}

static inline struct fact_device *add_device(const char *name, const char *ip4)
{
	struct fact_device *dev = &facts.devices[facts.device_count++];

	*dev = (struct fact_device){ .ifindex = (unsigned int)facts.device_count + 1,
				     .mac_len = 6,
				     .has_unicast_route = FACT_IPV4 };
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	assert_int_equal(parse_ipv4(ip4, &dev->ip4[0]), 0);
	dev->ip4_count = dev->ip4_global = 1;
	return dev;
}

/* A config, kernel and node with nothing in the way of a release: BPF host routing in a tunnel. */
static inline void capable_at(enum cilium_release release)
{
	options_fini(&opts);
	assert_int_equal(options_init(&opts, release), 0);
	set("kube-proxy-replacement", release < CILIUM_1_14 ? "strict" : "true");
	set("enable-bpf-masquerade", "true");
	set("enable-remote-node-identity", "true");
	set("enable-ipv6", "false");
	if (release < CILIUM_1_14)
		set("tunnel", "vxlan");
	features_assume_all(&features, "6.1.0");
	features.major = 6;
	features.minor = 1;
	facts = (struct node_facts){ .devices_known = true,
				     .has_ip_local_port_range = true,
				     .ip_local_port_range = { 32768, 60999 } };
	add_device("eth0", "10.0.0.1");
	facts.node_ip = facts.devices[0].ip4[0];
	assert_int_equal(parse_cidr4("10.233.64.0/24", &facts.pod_cidr), 0);
	facts.has_pod_cidr = true;
}

static inline int capable(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	return 0;
}

static inline void decide(void)
{
	verdict_decide(&opts, &features, &facts, &v);
}

static inline void answer(enum feature_id id, enum tri value)
{
	features.items[id].value = value;
}

static inline void know_nothing_of_the_kernel(void)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		features.items[i] = (struct answer){ .value = ANSWER_UNKNOWN, .note = "no root" };
}

static inline bool has_finding(enum rule_id rule, enum tri matched)
{
	for (size_t i = 0; i < v.count; i++)
		if (v.findings[i].rule == rule)
			return v.findings[i].matched == matched;
	return false;
}

#define TEST(name) cmocka_unit_test_setup(name, capable)

#endif
