// SPDX-License-Identifier: BSD-2-Clause
/* Which address pods are masqueraded with. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/masquerade.h"

static struct node_facts facts;

static struct fact_device *add_device(const char *name)
{
	struct fact_device *device = &facts.devices[facts.device_count++];

	*device = (struct fact_device){ .ifindex = (unsigned int)facts.device_count };
	snprintf(device->name, sizeof(device->name), "%s", name);
	return device;
}

/* As the reader of facts leaves them: addresses of global scope come first. */
static void add_address(struct fact_device *device, const char *text, bool is_global)
{
	assert_int_equal(parse_ipv4(text, &device->ip4[device->ip4_count++]), 0);
	device->ip4_global += is_global;
}

static int no_devices(void **state)
{
	(void)state;
	facts = (struct node_facts){ .devices_known = true };
	return 0;
}

static void expect(const struct fact_device *device, const char *wanted)
{
	char text[IPV4_TEXT_MAX];

	assert_string_equal(ipv4_text(masquerade_address(&facts, device), text), wanted);
}

static void the_smallest_address_is_taken(void **state)
{
	struct fact_device *nic = add_device("eth0");

	(void)state;
	add_address(nic, "192.168.1.2", true);
	add_address(nic, "10.0.0.200", true);
	add_address(nic, "10.0.1.1", true);
	expect(nic, "10.0.0.200");
}

static void the_node_ip_comes_before_smaller_addresses(void **state)
{
	struct fact_device *nic = add_device("eth0");

	(void)state;
	add_address(nic, "10.0.0.1", true);
	add_address(nic, "10.0.0.2", true);
	add_address(nic, "10.0.0.3", true);
	facts.node_ip = nic->ip4[1];
	expect(nic, "10.0.0.2");
}

static void a_public_address_comes_before_a_private_node_ip(void **state)
{
	const char *const near_private[] = { "9.255.255.255", "11.0.0.0",	 "172.15.255.255",
					     "172.32.0.0",    "192.167.255.255", "192.169.0.0" };

	for (size_t i = 0; i < ARRAY_SIZE(near_private); i++) {
		struct fact_device *nic;

		no_devices(state);
		nic = add_device("eth0");
		add_address(nic, "192.168.255.255", true);
		add_address(nic, "172.16.0.0", true);
		add_address(nic, "172.31.255.255", true);
		add_address(nic, "10.255.255.255", true);
		add_address(nic, near_private[i], true);
		facts.node_ip = nic->ip4[0];
		expect(nic, near_private[i]);
	}
}

static void site_scope_counts_without_global_addresses_only(void **state)
{
	struct fact_device *nic = add_device("eth0"), *other = add_device("eth1");

	(void)state;
	add_address(nic, "10.0.0.9", true);
	add_address(nic, "10.0.0.1", false);
	add_address(other, "10.0.0.2", false);
	expect(nic, "10.0.0.9");
	expect(other, "10.0.0.2");
}

static void a_device_without_addresses_takes_one_of_another(void **state)
{
	struct fact_device *nic = add_device("eth0"), *other = add_device("eth1");

	(void)state;
	expect(nic, "0.0.0.0");
	add_address(other, "10.0.0.9", true);
	add_address(other, "10.0.0.2", true);
	expect(nic, "10.0.0.2");
}

static void choose(const char *shared, enum masquerade_mode mode, int err, const char *wanted)
{
	struct goal_interface interfaces[] = { { .name = "hr_host", .role = ROLE_HOST },
					       { .name = "eth0", .role = ROLE_DEVICE } };
	struct manifest manifest = { .masquerade.mode = mode };
	struct goal goal = { .manifest = &manifest,
			     .interfaces = interfaces,
			     .interface_count = 2 };
	char text[IPV4_TEXT_MAX];

	snprintf(manifest.masquerade.address_device, sizeof(manifest.masquerade.address_device),
		 "%s", shared);
	log_init("test", LOG_LEVEL_ERROR);
	assert_int_equal(masquerade_choose(&facts, &goal), err);
	assert_string_equal(ipv4_text(interfaces[1].masquerade, text), wanted);
	assert_int_equal(interfaces[0].masquerade, 0);
}

static void devices_share_an_address_where_the_bundle_says_so(void **state)
{
	(void)state;
	add_address(add_device("eth0"), "10.0.0.1", true);
	add_address(add_device("lo9"), "10.9.9.9", true);
	add_device("none");
	choose("", MASQUERADE_BPF, 0, "10.0.0.1");
	choose("lo9", MASQUERADE_BPF, 0, "10.9.9.9");
	choose("lo8", MASQUERADE_BPF, -ENODEV, "0.0.0.0");
	choose("", MASQUERADE_IPTABLES, 0, "0.0.0.0");
	choose("", MASQUERADE_OFF, 0, "0.0.0.0");
}

static void a_node_without_addresses_is_refused(void **state)
{
	(void)state;
	add_device("eth0");
	choose("", MASQUERADE_BPF, -EADDRNOTAVAIL, "0.0.0.0");
}

#define TEST(fn) cmocka_unit_test_setup(fn, no_devices)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_smallest_address_is_taken),
		TEST(the_node_ip_comes_before_smaller_addresses),
		TEST(a_public_address_comes_before_a_private_node_ip),
		TEST(site_scope_counts_without_global_addresses_only),
		TEST(a_device_without_addresses_takes_one_of_another),
		TEST(devices_share_an_address_where_the_bundle_says_so),
		TEST(a_node_without_addresses_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
