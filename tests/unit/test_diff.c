// SPDX-License-Identifier: BSD-2-Clause
/* compiler/diff: what counts as a difference, and what a node would go through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "compiler/diff.h"

#define HEAD                                                                               \
	"kind: ConfigMap\ndata:\n  enable-ipv6: \"false\"\n  enable-host-legacy-routing: " \
	"\"true\"\n"

static struct target target;
static struct diff_side old, new;
static struct diff diff;

static int set_up(void **state)
{
	(void)state;
	target_assume(&target);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	diff_fini(&diff);
	diff_side_fini(&old);
	diff_side_fini(&new);
	return 0;
}

static void read_config(struct diff_side *side, const char *text, enum cilium_release release)
{
	struct compile_request request = { .source = { .path = "c.yaml",
						       .text = text,
						       .releases = RELEASES_IN(release, release) },
					   .target = &target };

	assert_int_equal(diff_side_read(&request, side), 0);
}

static void compare(const char *before, const char *after)
{
	read_config(&old, before, CILIUM_1_12);
	read_config(&new, after, CILIUM_1_12);
	assert_int_equal(diff_make(&old, &new, &diff), 0);
}

static void assert_key(const char *name, enum diff_change change)
{
	assert_int_equal(diff.keys.count, 1);
	assert_string_equal(diff.keys.items[0].name, name);
	assert_int_equal(diff.keys.items[0].change, change);
}

static void a_config_does_not_differ_from_itself(void **state)
{
	(void)state;
	compare(HEAD, HEAD);
	assert_false(diff_has_rows(&diff));
	assert_true(diff.objects_known);
	assert_string_equal(diff.disruption, "none");
}

static void a_value_that_changes_is_told_with_both_origins(void **state)
{
	(void)state;
	compare(HEAD "  debug: \"false\"\n", HEAD "  cluster-name: default\n  debug: \"true\"\n");
	assert_int_equal(diff.keys.count, 2);
	assert_string_equal(diff.keys.items[1].name, "debug");
	assert_string_equal(diff.keys.items[1].old_note, "c.yaml:5:10");
	assert_string_equal(diff.keys.items[1].new_note, "c.yaml:6:10");
	assert_string_equal(diff.disruption, "none");
}

static void a_default_made_explicit_is_no_change_of_value(void **state)
{
	(void)state;
	compare(HEAD, HEAD "  enable-ipv4: \"True\"\n");
	assert_key("enable-ipv4", CHANGE_TO_EXPLICIT);
}

static void an_explicit_value_left_to_the_default_is_told(void **state)
{
	(void)state;
	compare(HEAD "  enable-ipv4: \"true\"\n", HEAD);
	assert_key("enable-ipv4", CHANGE_TO_DEFAULT);
}

static void another_spelling_of_the_same_value_is_said_to_be_one(void **state)
{
	(void)state;
	compare(HEAD "  enable-ipv4: \"1\"\n", HEAD "  enable-ipv4: \"True\"\n");
	assert_key("enable-ipv4", CHANGE_SPELLING);
}

static void keys_that_nobody_knows_are_compared_too(void **state)
{
	(void)state;
	compare(HEAD "  invented: a\n", HEAD);
	assert_key("invented", CHANGE_REMOVED);
	assert_string_equal(diff.disruption, "none");
}

static void another_release_changes_defaults(void **state)
{
	bool found = false;

	(void)state;
	read_config(&old, HEAD, CILIUM_1_14);
	read_config(&new, HEAD, CILIUM_1_15);
	assert_int_equal(diff_make(&old, &new, &diff), 0);
	for (size_t i = 0; i < diff.keys.count; i++) {
		const struct diff_row *row = &diff.keys.items[i];

		found = found || (!strcmp(row->name, "bpf-ct-timeout-regular-tcp") &&
				  row->change == CHANGE_OF_DEFAULT);
	}
	assert_true(found);
	assert_true(diff_has_rows(&diff));
}

static void traffic_that_starts_to_bypass_netfilter_is_told(void **state)
{
	(void)state;
	compare(HEAD, "kind: ConfigMap\ndata:\n  enable-ipv6: \"false\"\n"
		      "  kube-proxy-replacement: probe\n  enable-ipv4-masquerade: \"false\"\n");
	assert_int_equal(diff.bypass, BYPASS_STARTS);
	assert_non_null(strstr(diff.disruption, "traffic starts to bypass netfilter"));
	/* Nobody built them, and the macros differ. */
	assert_false(diff.objects_known);
	assert_non_null(strstr(diff.disruption, "objects and maps unknown"));
}

