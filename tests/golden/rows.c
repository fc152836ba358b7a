// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rows of what real agents decided, made into input of hrprobe, and its reports compared with them. Runs no
 * tool: verdict-rows.t does, between `rows write FILE DIR` (DIR/<row>.config and .node) and `rows check FILE
 * DIR`, which reads DIR/<row>.report and .status, prints "ok|not ok <group> <rows>" lines and says on
 * stderr what differs.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsonout.h"
#include "config/options.h"
#include "config/release.h"
#include "probe/report.h"
#include "tests/unit/row_node.h"
#include "tests/unit/row_outcome.h"

#define MAX_GROUPS 64

/* One row with its report, and what differs. */
struct check {
	const json_t *row, *outcome, *report;
	struct buf text;
};

struct group {
	const char *name; /* of the rows, which outlive it */
	size_t rows, bad;
};

/* Keys of `effective` that are a value of our `state`. Those with a reading of their own are below. */
static const struct {
	const char *agents, *ours;
} state_keys[] = {
	{ "bandwidth_manager", "bandwidth_manager" },
	{ "debug", "debug" },
	{ "devices_required", "devices_required" },
	{ "external_ips", "external_ips" },
	{ "frag_tracking", "frag_tracking" },
	{ "hostport", "hostport" },
	{ "identity_mode", "identity_mode" },
	{ "ipsec", "ipsec" },
	{ "ipv4_masq", "masquerade_ipv4" },
	{ "ipv6_masq", "masquerade_ipv6" },
	{ "lb_mode", "nodeport_mode" },
	{ "monitor_flags", "monitor_flags" },
	{ "nodeport", "nodeport" },
	{ "nodeport_mode", "nodeport_mode" },
	{ "session_affinity", "session_affinity" },
	{ "socket_lb_tcp", "socket_lb_tcp" },
	{ "socket_lb_udp", "socket_lb_udp" },
	{ "src_range_check", "src_range_check" },
	{ "tunnel_port", "tunnel_port" },
	{ "wireguard", "wireguard" },
};

static void differ(struct check *c, const char *what, const char *ours, const char *agents)
{
	buf_printf(&c->text, "#   %s: %s, the agent has %s\n", what, ours, agents);
}

static void same_text(struct check *c, const char *what, const char *ours, const char *agents)
{
	if (strcmp(ours, agents))
		differ(c, what, ours, agents);
}

/* Agents' values that a release does not have are not compared. */
static void same(struct check *c, const char *what, const json_t *ours, const json_t *agents)
{
	_cleanup_free_ char *our_text = NULL, *agents_text = NULL;

	if (!agents || json_is_null(agents) || json_equal((json_t *)ours, (json_t *)agents))
		return;
	our_text = json_dumps(ours, JSON_ENCODE_ANY);
	agents_text = json_dumps(agents, JSON_ENCODE_ANY);
	differ(c, what, our_text ? our_text : "nothing", agents_text);
}

static void check_mode(struct check *c, const char *status)
{
	static const struct {
		const char *agents, *ours, *status;
	} modes[] = {
		{ "BPF", "BPF", "0" },
		{ "Legacy", "Legacy", "10" },
		{ "fatal", "refused", "11" },
	};
	const char *agents = row_text(c->outcome, "mode");

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i].agents, agents))
			continue;
		same_text(c, "mode", row_text(c->report, "mode"), modes[i].ours);
		same_text(c, "exit status", status, modes[i].status);
		return;
	}
	differ(c, "mode", "not one that is known", agents);
}

static void check_cause(struct check *c)
{
	const json_t *findings = json_object_get(c->report, "findings");
	const char *rule = row_text(json_array_get(findings, 0), "rule");
	const char *class = row_reason_class(c->outcome);

	if (!strcmp(row_text(c->outcome, "mode"), "BPF"))
		return;
	if (!strncmp(class, "bad-value:", 10)) {
		same_text(c, "first cause", rule, REPORT_BAD_VALUE_RULE);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(row_causes); i++)
		if (!strcmp(row_causes[i].class, class) && !strcmp(row_causes[i].rule, rule))
			return;
	differ(c, "first cause", rule, class);
}

static bool has_device(const json_t *row, const char *name)
{
	const json_t *device;
	size_t i;

	json_array_foreach(json_object_get(row, "devices"), i, device)
	{
		if (!strcmp(row_text(device, "name"), name))
			return true;
	}
	return false;
}

