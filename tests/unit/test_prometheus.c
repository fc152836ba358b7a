// SPDX-License-Identifier: BSD-2-Clause
/* install/status_prometheus: every line of the exposition is read back by its grammar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "install/status.h"

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL "[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[\\\\\"n])*\""
#define SAMPLE "^" NAME "(\\{" LABEL "(," LABEL ")*\\})? [0-9]+$"

static bool matches(const char *line, const char *pattern)
{
	regex_t regex;
	bool found;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = !regexec(&regex, line, 0, NULL, 0);
	regfree(&regex);
	return found;
}

/* A sample belongs to the family that was announced last. */
static void check_line(const char *line, char family[128])
{
	char help[128], type[16];

	if (sscanf(line, "# HELP %127s", help) == 1) {
		snprintf(family, 128, "%s", help);
		return;
	}
	if (sscanf(line, "# TYPE %127s %15s", help, type) == 2) {
		assert_string_equal(help, family);
		assert_true(!strcmp(type, "gauge") || !strcmp(type, "counter"));
		assert_true(strcmp(type, "counter") || strstr(family, "_total"));
		return;
	}
	if (!matches(line, SAMPLE))
		fail_msg("no sample: %s", line);
	assert_int_equal(strcspn(line, "{ "), strlen(family));
	assert_memory_equal(line, family, strlen(family));
}

static struct status example(struct status_map *maps)
{
	struct status s = { .is_installed = true, .routing = ROUTING_BPF, .in_place = 3 };

	maps[0].info = (struct object_map){ .name = "hr_\"odd\\", .type = 1, .max_entries = 10 };
	maps[0].entries = 4;
	maps[1].info = (struct object_map){ .name = "hr_events", .type = 27, .max_entries = 4096 };
	s.maps = maps;
	s.map_count = 2;
	s.counters[0] = (struct status_counter){ .hook = HOOK_FROM_NETDEV,
						 .reason = REASON_TO_STACK,
						 .sum = { .packets = 5, .bytes = 600 } };
	s.counter_count = 1;
	s.events_lost = 9;
	return s;
}

static void every_line_is_of_the_format(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct status_map maps[2] = { 0 };
	struct status s = example(maps);
	char family[128] = "", *save = NULL;

	(void)state;
	assert_int_equal(status_prometheus(&s, &text), 0);
	assert_int_equal(text[strlen(text) - 1], '\n');
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		check_line(line, family);
}

static void values_are_under_their_names(void **state)
{
	static const char *const lines[] = {
		"\nhostroute_packets_total{program=\"from_netdev\",direction=\"ingress\",reason="
		"\"to-stack\","
		"kind=\"stack\"} 5\n",
		"reason=\"to-stack\",kind=\"stack\"} 600\n",
		"\nhostroute_map_entries{map=\"hr_\\\"odd\\\\\",type=\"hash\"} 4\n",
		"\nhostroute_map_max_entries{map=\"hr_\\\"odd\\\\\",type=\"hash\"} 10\n",
		"\nhostroute_host_routing_info{mode=\"bpf\"} 1\n",
		"\nhostroute_programs_in_place 3\n",
		"\nhostroute_events_lost_total 9\n",
		"\nhostroute_build_info{version=\"" HOSTROUTE_VERSION "\",bundle=\"\"} 1\n",
	};
	_cleanup_free_ char *text = NULL;
	struct status_map maps[2] = { 0 };
	struct status s = example(maps);

	(void)state;
	assert_int_equal(status_prometheus(&s, &text), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!strstr(text, lines[i]))
			fail_msg("%s is not in\n%s", lines[i], text);
	}
	assert_null(strstr(text, "hr_events"));
}

static void masquerading_is_what_the_other_formats_say(void **state)
{
	static const struct {
		size_t wanted, count;
		enum nft_state nft;
		const char *mode;
	} rows[] = {
		{ 0, 0, NFT_NONE, "disabled" },	    { 0, 0, NFT_MISSING, "disabled" },
		{ 0, 0, NFT_IN_PLACE, "iptables" }, { 2, 1, NFT_NONE, "incomplete" },
		{ 2, 2, NFT_NONE, "bpf" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = NULL;
		struct status_map maps[2] = { 0 };
		struct status s = example(maps);
		char line[80];

		s.masquerade.wanted = rows[i].wanted;
		s.masquerade.count = rows[i].count;
		s.nft = rows[i].nft;
		snprintf(line, sizeof(line), "\nhostroute_masquerading_info{mode=\"%s\"} 1\n",
			 rows[i].mode);
		assert_int_equal(status_prometheus(&s, &text), 0);
		if (!strstr(text, line))
			fail_msg("%s is not in\n%s", line, text);
	}
}

static void directions_are_those_that_a_pod_sees(void **state)
{
	static const struct {
		const char *program, *direction;
	} rows[HOOK__COUNT] = {
		{ "from_container", "egress" }, { "from_host", "egress" },
		{ "from_netdev", "ingress" },	{ "to_netdev", "egress" },
		{ "from_overlay", "ingress" },	{ "connect4", "egress" },
		{ "connect6", "egress" },	{ "sendmsg4", "egress" },
		{ "recvmsg4", "ingress" },	{ "recvmsg6", "ingress" },
		{ "getpeername4", "ingress" },	{ "getpeername6", "ingress" },
		{ "post_bind4", "ingress" },	{ "post_bind6", "ingress" },
	};

	(void)state;
	for (enum hr_hook hook = 0; hook < HOOK__COUNT; hook++) {
		_cleanup_free_ char *text = NULL;
		struct status_map maps[2] = { 0 };
		struct status s = example(maps);
		char labels[80];

		s.counters[0].hook = hook;
		snprintf(labels, sizeof(labels), "{program=\"%s\",direction=\"%s\",",
			 rows[hook].program, rows[hook].direction);
		assert_int_equal(status_prometheus(&s, &text), 0);
		if (!strstr(text, labels))
			fail_msg("%s is not in\n%s", labels, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_of_the_format),
		cmocka_unit_test(values_are_under_their_names),
		cmocka_unit_test(masquerading_is_what_the_other_formats_say),
		cmocka_unit_test(directions_are_those_that_a_pod_sees),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
