// SPDX-License-Identifier: BSD-2-Clause
/* install/status_masquerade: who masquerades by record, attachments and maps, in all three forms. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/status_masquerade.h"

#define NICS 2
#define POINTS (2 * NICS)
#define DEVICES_MAP "hr_devices4"
#define IPMASQ_MAP "hr_ipmasq4"

/* What is pinned, and what the map of devices has; ifindexes count from 1. */
static struct {
	bool has_devices, has_ipmasq;
	int pin_err, lookup_err;
	uint32_t addresses[NICS];
} kernel;

static struct record_point recorded[POINTS];
static struct status_point points[POINTS];
static struct status status;

/* In place of install/maps.c. The descriptor is closed by the one who asked for it. */
int pin_open(const char *dir, const char *name, int *fd)
{
	bool exists = !strcmp(name, DEVICES_MAP) ? kernel.has_devices : kernel.has_ipmasq;

	assert_string_equal(dir, "pins");
	assert_true(!strcmp(name, DEVICES_MAP) || !strcmp(name, IPMASQ_MAP));
	if (kernel.pin_err)
		return kernel.pin_err;
	*fd = exists ? memfd_create(name, 0) : -1;
	return exists ? 0 : -ENOENT;
}

int map_lookup(int fd, enum table_id id, const void *key, struct table_entry *out)
{
	struct hr_device device;
	uint32_t ifindex;

	assert_true(fd >= 0 && id == TABLE_DEVICES);
	memcpy(&ifindex, key, sizeof(ifindex));
	assert_in_range(ifindex, 1, NICS);
	device.masquerade = kernel.addresses[ifindex - 1];
	*out = (struct table_entry){ 0 };
	memcpy(out->value, &device, sizeof(device));
	if (kernel.lookup_err)
		return kernel.lookup_err;
	return device.masquerade ? 0 : -ENOENT;
}

static void add_point(uint32_t ifindex, const char *program)
{
	size_t i = status.record.point_count++;
	struct attach_point *point = &recorded[i].point;

	recorded[i] = (struct record_point){ .point.ifindex = ifindex };
	snprintf(point->interface, sizeof(point->interface), "eth%u", ifindex - 1);
	snprintf(point->program, sizeof(point->program), "%s", program);
	points[i] = (struct status_point){ .recorded = &recorded[i], .state = POINT_IN_PLACE };
}

static void add_constant(const char *name, uint32_t value)
{
	struct record_constant *constant = &status.record.constants[status.record.constant_count++];

	snprintf(constant->name, sizeof(constant->name), "%s", name);
	constant->value = value;
}

static void exclude(const char *text)
{
	struct cidr4 cidr;

	assert_int_equal(parse_cidr4(text, &cidr), 0);
	status.record.constant_count = 0;
	add_constant("node_snat_exclusion_addr", cidr.addr);
	add_constant("node_snat_exclusion_mask", cidr4_mask(cidr.len));
}

/* Two NICs with both programs and an address each. */
static int setup(void **state)
{
	(void)state;
	status = (struct status){ .is_installed = true, .points = points };
	kernel = (typeof(kernel)){ .has_devices = true };
	for (uint32_t ifindex = 1; ifindex <= NICS; ifindex++) {
		add_point(ifindex, "from_netdev");
		add_point(ifindex, "to_netdev");
	}
	parse_ipv4("192.168.64.8", &kernel.addresses[0]);
	parse_ipv4("192.168.65.8", &kernel.addresses[1]);
	add_constant("node_snat_exclusion_addr", NODE_SNAT_EXCLUSION_NONE);
	add_constant("node_snat_exclusion_mask", 0);
	return 0;
}

static void expect(const char *name, const char *line, const char *json)
{
	static const struct install_paths paths = { .pins = "pins" };
	_cleanup_free_ char *text = NULL;
	char got[256];
	json_t *object;

	status.masquerade = (struct status_masquerade){ 0 };
	assert_int_equal(status_masquerade_read(&paths, &status), 0);
	assert_string_equal(status_masquerade_name(&status), name);
	status_masquerade_text(&status, got, sizeof(got));
	assert_string_equal(got, line);
	object = status_masquerade_json(&status);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	assert_non_null(text);
	assert_string_equal(text, json);
}

#define FAMILIES " [IPv4: Enabled, IPv6: Disabled]"
#define FIRST "{\"name\":\"eth0\",\"address\":\"192.168.64.8\"}"
#define SECOND "{\"name\":\"eth1\",\"address\":\"192.168.65.8\"}"
#define BOTH FIRST "," SECOND
#define JSON(devices, exclusion, agent) \
	"{\"devices\":[" devices "],\"exclusion\":\"" exclusion "\",\"ip_masq_agent\":" agent "}"