static void traffic_that_stops_bypassing_netfilter_is_told(void **state)
{
	(void)state;
	compare("kind: ConfigMap\ndata:\n  enable-ipv6: \"false\"\n"
		"  kube-proxy-replacement: probe\n  enable-ipv4-masquerade: \"false\"\n",
		HEAD);
	assert_int_equal(diff.bypass, BYPASS_STOPS);
	assert_non_null(strstr(diff.disruption, "traffic stops bypassing netfilter"));
}

static void a_tunnel_that_changes_its_port_or_goes_away_is_told(void **state)
{
	(void)state;
	compare(HEAD, HEAD "  tunnel-port: \"4789\"\n");
	assert_true(diff.tunnel_changes);
	assert_string_equal(diff.disruption, "tunnel changes: vxlan port 8472 to vxlan port 4789; "
					     "objects and maps unknown");
	tear_down(NULL);
	compare(HEAD, HEAD "  tunnel: disabled\n  auto-direct-node-routes: \"true\"\n  "
			   "ipv4-native-routing-cidr: 10.0.0.0/8\n");
	assert_non_null(strstr(diff.disruption, "tunnel changes: vxlan port 8472 to no tunnel"));
	assert_non_null(strstr(diff.disruption, "routes between nodes change"));
	assert_non_null(strstr(diff.disruption, "attachments change"));
}

static void other_devices_are_other_attachments(void **state)
{
	(void)state;
	compare(HEAD, HEAD "  devices: eth0 eth1\n");
	assert_int_equal(diff.attachments.count, 3);
	assert_string_equal(diff.disruption, "attachments change");
}

/* A side of one object with these maps. */
static void bundle(struct diff_side *side, const char *sha256, const struct object_map *maps,
		   size_t count)
{
	struct manifest *m = &side->c.manifest;

	*side = (struct diff_side){ .name = strdup("bundle"),
				    .is_bundle = true,
				    .has_objects = true };
	m->objects = calloc(1, sizeof(*m->objects));
	assert_true(side->name && m->objects && count <= NEEDS_MAX_MAPS);
	m->object_count = 1;
	snprintf(m->objects[0].file, sizeof(m->objects[0].file), "bpf_lxc.o");
	snprintf(m->objects[0].sha256, sizeof(m->objects[0].sha256), "%s", sha256);
	memcpy(m->objects[0].needs.maps, maps, count * sizeof(*maps));
	m->objects[0].needs.map_count = count;
}

static void maps_that_change_their_shape_lose_their_contents(void **state)
{
	static const struct object_map before[] = { { "hr_kept", 1, 4, 8, 100, 0 },
						    { "hr_larger", 1, 4, 8, 100, 0 },
						    { "hr_gone", 1, 4, 8, 100, 0 } };
	static const struct object_map after[] = { { "hr_kept", 1, 4, 8, 100, 0 },
						   { "hr_larger", 1, 4, 8, 200, 0 },
						   { "hr_fresh", 1, 4, 8, 100, 0 } };

	(void)state;
	bundle(&old, "a", before, ARRAY_SIZE(before));
	bundle(&new, "b", after, ARRAY_SIZE(after));
	assert_int_equal(diff_make(&old, &new, &diff), 0);
	assert_int_equal(diff.map_count, 3);
	assert_string_equal(diff.maps[0].old->name, "hr_larger");
	assert_string_equal(diff.maps[1].old->name, "hr_gone");
	assert_false(diff_map_is_lost(&diff.maps[2]));
	assert_string_equal(diff.disruption, "reload; maps lost: hr_larger, hr_gone");
}

