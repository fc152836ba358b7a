// SPDX-License-Identifier: BSD-2-Clause
/* install/status_node: devices, sysctls and routes of a node against the record of its apply. */
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
#include "install/route_digest.h"
#include "install/status_node.h"
#include "install/sysctl.h"

#define ROUTES 2
#define ROUTES_DRIFT "the routes to pods (ip route show proto 114) are not those that were applied"

/* hr_host, a pod's interface, one NIC with programs and one without. */
static struct {
	bool is_down, is_gone; /* hr_host */
	const char *sysctl, *value; /* the one that is not as it should be */
	struct rtnl_route routes[ROUTES];
	size_t route_count;
	int link_err, sysctl_err, route_err;
} kernel;

static struct record_point points[4];
static struct record_sysctl sysctls[2];
static struct status status;

/* In place of install/rtnl_link.c, rtnl_route.c and sysctl.c. */
int rtnl_link_get(struct rtnl *nl, const char *name, struct rtnl_link *out)
{
	(void)nl;
	assert_string_equal(name, "hr_host");
	*out = (struct rtnl_link){ .is_up = !kernel.is_down };
	return kernel.is_gone ? -ENODEV : kernel.link_err;
}

int rtnl_link_add_vxlan(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu)
{
	(void)nl, (void)name, (void)port, (void)mtu;
	fail();
	return -EIO;
}

int rtnl_link_add_geneve(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu)
{
	return rtnl_link_add_vxlan(nl, name, port, mtu);
}

int rtnl_route_list(struct rtnl *nl, struct rtnl_route **out, size_t *count)
{
	(void)nl;
	*out = malloc(sizeof(kernel.routes));
	assert_non_null(*out);
	memcpy(*out, kernel.routes, sizeof(kernel.routes));
	*count = kernel.route_count;
	return kernel.route_err;
}

int sysctl_interface_name(char out[SYSCTL_NAME_MAX], const char *interface, const char *key)
{
	snprintf(out, SYSCTL_NAME_MAX, "%s.%s", interface, key);
	return 0;
}

int sysctl_read(const char *name, char out[SYSCTL_VALUE_MAX])
{
	bool is_one = strstr(name, ".forwarding") || strstr(name, ".accept_local");

	snprintf(out, SYSCTL_VALUE_MAX, "%s",
		 kernel.sysctl && !strcmp(name, kernel.sysctl) ? kernel.value
		 : is_one				       ? "1"
							       : "0");
	if (kernel.is_gone && !strncmp(name, "hr_host", strlen("hr_host")))
		return -ENOENT;
	return kernel.sysctl_err;
}

static void add_point(const char *interface, enum attach_direction direction, uint32_t ip)
{
	struct record_point *p = &points[status.record.point_count++];

	*p = (struct record_point){ .point.direction = direction, .ip = ip };
	snprintf(p->point.interface, sizeof(p->point.interface), "%s", interface);
}

static void add_sysctl(const char *interface, unsigned int ifindex, const char *name, int set)
{
	struct record_sysctl *s = &sysctls[status.record.sysctl_count++];

	*s = (struct record_sysctl){ .ifindex = ifindex, .set = set };
	snprintf(s->interface, sizeof(s->interface), "%s", interface);
	snprintf(s->name, sizeof(s->name), "%s", name);
}

/* A node as it was applied. */
static int setup(void **state)
{
	(void)state;
	kernel = (typeof(kernel)){ .route_count = ROUTES };
	kernel.routes[0] = (struct rtnl_route){ .dst = { 1, 24 }, .ifindex = 3, .src = 5 };
	kernel.routes[1] = (struct rtnl_route){ .dst = { 2, 24 }, .ifindex = 2, .gateway = 6 };
	status = (struct status){ .record = { .points = points, .sysctls = sysctls } };
	snprintf(status.record.devices[status.record.device_count++], IFNAMSIZ, "hr_host");
	add_point("hr_host", ATTACH_INGRESS, 0);
	add_point("lxc1", ATTACH_INGRESS, 7);
	add_point("eth0", ATTACH_INGRESS, 0);
	add_point("eth0", ATTACH_EGRESS, 0);
	add_sysctl("eth1", 4, "forwarding", 1);
	add_sysctl("all", 0, "rp_filter", 0);
	return route_digest(kernel.routes, ROUTES, status.record.routes);
}

static int teardown(void **state)
{
	(void)state;
	free(status.node_drift);
	return 0;
}