static void every_nic_that_should_and_does_is_bpf(void **state)
{
	(void)state;
	expect("bpf", "BPF [eth0, eth1]" FAMILIES, JSON(BOTH, "", "false"));
	points[0].state = points[1].state = POINT_CROWDED;
	expect("bpf", "BPF [eth0, eth1]" FAMILIES, JSON(BOTH, "", "false"));
}

static void what_the_programs_leave_out_is_told(void **state)
{
	(void)state;
	exclude("10.233.0.0/16");
	expect("bpf", "BPF [eth0, eth1] 10.233.0.0/16" FAMILIES,
	       JSON(BOTH, "10.233.0.0/16", "false"));
	exclude("0.0.0.0/0");
	expect("bpf", "BPF [eth0, eth1] 0.0.0.0/0" FAMILIES, JSON(BOTH, "0.0.0.0/0", "false"));
	kernel.has_ipmasq = true;
	exclude("10.0.0.1/32");
	expect("bpf", "BPF (ip-masq-agent) [eth0, eth1] 10.0.0.1/32" FAMILIES,
	       JSON(BOTH, "10.0.0.1/32", "true"));
}

static void a_nic_without_an_address_is_incomplete(void **state)
{
	(void)state;
	kernel.addresses[1] = 0;
	expect("incomplete", "incomplete (1 of 2 NICs)", JSON(FIRST, "", "false"));
	kernel.has_devices = false;
	expect("incomplete", "incomplete (0 of 2 NICs)", JSON("", "", "false"));
}

static void services_alone_do_not_masquerade(void **state)
{
	(void)state;
	kernel.has_devices = false;
	status.record.services.nodeport = true;
	expect("disabled", "Disabled", JSON("", "", "false"));
}

static void a_nic_without_one_of_its_programs_is_incomplete(void **state)
{
	static const enum point_state gone[] = { POINT_INTERFACE_GONE, POINT_MISSING, POINT_OTHER };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
		for (size_t k = 0; k < 2; k++) { /* from_netdev, to_netdev */
			points[k].state = gone[i];
			expect("incomplete", "incomplete (1 of 2 NICs)", JSON(SECOND, "", "false"));
			points[k].state = POINT_IN_PLACE;
		}
	}
}

static void without_to_netdev_nobody_masquerades_in_bpf(void **state)
{
	(void)state;
	status.record.point_count = 1;
	exclude("10.233.0.0/16");
	expect("disabled", "Disabled", JSON("", "", "false"));
}

static void our_table_counts_while_it_is_as_we_wrote_it(void **state)
{
	(void)state;
	status.record.point_count = 1;
	for (int nft = NFT_NONE; nft < NFT_STATE__COUNT; nft++) {
		status.nft = (enum nft_state)nft;
		if (nft == NFT_IN_PLACE)
			expect("iptables", "IPTables" FAMILIES, JSON("", "", "false"));
		else
			expect("disabled", "Disabled", JSON("", "", "false"));
	}
}

static void what_the_kernel_does_not_answer_is_an_error(void **state)
{
	static const struct install_paths paths = { .pins = "pins" };

	(void)state;
	kernel.lookup_err = -EPERM;
	assert_int_equal(status_masquerade_read(&paths, &status), -EPERM);
	kernel.lookup_err = 0;
	kernel.pin_err = -EACCES;
	assert_int_equal(status_masquerade_read(&paths, &status), -EACCES);
}

static void a_line_that_is_too_long_is_cut(void **state)
{
	static const struct install_paths paths = { .pins = "pins" };
	char line[8];

	(void)state;
	assert_int_equal(status_masquerade_read(&paths, &status), 0);
	status_masquerade_text(&status, line, sizeof(line));
	assert_string_equal(line, "BPF [et");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_nic_that_should_and_does_is_bpf),
		TEST(what_the_programs_leave_out_is_told),
		TEST(a_nic_without_an_address_is_incomplete),
		TEST(services_alone_do_not_masquerade),
		TEST(a_nic_without_one_of_its_programs_is_incomplete),
		TEST(without_to_netdev_nobody_masquerades_in_bpf),
		TEST(our_table_counts_while_it_is_as_we_wrote_it),
		TEST(what_the_kernel_does_not_answer_is_an_error),
		TEST(a_line_that_is_too_long_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("status_masquerade", tests, NULL, NULL);
}