/* Up to 1.14 agents keep what the key says where they elect none. */
static bool keeps_direct_device(const json_t *row)
{
	struct cilium_version version;

	return !release_parse(row_text(row, "version"), &version) && version.release < CILIUM_1_15;
}

/* Names of `devices` that no interface has are in the agents' list, not in ours. */
static void check_devices(struct check *c, const json_t *state, const json_t *effective)
{
	const json_t *agents = json_object_get(effective, "devices"), *name;
	const char *direct = row_text(state, "direct_routing_device");
	_cleanup_(json) json_t *known = json_array();
	size_t i;

	if (!agents) /* of 1.19 the device stage was not run */
		return;
	json_array_foreach(agents, i, name)
	{
		if (has_device(c->row, json_string_value(name)))
			json_array_append(known, (json_t *)name);
	}
	same(c, "devices", json_object_get(state, "devices"), known);
	if (*direct || !keeps_direct_device(c->row))
		same_text(c, "direct_routing_device", direct,
			  row_text(effective, "direct_routing_device"));
}

/* Up to 1.13 `tunnel`, later a routing mode and a protocol. */
static void check_tunnel(struct check *c, const json_t *state, const json_t *effective)
{
	const char *tunnel = row_text(effective, "tunnel"),
		   *mode = row_text(effective, "routing_mode");
	bool agents = (*tunnel && strcmp(tunnel, "disabled")) || !strcmp(mode, "tunnel");
	const char *protocol = row_text(effective, *mode ? "tunnel_protocol" : "tunnel");

	if (json_is_true(json_object_get(state, "tunnel")) != agents)
		differ(c, "tunnel", agents ? "false" : "true", agents ? "true" : "false");
	if (!strcmp(protocol, "disabled"))
		protocol = "";
	same_text(c, "tunnel_protocol", row_text(state, "tunnel_protocol"), protocol);
}

static void check_state(struct check *c)
{
	const json_t *effective = json_object_get(c->outcome, "effective");
	const json_t *state = json_object_get(c->report, "state");
	const json_t *both = json_object_get(effective, "socket_lb");

	same(c, "masquerade", json_object_get(state, "masquerade"),
	     json_object_get(c->outcome, "masquerade"));
	same(c, "kpr", json_object_get(state, "kube_proxy_replacement"),
	     json_object_get(c->outcome, "kpr"));
	if (!effective || json_is_null(effective))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(state_keys); i++)
		same(c, state_keys[i].agents, json_object_get(state, state_keys[i].ours),
		     json_object_get(effective, state_keys[i].agents));
	if (!json_object_get(effective, "socket_lb_tcp")) {
		same(c, "socket_lb (TCP)", json_object_get(state, "socket_lb_tcp"), both);
		same(c, "socket_lb (UDP)", json_object_get(state, "socket_lb_udp"), both);
	}
	check_tunnel(c, state, effective);
	check_devices(c, state, effective);
}

static void check_sizes(struct check *c)
{
	const json_t *ours = json_object_get(c->report, "map_sizes"), *size;
	const char *key;

	json_object_foreach(json_object_get(c->outcome, "sizes"), key, size)
		same(c, key, json_object_get(ours, key), size);
}

/* What the rows do not state: link-local addresses, and the IPv6 pod CIDR. */
static bool is_unstated(const char *text)
{
	return !strncmp(text, "fe80::", 6) || !strncmp(text, "fd01::/96", 9);
}

/* The agent aligns columns. */
static void copy_line(const char *text, char *out, size_t size)
{
	size_t n = 0;

	while (*text && n + 1 < size) {
		if (is_unstated(text))
			text += strcspn(text, " \t]");
		else if (isspace((unsigned char)*text))
			text++;
		else
			out[n++] = *text++;
	}
	out[n] = '\0';
}

static void check_status(struct check *c)
{
	const json_t *ours = json_object_get(c->report, "status"), *line;
	char our_line[512], agents_line[512];
	const char *key;

	json_object_foreach(json_object_get(c->outcome, "status"), key, line)
	{
		copy_line(row_text(ours, key), our_line, sizeof(our_line));
		copy_line(json_string_value(line), agents_line, sizeof(agents_line));
		same_text(c, key, our_line, agents_line);
	}
}