/* line NULL: nothing has drifted */
static void expect(const char *line)
{
	assert_int_equal(status_node_read(NULL, &status), 0);
	assert_int_equal(status.node_drift_count, line ? 1 : 0);
	assert_int_equal(status.drift, status.node_drift_count);
	if (line)
		assert_string_equal(status.node_drift[0].text, line);
}

static void expect_sysctl(const char *name, const char *value, const char *line)
{
	kernel.sysctl = name;
	kernel.value = value;
	expect(line);
	free(status.node_drift);
	status.node_drift = NULL;
	status.drift = status.node_drift_count = 0;
}

static void a_node_as_it_was_applied_has_not_drifted(void **state)
{
	(void)state;
	expect(NULL);
}

static void a_device_of_ours_that_is_down_is_drift(void **state)
{
	(void)state;
	kernel.is_down = true;
	expect("hr_host is down");
}

static void a_device_that_is_gone_is_its_points_to_tell(void **state)
{
	(void)state;
	kernel.is_gone = true;
	expect(NULL);
}

static void a_sysctl_that_was_changed_is_drift_wherever_we_want_it(void **state)
{
	(void)state;
	expect_sysctl("hr_host.rp_filter", "2",
		      "net.ipv4.conf.hr_host.rp_filter is 2 instead of 0");
	expect_sysctl("lxc1.accept_local", "0",
		      "net.ipv4.conf.lxc1.accept_local is 0 instead of 1");
	expect_sysctl("eth0.forwarding", "0", "net.ipv4.conf.eth0.forwarding is 0 instead of 1");
	expect_sysctl("eth1.forwarding", "0", "net.ipv4.conf.eth1.forwarding is 0 instead of 1");
}

static void a_sysctl_that_is_not_ours_is_not_drift(void **state)
{
	(void)state;
	expect_sysctl("eth0.rp_filter", "1", NULL);
	expect_sysctl("eth1.rp_filter", "1", NULL);
}

/* As apply has it: strict on `all` cannot be overruled, loose can. */
static void of_the_filter_for_all_only_strict_is_drift(void **state)
{
	(void)state;
	expect_sysctl("all.rp_filter", "1", "net.ipv4.conf.all.rp_filter is 1");
	expect_sysctl("all.rp_filter", "2", NULL);
	status.record.sysctl_count = 0;
	expect_sysctl("all.rp_filter", "1", "net.ipv4.conf.all.rp_filter is 1");
}

static void a_route_that_is_missing_is_drift(void **state)
{
	(void)state;
	kernel.route_count = 1;
	expect(ROUTES_DRIFT);
}

static void no_route_at_all_is_drift(void **state)
{
	(void)state;
	kernel.route_count = 0;
	expect(ROUTES_DRIFT);
}

static void a_route_that_leads_elsewhere_is_drift(void **state)
{
	(void)state;
	kernel.routes[1].gateway++;
	expect(ROUTES_DRIFT);
}

static void a_node_that_should_have_no_routes_has_not_drifted(void **state)
{
	(void)state;
	kernel.route_count = 0;
	assert_int_equal(route_digest(NULL, 0, status.record.routes), 0);
	expect(NULL);
}

static void a_record_that_knows_no_routes_is_content_with_any(void **state)
{
	(void)state;
	status.record.routes[0] = '\0';
	kernel.route_count = 0;
	expect(NULL);
}

static void what_the_kernel_does_not_answer_is_an_error(void **state)
{
	(void)state;
	kernel.link_err = -EPERM;
	assert_int_equal(status_node_read(NULL, &status), -EPERM);
	kernel.link_err = 0;
	kernel.sysctl_err = -EACCES;
	assert_int_equal(status_node_read(NULL, &status), -EACCES);
	kernel.sysctl_err = 0;
	kernel.route_err = -ENOBUFS;
	assert_int_equal(status_node_read(NULL, &status), -ENOBUFS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_as_it_was_applied_has_not_drifted),
		TEST(a_device_of_ours_that_is_down_is_drift),
		TEST(a_device_that_is_gone_is_its_points_to_tell),
		TEST(a_sysctl_that_was_changed_is_drift_wherever_we_want_it),
		TEST(a_sysctl_that_is_not_ours_is_not_drift),
		TEST(of_the_filter_for_all_only_strict_is_drift),
		TEST(a_route_that_is_missing_is_drift),
		TEST(no_route_at_all_is_drift),
		TEST(a_route_that_leads_elsewhere_is_drift),
		TEST(a_node_that_should_have_no_routes_has_not_drifted),
		TEST(a_record_that_knows_no_routes_is_content_with_any),
		TEST(what_the_kernel_does_not_answer_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("status_node", tests, NULL, NULL);
}
