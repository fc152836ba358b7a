// SPDX-License-Identifier: BSD-2-Clause
/* install/nft_text: manifest and state to the text of one transaction, byte for byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/nft_text.h"

#define HEAD "add table ip hostroute\ndelete table ip hostroute\ntable ip hostroute {\n"
#define CHAIN "\tchain postrouting {\n\t\ttype nat hook postrouting priority 100; policy accept;\n"
#define TAIL "\t}\n}\n"
#define GUARD "\t\tip saddr 10.233.64.0/24 oifname != \"hr_*\" udp dport 8472 drop\n"
#define POD_RULES(cidr, guard, verdict)                                        \
	"\t\tip daddr " cidr " return\n" guard "\t\toifname \"hr_*\" return\n" \
	"\t\tip saddr 10.233.64.0/24 " verdict "\n"

static struct manifest manifest;
static struct node_state state;
static struct remote_node remotes[2];

static int setup(void **unused)
{
	(void)unused;
	manifest = (struct manifest){
		.tunnel = true,
		.tunnel_port = 8472,
		.masquerade = { .mode = MASQUERADE_IPTABLES, .exclusion = SNAT_EXCLUSION_POD_CIDR },
	};
	state = (struct node_state){ .remotes = remotes, .remote_count = 2 };
	parse_cidr4("10.233.64.0/24", &state.pod_cidr);
	parse_ipv4("192.168.64.9", &remotes[0].ip);
	parse_ipv4("192.168.64.10", &remotes[1].ip);
	return 0;
}

static void exclude(const char *cidr)
{
	manifest.masquerade.exclusion = SNAT_EXCLUSION_KEY;
	assert_int_equal(parse_cidr4(cidr, &manifest.masquerade.exclusion_cidr), 0);
}

static void add_egress(const char *name)
{
	struct manifest_masquerade *m = &manifest.masquerade;

	snprintf(m->egress_interfaces[m->egress_interface_count++], sizeof(m->egress_interfaces[0]),
		 "%s", name);
}

static void check(const char *want)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(nft_text(&manifest, &state, &text), 0);
	if (want)
		assert_string_equal(text, want);
	else
		assert_null(text);
}

static void in_a_tunnel_all_but_pods_of_this_node_is_masqueraded(void **unused)
{
	(void)unused;
	check(HEAD CHAIN POD_RULES("10.233.64.0/24", GUARD, "masquerade") TAIL);
}

static void with_native_routing_other_nodes_see_pods_as_they_are(void **unused)
{
	(void)unused;
	manifest.tunnel = false;
	exclude("10.233.0.0/16");
	check(HEAD "\tset nodes {\n\t\ttype ipv4_addr\n\t\telements = { 192.168.64.9, "
		   "192.168.64.10 }\n\t}\n" CHAIN
		   "\t\tip daddr 10.233.0.0/16 return\n\t\tip daddr @nodes return\n"
		   "\t\toifname \"hr_*\" return\n\t\tip saddr 10.233.64.0/24 masquerade\n" TAIL);
}

static void a_node_that_knows_no_other_has_no_set_of_nodes(void **unused)
{
	(void)unused;
	manifest.tunnel = false;
	state.remote_count = 0;
	check(HEAD CHAIN POD_RULES("10.233.64.0/24", "", "masquerade") TAIL);
}

static void a_bundle_that_excludes_nothing_has_no_rule_for_it(void **unused)
{
	(void)unused;
	manifest.masquerade.exclusion = SNAT_EXCLUSION_NONE;
	check(HEAD CHAIN GUARD "\t\toifname \"hr_*\" return\n"
			       "\t\tip saddr 10.233.64.0/24 masquerade\n" TAIL);
}

static void ports_are_random_when_asked_for(void **unused)
{
	(void)unused;
	manifest.masquerade.random_ports = true;
	check(HEAD CHAIN POD_RULES("10.233.64.0/24", GUARD, "masquerade fully-random") TAIL);
}

static void named_interfaces_take_the_place_of_the_source(void **unused)
{
	(void)unused;
	add_egress("eth0");
	add_egress("ens+");
	check(HEAD CHAIN "\t\tip daddr 10.233.64.0/24 return\n" GUARD
			 "\t\toifname \"eth0\" masquerade\n"
			 "\t\toifname \"ens*\" masquerade\n" TAIL);
}

static void a_name_that_would_be_more_than_a_name_is_refused(void **unused)
{
	static const char *const names[] = { "a\"b", "e*", "x\\", "a b", "a/b", "" };
	_cleanup_free_ char *text = NULL;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		manifest.masquerade.egress_interface_count = 0;
		add_egress(names[i]);
		assert_int_equal(nft_text(&manifest, &state, &text), -EINVAL);
		assert_null(text);
	}
}

static void masquerading_that_is_bpfs_or_off_makes_no_table(void **unused)
{
	(void)unused;
	for (int mode = MASQUERADE_OFF; mode < MASQUERADE__COUNT; mode++) {
		manifest.masquerade.mode = (enum masquerade_mode)mode;
		if (mode != MASQUERADE_IPTABLES)
			check(NULL);
	}
}

static void what_was_there_is_restored_or_nothing(void **unused)
{
	_cleanup_free_ char *text = NULL, *none = NULL;

	(void)unused;
	assert_int_equal(nft_text_restore("table ip hostroute {\n}\n", &text), 0);
	assert_string_equal(text, HEAD "}\n");
	assert_int_equal(nft_text_restore(NULL, &none), 0);
	assert_string_equal(none, "add table ip hostroute\ndelete table ip hostroute\n");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_a_tunnel_all_but_pods_of_this_node_is_masqueraded),
		TEST(with_native_routing_other_nodes_see_pods_as_they_are),
		TEST(a_node_that_knows_no_other_has_no_set_of_nodes),
		TEST(a_bundle_that_excludes_nothing_has_no_rule_for_it),
		TEST(ports_are_random_when_asked_for),
		TEST(named_interfaces_take_the_place_of_the_source),
		TEST(a_name_that_would_be_more_than_a_name_is_refused),
		TEST(masquerading_that_is_bpfs_or_off_makes_no_table),
		TEST(what_was_there_is_restored_or_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
