// SPDX-License-Identifier: BSD-2-Clause
/* Attaches counting programs to lo in private namespaces, by tcx and by tc, and takes them away. */
#include "install/attach.h"

#include <sys/utsname.h>

#include "tests/bpf/counter.h"

static void a_tcx_program_sees_the_packets_of_its_side(void **state)
{
	struct counter in, out;

	(void)state;
	own_open(&in);
	own_open(&out);
	set(&lo_ingress, ATTACH_TCX, &in, false);
	send_datagrams(3);
	assert_int_equal(counter_value(&in), 3);
	set(&lo_egress, ATTACH_TCX, &out, false);
	send_datagrams(2);
	assert_int_equal(counter_value(&in), 5);
	assert_int_equal(counter_value(&out), 2);
	assert_held(&lo_ingress, ATTACH_TCX, &in);
	assert_held(&lo_egress, ATTACH_TCX, &out);
	assert_false(query(&lo_ingress).has_clsact);
	assert_int_equal(query(&lo_ingress).foreign, 0);
	counter_close(&in);
	counter_close(&out);
}

static void a_tc_program_sees_the_packets_of_its_side(void **state)
{
	struct counter in, out;

	(void)state;
	own_open(&in);
	own_open(&out);
	set(&lo_ingress, ATTACH_TC, &in, true);
	send_datagrams(3);
	assert_int_equal(counter_value(&in), 3);
	set(&lo_egress, ATTACH_TC, &out, false);
	send_datagrams(2);
	assert_int_equal(counter_value(&in), 5);
	assert_int_equal(counter_value(&out), 2);
	assert_held(&lo_ingress, ATTACH_TC, &in);
	assert_held(&lo_egress, ATTACH_TC, &out);
	assert_true(query(&lo_ingress).has_clsact);
	counter_close(&in);
	counter_close(&out);
}

static void the_attachment_outlives_the_file_descriptor_of_its_program(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_TCX, &c, false);
	close(c.prog_fd);
	send_datagrams(1);
	assert_int_equal(counter_value(&c), 1);
	close(c.map_fd);
}

static void a_cleared_point_is_as_it_was(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_TC, &c, true);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(attach_clsact_remove(LO_IFINDEX, "lo"), 0);
	assert_false(lo_has_clsact());
	send_datagrams(1);
	assert_int_equal(counter_value(&c), 0);
	counter_close(&c);
}

static void a_point_cleared_of_tcx_is_as_it_was(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_TCX, &c, false);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(pinned_link_id("lo_ingress"), 0);
	assert_false(query(&lo_ingress).is_attached);
	send_datagrams(1);
	assert_int_equal(counter_value(&c), 0);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(rmdir(LINKS), 0);
	counter_close(&c);
}

static void replacing_by_tcx_updates_the_same_link(void **state)
{
	struct counter a, b;
	uint32_t link_id;

	(void)state;
	own_open(&a);
	own_open(&b);
	set(&lo_ingress, ATTACH_TCX, &a, false);
	link_id = pinned_link_id("lo_ingress");
	assert_int_not_equal(link_id, 0);
	set(&lo_ingress, ATTACH_TCX, &b, false);
	assert_int_equal(pinned_link_id("lo_ingress"), link_id);
	assert_held(&lo_ingress, ATTACH_TCX, &b);
	send_datagrams(2);
	assert_int_equal(counter_value(&a), 0);
	assert_int_equal(counter_value(&b), 2);
	counter_close(&a);
	counter_close(&b);
}

static void replacing_by_tc_leaves_one_filter(void **state)
{
	struct counter a, b;

	(void)state;
	own_open(&a);
	own_open(&b);
	set(&lo_ingress, ATTACH_TC, &a, true);
	set(&lo_ingress, ATTACH_TC, &b, false);
	assert_int_equal(filter_count("ingress"), 1);
	assert_held(&lo_ingress, ATTACH_TC, &b);
	send_datagrams(2);
	assert_int_equal(counter_value(&a), 0);
	assert_int_equal(counter_value(&b), 2);
	counter_close(&a);
	counter_close(&b);
}

static void setting_the_same_program_again_changes_nothing(void **state)
{
	struct counter c;
	uint32_t link_id;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_AUTO, &c, false);
	link_id = pinned_link_id("lo_ingress");
	set(&lo_ingress, ATTACH_AUTO, &c, false);
	assert_int_equal(pinned_link_id("lo_ingress"), link_id);
	assert_held(&lo_ingress, ATTACH_TCX, &c);
	counter_close(&c);
}

static void a_point_switches_from_tc_to_tcx_and_back(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_TC, &c, true);
	set(&lo_ingress, ATTACH_TCX, &c, false);
	assert_held(&lo_ingress, ATTACH_TCX, &c);
	assert_int_equal(filter_count("ingress"), 0);
	set(&lo_ingress, ATTACH_TC, &c, false);
	assert_held(&lo_ingress, ATTACH_TC, &c);
	assert_int_equal(pinned_link_id("lo_ingress"), 0);
	send_datagrams(4);
	assert_int_equal(counter_value(&c), 4);
	counter_close(&c);
}

static void a_failed_tc_attachment_takes_its_clsact_back(void **state)
{
	struct counter c;
	bool created = true;

	(void)state;
	own_open(&c);
	assert_true(attach_set(LINKS, &lo_ingress, ATTACH_TC, c.map_fd, &created) < 0);
	assert_false(created);
	assert_false(lo_has_clsact());
	counter_close(&c);
}

