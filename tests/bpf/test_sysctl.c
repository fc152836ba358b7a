// SPDX-License-Identifier: BSD-2-Clause
/* Sysctls of a private network namespace; the host's stay as they are. */
#include "install/sysctl.h"

#include "tests/bpf/sandbox.h"

#include <errno.h>

#define FORWARD "net/ipv4/ip_forward"

static char value[SYSCTL_VALUE_MAX];

static void a_written_value_is_read_back(void **state)
{
	(void)state;
	assert_int_equal(sysctl_write(FORWARD, "1"), 0);
	assert_int_equal(sysctl_read(FORWARD, value), 0);
	assert_string_equal(value, "1");
	assert_int_equal(sysctl_write(FORWARD, "0"), 0);
	assert_int_equal(sysctl_read("net.ipv4.ip_forward", value), 0);
	assert_string_equal(value, "0");
}

static void another_network_namespace_has_its_own(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	assert_int_equal(sysctl_write(FORWARD, "1"), 0);
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) || sysctl_write(FORWARD, "0") ||
		      sysctl_read(FORWARD, value) || strcmp(value, "0"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(sysctl_read(FORWARD, value), 0);
	assert_string_equal(value, "1");
}

static void an_interface_name_with_dots_is_one_part(void **state)
{
	char name[SYSCTL_NAME_MAX];

	(void)state;
	assert_int_equal(sandbox_run("ip", "link", "add", "eth0.100", "type", "veth", "peer",
				     "name", "b"),
			 0);
	assert_int_equal(sysctl_interface_name(name, "eth0.100", "rp_filter"), 0);
	assert_string_equal(name, "net/ipv4/conf/eth0.100/rp_filter");
	assert_int_equal(sysctl_write(name, "2"), 0);
	assert_int_equal(sysctl_read("net.ipv4.conf.eth0/100.rp_filter", value), 0);
	assert_string_equal(value, "2");
}

static void a_value_of_several_words_is_one_line(void **state)
{
	(void)state;
	assert_int_equal(sysctl_write("net/ipv4/ip_local_port_range", "40000 50000"), 0);
	assert_int_equal(sysctl_read("net/ipv4/ip_local_port_range", value), 0);
	assert_string_equal(value, "40000\t50000");
}

static void an_empty_value_is_a_value(void **state)
{
	(void)state;
	assert_int_equal(sysctl_read("net/ipv4/ip_local_reserved_ports", value), 0);
	assert_string_equal(value, "");
	assert_int_equal(sysctl_write("net/ipv4/ip_local_reserved_ports", ""), 0);
}

static void a_sysctl_that_is_not_there_is_enoent(void **state)
{
	(void)state;
	assert_int_equal(sysctl_read("net/ipv4/conf/nothing/rp_filter", value), -ENOENT);
	assert_int_equal(sysctl_write("net/ipv4/no_such_thing", "1"), -ENOENT);
}

static void a_name_outside_net_is_refused(void **state)
{
	static const char *const names[] = {
		"",
		"net",
		"kernel/hostname",
		"kernel.hostname",
		"network/x",
		"/net/ipv4/ip_forward",
		"net/../kernel/hostname",
		"net/./ipv4/ip_forward",
		"net//ipv4/ip_forward",
		"net/ipv4/ip_forward/",
		"net.//.kernel.hostname",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(sysctl_read(names[i], value), -EINVAL);
		assert_int_equal(sysctl_write(names[i], "1"), -EINVAL);
	}
}

static void an_interface_part_cannot_climb_out(void **state)
{
	char name[SYSCTL_NAME_MAX];

	(void)state;
	assert_int_equal(sysctl_interface_name(name, "..", "rp_filter"), -EINVAL);
	assert_int_equal(sysctl_interface_name(name, "a/b", "rp_filter"), -EINVAL);
	assert_int_equal(sysctl_interface_name(name, "", "rp_filter"), -EINVAL);
	assert_int_equal(sysctl_interface_name(name, "lo", "a/b"), -EINVAL);
	assert_int_equal(sysctl_interface_name(name, "lo", ""), -EINVAL);
	assert_int_equal(sysctl_interface_name(name, "all", "rp_filter"), 0);
}

static void a_value_the_kernel_refuses_keeps_the_old_one(void **state)
{
	(void)state;
	assert_int_equal(sysctl_write(FORWARD, "1"), 0);
	assert_int_equal(sysctl_write(FORWARD, "many"), -EINVAL);
	assert_int_equal(sysctl_write(FORWARD, "0\n1"), -EINVAL);
	assert_int_equal(sysctl_read(FORWARD, value), 0);
	assert_string_equal(value, "1");
}

static void lengths_are_bounded(void **state)
{
	char text[SYSCTL_VALUE_MAX + 64], ports[SYSCTL_VALUE_MAX] = "";

	(void)state;
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(sysctl_write(FORWARD, text), -ERANGE);
	memcpy(text, "net/", 4);
	assert_int_equal(sysctl_read(text, value), -ENAMETOOLONG);
	for (int i = 0; i < 40; i++)
		snprintf(ports + strlen(ports), sizeof(ports) - strlen(ports), "%d,", 2000 + i * 2);
	ports[strlen(ports) - 1] = '\0';
	assert_int_equal(sysctl_write("net/ipv4/ip_local_reserved_ports", ports), 0);
	assert_int_equal(sysctl_read("net/ipv4/ip_local_reserved_ports", value), 0);
	assert_string_equal(value, ports);
	assert_int_equal(sandbox_run("sh", "-c",
				     "seq -s, 2000 2 3000 >/proc/sys/net/ipv4/"
				     "ip_local_reserved_ports"),
			 0);
	assert_int_equal(sysctl_read("net/ipv4/ip_local_reserved_ports", value), -ERANGE);
	assert_string_equal(value, ports);
}

#define TEST(name) cmocka_unit_test_setup(name, sandbox_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_written_value_is_read_back),
		TEST(another_network_namespace_has_its_own),
		TEST(an_interface_name_with_dots_is_one_part),
		TEST(a_value_of_several_words_is_one_line),
		TEST(an_empty_value_is_a_value),
		TEST(a_sysctl_that_is_not_there_is_enoent),
		TEST(a_name_outside_net_is_refused),
		TEST(an_interface_part_cannot_climb_out),
		TEST(a_value_the_kernel_refuses_keeps_the_old_one),
		TEST(lengths_are_bounded),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