static void check_row(struct check *c, const char *status)
{
	check_mode(c, status);
	check_cause(c);
	if (!strcmp(row_text(c->outcome, "mode"), "fatal"))
		return;
	check_state(c);
	check_sizes(c);
	check_status(c);
}

/*
 * The environment of an agent is not hrprobe's to read. What it does to the options is taken from the library and
 * written into the ConfigMap, where it takes the key's place.
 */
static void apply_env(const json_t *row, json_t *data)
{
	_cleanup_options_ struct options opts = { 0 };
	struct cilium_version version;
	const json_t *value;
	const char *name;

	if (release_parse(row_text(row, "version"), &version) ||
	    options_init(&opts, version.release))
		return;
	json_object_foreach(json_object_get(row, "env"), name, value)
		options_set_env(&opts, name, json_string_value(value));
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		if (opts.values[id].is_set)
			json_object_set_new(data, option_defs[id].name,
					    json_string(opts.values[id].text));
}

static json_t *config_of(const json_t *row)
{
	json_t *data = json_deep_copy(json_object_get(row, "config"));

	apply_env(row, data);
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "apiVersion", "v1", "kind", "ConfigMap",
			 "metadata", "name", "cilium-config", "data", data);
}

static int path_of(char path[4096], const char *dir, size_t number, const char *suffix)
{
	int len = snprintf(path, 4096, "%s/%zu.%s", dir, number, suffix);

	return len < 0 || len >= 4096 ? -1 : 0;
}

static int write_json(const char *dir, size_t number, const char *suffix, json_t *value)
{
	_cleanup_(json) json_t *owned = value;
	char path[4096];

	if (!owned || path_of(path, dir, number, suffix))
		return -1;
	return json_dump_file(owned, path, JSON_COMPACT);
}

static int write_row(const json_t *row, const char *dir, size_t number)
{
	return write_json(dir, number, "config", config_of(row)) ||
	       write_json(dir, number, "node", row_node(row));
}

static void read_status(const char *path, char out[16])
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(out, 16, file))
		snprintf(out, 16, "none");
	out[strcspn(out, "\n")] = '\0';
}

static struct group *group_of(struct group *groups, const char *name)
{
	struct group *g = groups;

	while (g < groups + MAX_GROUPS - 1 && g->name && strcmp(g->name, name))
		g++;
	g->name = name;
	return g;
}

static void judge_row(const json_t *row, const char *dir, size_t number, struct group *group)
{
	_cleanup_(json) json_t *report = NULL;
	struct check c = { .row = row, .outcome = json_object_get(row, "outcome") };
	char path[4096], status[16] = "";

	if (!path_of(path, dir, number, "report"))
		c.report = report = json_load_file(path, 0, NULL);
	if (!path_of(path, dir, number, "status"))
		read_status(path, status);
	check_row(&c, status);
	group->rows++;
	group->bad += c.text.len > 0;
	if (c.text.len)
		fprintf(stderr, "# %s %s:\n%s", row_text(row, "version"), row_text(row, "id"),
			c.text.data);
	buf_fini(&c.text);
}

static json_t *read_rows(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	json_t *rows = json_array();
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (json_array_append_new(rows, json_loads(line, 0, NULL)))
			fprintf(stderr, "rows: %s: row %zu is no JSON\n", path,
				json_array_size(rows));
	return rows;
}

int main(int argc, char **argv)
{
	struct group groups[MAX_GROUPS] = { { 0 } };
	_cleanup_(json) json_t *rows = argc == 4 ? read_rows(argv[2]) : NULL;
	const json_t *row;
	size_t i;

	if (!json_array_size(rows)) {
		fprintf(stderr, "usage: rows write|check FILE.jsonl DIR\n");
		return 2;
	}
	json_array_foreach(rows, i, row)
	{
		if (!strcmp(argv[1], "check"))
			judge_row(row, argv[3], i, group_of(groups, row_text(row, "group")));
		else if (write_row(row, argv[3], i))
			return 1;
	}
	for (i = 0; i < MAX_GROUPS && groups[i].name; i++)
		printf("%s %s %zu\n", groups[i].bad ? "bad" : "ok", groups[i].name, groups[i].rows);
	if (strcmp(argv[1], "check"))
		printf("%zu\n", json_array_size(rows));
	return 0;
}