static void each_property_of_a_map_is_its_shape(void **state)
{
	static const struct object_map before = { "hr_map", 1, 4, 8, 100, 0 };
	static const struct object_map after[] = {
		{ "hr_map", 2, 4, 8, 100, 0 }, { "hr_map", 1, 5, 8, 100, 0 },
		{ "hr_map", 1, 4, 9, 100, 0 }, { "hr_map", 1, 4, 8, 101, 0 },
		{ "hr_map", 1, 4, 8, 100, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		bundle(&old, "a", &before, 1);
		bundle(&new, "a", &after[i], 1);
		assert_int_equal(diff_make(&old, &new, &diff), 0);
		assert_string_equal(diff.disruption, "maps lost: hr_map");
		tear_down(NULL);
	}
}

static void nobodys_texts_talk_to_the_terminal(void **state)
{
	static const struct object_map map = { "hr_\x1b[31mred", 1, 4, 8, 100, 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	bundle(&old, "a\nb", &map, 1);
	bundle(&new, "\x1b[2J", &map, 0);
	new.macros[new.macro_count++] = (struct diff_macro){ "M\tM", "\x1b]0;x" };
	assert_int_equal(diff_make(&old, &new, &diff), 0);
	assert_int_equal(diff_text(&diff, &text), 0);
	assert_null(strpbrk(text, "\x1b\t\r"));
	assert_non_null(strstr(text, "hr_.[31mred"));
}

static void both_forms_can_be_written_of_any_difference(void **state)
{
	_cleanup_free_ char *text = NULL, *json = NULL;

	(void)state;
	compare(HEAD "  debug: \"true\"\n",
		HEAD "  tunnel: disabled\n  ipv4-native-routing-cidr: 10.0.0.0/8\n");
	assert_int_equal(diff_text(&diff, &text), 0);
	assert_int_equal(diff_json(&diff, &json), 0);
	assert_non_null(strstr(text, "unknown, because they could not be built"));
	assert_non_null(strstr(json, "\"objects\": null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_config_does_not_differ_from_itself, tear_down),
		cmocka_unit_test_teardown(a_value_that_changes_is_told_with_both_origins,
					  tear_down),
		cmocka_unit_test_teardown(a_default_made_explicit_is_no_change_of_value, tear_down),
		cmocka_unit_test_teardown(an_explicit_value_left_to_the_default_is_told, tear_down),
		cmocka_unit_test_teardown(another_spelling_of_the_same_value_is_said_to_be_one,
					  tear_down),
		cmocka_unit_test_teardown(keys_that_nobody_knows_are_compared_too, tear_down),
		cmocka_unit_test_teardown(another_release_changes_defaults, tear_down),
		cmocka_unit_test_teardown(traffic_that_starts_to_bypass_netfilter_is_told,
					  tear_down),
		cmocka_unit_test_teardown(traffic_that_stops_bypassing_netfilter_is_told,
					  tear_down),
		cmocka_unit_test_teardown(a_tunnel_that_changes_its_port_or_goes_away_is_told,
					  tear_down),
		cmocka_unit_test_teardown(other_devices_are_other_attachments, tear_down),
		cmocka_unit_test_teardown(maps_that_change_their_shape_lose_their_contents,
					  tear_down),
		cmocka_unit_test_teardown(each_property_of_a_map_is_its_shape, tear_down),
		cmocka_unit_test_teardown(nobodys_texts_talk_to_the_terminal, tear_down),
		cmocka_unit_test_teardown(both_forms_can_be_written_of_any_difference, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, NULL);
}