static void a_failed_pin_leaves_nothing_attached(void **state)
{
	struct counter c;
	bool created;

	(void)state;
	own_open(&c);
	assert_int_equal(mkdir("/tmp/plain", 0700), 0);
	assert_true(attach_set("/tmp/plain", &lo_ingress, ATTACH_TCX, c.prog_fd, &created) < 0);
	assert_false(query(&lo_ingress).is_attached);
	assert_int_equal(query(&lo_ingress).foreign, 0);
	counter_close(&c);
}

static int said_fd, saved_stderr;

static int print_all(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, fmt, ap);
}

/* From here on, with libbpf as talkative as it is when nobody captured it. */
static void listen_to_stderr(void)
{
	libbpf_set_print(print_all);
	said_fd = open("/tmp/said", O_RDWR | O_CREAT | O_TRUNC, 0600);
	saved_stderr = dup(STDERR_FILENO);
	dup2(said_fd, STDERR_FILENO);
}

static const char *what_was_said(void)
{
	static char said[1024];
	ssize_t got;

	dup2(saved_stderr, STDERR_FILENO);
	got = pread(said_fd, said, sizeof(said) - 1, 0);
	assert_true(got >= 0);
	said[got] = '\0';
	close(saved_stderr);
	close(said_fd);
	return said;
}

static void success_says_nothing(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "clsact"), 0);
	listen_to_stderr();
	set(&lo_ingress, ATTACH_TC, &c, false);
	set(&lo_ingress, ATTACH_AUTO, &c, false);
	attach_clear(LINKS, &lo_ingress);
	attach_clear(LINKS, &lo_ingress);
	attach_clsact_remove(LO_IFINDEX, "lo");
	assert_string_equal(what_was_said(), "");
	counter_close(&c);
}

/* libbpf warns about the qdisc that it finds there, which is no error of ours. */
static void an_ingress_qdisc_of_others_serves_as_well_without_a_word(void **state)
{
	char out[SANDBOX_OUTPUT_MAX];
	struct counter c;

	(void)state;
	own_open(&c);
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "ingress"), 0);
	listen_to_stderr();
	set(&lo_ingress, ATTACH_TC, &c, false);
	assert_string_equal(what_was_said(), "");
	assert_held(&lo_ingress, ATTACH_TC, &c);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(attach_clsact_remove(LO_IFINDEX, "lo"), 0);
	sandbox_output(out, "tc", "qdisc", "show", "dev", "lo");
	assert_non_null(strstr(out, "ingress"));
	counter_close(&c);
}

static void a_failure_says_one_line(void **state)
{
	struct counter c;
	const char *said;
	bool created;

	(void)state;
	own_open(&c);
	listen_to_stderr();
	assert_true(attach_set(LINKS, &lo_ingress, ATTACH_TC, c.map_fd, &created) < 0);
	said = what_was_said();
	assert_non_null(strstr(said, "attach by tc from_test lo ingress"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	counter_close(&c);
}

/* By its refusal, its BTF and its release: nothing else lets a test go untested. */
static void the_kernel_has_tcx_from_6_6_on_and_its_btf_agrees(void **state)
{
	bool has_tcx = tcx_is_there();
	unsigned int major, minor;
	struct utsname name;

	(void)state;
	assert_int_not_equal(kernel_live.btf_has("BPF_TCX_INGRESS"), !has_tcx);
	assert_int_equal(uname(&name), 0);
	assert_int_equal(kernel_release_parse(name.release, &major, &minor), 0);
	if (major > 6 || (major == 6 && minor >= 6))
		assert_true(has_tcx);
}

static void auto_is_tcx_where_the_kernel_has_it(void **state)
{
	enum attach_mode mode;
	bool has_tcx = tcx_is_there();

	(void)state;
	assert_int_equal(attach_mode_resolve(ATTACH_AUTO, &mode), 0);
	assert_int_equal(mode, has_tcx ? ATTACH_TCX : ATTACH_TC);
	assert_int_equal(attach_mode_resolve(ATTACH_TC, &mode), 0);
	assert_int_equal(mode, ATTACH_TC);
	assert_int_equal(attach_mode_resolve(ATTACH_TCX, &mode), has_tcx ? 0 : -EOPNOTSUPP);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		TCX_TEST(a_tcx_program_sees_the_packets_of_its_side),
		ATTACH_TEST(a_tc_program_sees_the_packets_of_its_side),
		TCX_TEST(the_attachment_outlives_the_file_descriptor_of_its_program),
		ATTACH_TEST(a_cleared_point_is_as_it_was),
		TCX_TEST(a_point_cleared_of_tcx_is_as_it_was),
		TCX_TEST(replacing_by_tcx_updates_the_same_link),
		ATTACH_TEST(replacing_by_tc_leaves_one_filter),
		TCX_TEST(setting_the_same_program_again_changes_nothing),
		TCX_TEST(a_point_switches_from_tc_to_tcx_and_back),
		ATTACH_TEST(a_failed_tc_attachment_takes_its_clsact_back),
		TCX_TEST(a_failed_pin_leaves_nothing_attached),
		ATTACH_TEST(success_says_nothing),
		ATTACH_TEST(an_ingress_qdisc_of_others_serves_as_well_without_a_word),
		ATTACH_TEST(a_failure_says_one_line),
		ATTACH_TEST(the_kernel_has_tcx_from_6_6_on_and_its_btf_agrees),
		ATTACH_TEST(auto_is_tcx_where_the_kernel_has_it),
	};

	return attach_main(tests);
}
