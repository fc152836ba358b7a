// SPDX-License-Identifier: BSD-2-Clause
/*
 * The record as JSON, both ways, by jansson. Reading trusts nothing: every value is checked for type and
 * size before it gets near a file name or an interface.
 */
#include "install/record_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "compiler/manifest_services.h"

static json_t *point_to_json(const struct record_point *p)
{
	char ip[IPV4_TEXT_MAX];
	json_t *json =
		json_pack("{s:s, s:i, s:s, s:s, s:b, s:i}", "interface", p->point.interface,
			  "ifindex", (int)p->point.ifindex, "direction",
			  attach_direction_name(p->point.direction), "program", p->point.program,
			  "created_clsact", p->created_clsact, "foreign", (int)p->foreign);

	if (p->ip)
		json_object_set_new(json, "ip", json_string(ipv4_text(p->ip, ip)));
	return json;
}

bool record_is_endpoint(const struct record *record, const char *interface)
{
	for (size_t i = 0; i < record->point_count; i++) {
		if (record->points[i].ip && !strcmp(record->points[i].point.interface, interface))
			return true;
	}
	return false;
}

/* Of which interfaces: all (NULL), those of no endpoint, or one. */
#define NO_ENDPOINTS ""

static bool is_part(const struct record *r, const char *interface, const char *part)
{
	if (!part)
		return true;
	return *part ? !strcmp(interface, part) : !record_is_endpoint(r, interface);
}

static json_t *points_to_json(const struct record *r, const char *part)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->point_count; i++) {
		if (is_part(r, r->points[i].point.interface, part))
			json_array_append_new(array, point_to_json(&r->points[i]));
	}
	return array;
}

static json_t *sysctls_to_json(const struct record *r, const char *part)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->sysctl_count; i++) {
		const struct record_sysctl *s = &r->sysctls[i];

		if (!is_part(r, s->interface, part))
			continue;
		json_array_append_new(array,
				      json_pack("{s:s, s:i, s:s, s:i, s:i}", "interface",
						s->interface, "ifindex", (int)s->ifindex, "name",
						s->name, "old", s->old, "set", s->set));
	}
	return array;
}

static json_t *gaps_to_json(const struct record *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->gap_count; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s}", "key", r->gaps[i].key, "value",
						r->gaps[i].value, "text", r->gaps[i].text));
	return array;
}

static json_t *devices_to_json(const struct record *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->device_count; i++)
		json_array_append_new(array, json_string(r->devices[i]));
	return array;
}

static json_t *constants_to_json(const struct record *r)
{
	json_t *object = json_object();

	for (size_t i = 0; i < r->constant_count; i++)
		json_object_set_new(object, r->constants[i].name,
				    json_integer(r->constants[i].value));
	return object;
}

static json_t *programs_to_json(const struct record *r)
{
	json_t *object = json_object();

	for (size_t i = 0; i < r->program_count; i++)
		json_object_set_new(object, r->programs[i].name, json_string(r->programs[i].tag));
	return object;
}

static json_t *nft_to_json(const struct record *r)
{
	return json_pack("{s:s, s:s}", "written", r->nft.written, "listed", r->nft.listed);
}

static json_t *cgroup_to_json(const struct record *r)
{
	return json_pack("{s:s, s:b, s:i}", "dir", r->cgroup.dir, "mounted", r->cgroup.mounted,
			 "made", (int)r->cgroup.made);
}

static json_t *to_json(const struct record *r, const char *part)
{
	char node_ip[IPV4_TEXT_MAX], router_ip[IPV4_TEXT_MAX], cidr[CIDR4_TEXT_MAX];
	json_t *json = json_pack(
		"{s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "schema", RECORD_SCHEMA,
		"complete", r->complete, "bpffs", r->bpffs, "bundle_sha256", r->bundle_sha256,
		"mode", r->host_routing ? "bpf" : "legacy", "attach", attach_mode_name(r->attach),
		"node_ip", ipv4_text(r->node_ip, node_ip), "router_ip",
		ipv4_text(r->router_ip, router_ip), "pod_cidr", cidr4_text(r->pod_cidr, cidr),
		"ip_masq_config", r->ip_masq_config, "cilium_version", r->cilium_version);

	jsonout_put(json, "services", manifest_services_json(&r->services));
	jsonout_put(json, "gaps", gaps_to_json(r));
	jsonout_put(json, "devices", devices_to_json(r));
	jsonout_put(json, "constants", constants_to_json(r));
	jsonout_put(json, "programs", programs_to_json(r));
	jsonout_put(json, "nft", nft_to_json(r));
	jsonout_put(json, "routes", json_string(r->routes));
	jsonout_put(json, "cgroup", cgroup_to_json(r));
	jsonout_put(json, "sysctls", sysctls_to_json(r, part));
	jsonout_put(json, "points", points_to_json(r, part));
	return json;
}

int record_format(const struct record *r, char **out)
{
	json_auto_t *json = to_json(r, NULL);

	return jsonout_text(json, 1, out);
}

int record_format_node(const struct record *r, const char *endpoints, char **out)
{
	json_auto_t *json = to_json(r, NO_ENDPOINTS);

	if (json_object_set_new(json, "endpoints", json_string(endpoints)))
		return -ENOMEM;
	return jsonout_text(json, 1, out);
}

int record_format_endpoint(const struct record *r, const char *interface, char **out)
{
	json_auto_t *json =
		json_pack("{s:s, s:o, s:o}", "schema", RECORD_ENDPOINT_SCHEMA, "sysctls",
			  sysctls_to_json(r, interface), "points", points_to_json(r, interface));

	return jsonout_text(json, 1, out);
}

/* Where reading went wrong: the first complaint counts. */
struct reader {
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 2, 3))) static int bad(struct reader *rd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rd->why, rd->why_size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int get_text(struct reader *rd, const json_t *object, const char *key, char *out,
		    size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text || strlen(text) >= size)
		return bad(rd, "%s is not a text of at most %zu characters", key, size - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int get_name(struct reader *rd, const json_t *object, const char *key, char *out,
		    size_t size)
{
	int err = get_text(rd, object, key, out, size);

	if (!err && (!out[0] || strchr(out, '/') || !strcmp(out, ".") || !strcmp(out, "..")))
		return bad(rd, "%s \"%s\" is not a name", key, out);
	return err;
}

static int get_int(struct reader *rd, const json_t *object, const char *key, long long min,
		   long long max, long long *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return bad(rd, "%s is not a number in range", key);
	*out = json_integer_value(value);
	return 0;
}

static int get_bool(struct reader *rd, const json_t *object, const char *key, bool *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		return bad(rd, "%s is not a boolean", key);
	*out = json_is_true(value);
	return 0;
}

static int get_ip(struct reader *rd, const json_t *object, const char *key, uint32_t *out)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && !parse_ipv4(text, out) ? 0 : bad(rd, "%s is not an IPv4 address", key);
}

static int get_choice(struct reader *rd, const json_t *object, const char *key, const char *no,
		      const char *yes, bool *out)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text || (strcmp(text, no) && strcmp(text, yes)))
		return bad(rd, "%s is neither %s nor %s", key, no, yes);
	*out = !strcmp(text, yes);
	return 0;
}

static int get_direction(struct reader *rd, const json_t *object, enum attach_direction *out)
{
	const char *text = json_string_value(json_object_get(object, "direction"));

	return text && attach_direction_find(text, out) ? 0 : bad(rd, "direction is not one");
}

static int read_point(struct reader *rd, const json_t *json, struct record *r)
{
	struct record_point p = { 0 };
	long long ifindex = 0, foreign = 0;
	int err;

	err = get_name(rd, json, "interface", p.point.interface, sizeof(p.point.interface));
	if (!err)
		err = get_name(rd, json, "program", p.point.program, sizeof(p.point.program));
	if (!err)
		err = get_int(rd, json, "ifindex", 0, INT32_MAX, &ifindex);
	if (!err)
		err = get_direction(rd, json, &p.point.direction);
	if (!err)
		err = get_bool(rd, json, "created_clsact", &p.created_clsact);
	if (!err)
		err = get_int(rd, json, "foreign", 0, UINT16_MAX, &foreign);
	if (!err && json_object_get(json, "ip"))
		err = get_ip(rd, json, "ip", &p.ip);
	if (err)
		return err;
	p.point.ifindex = (unsigned int)ifindex;
	p.foreign = (unsigned int)foreign;
	return record_add_point(r, &p);
}

static int read_sysctl(struct reader *rd, const json_t *json, struct record *r)
{
	struct record_sysctl s = { 0 };
	long long ifindex = 0, old = 0, set = 0;
	int err;

	err = get_name(rd, json, "interface", s.interface, sizeof(s.interface));
	if (!err)
		err = get_name(rd, json, "name", s.name, sizeof(s.name));
	if (!err)
		err = get_int(rd, json, "ifindex", 0, INT32_MAX, &ifindex);
	if (!err)
		err = get_int(rd, json, "old", INT32_MIN, INT32_MAX, &old);
	if (!err)
		err = get_int(rd, json, "set", INT32_MIN, INT32_MAX, &set);
	if (err)
		return err;
	s.ifindex = (unsigned int)ifindex;
	s.old = (int)old;
	s.set = (int)set;
	return record_add_sysctl(r, &s);
}

static int read_gap(struct reader *rd, const json_t *json, struct record *r)
{
	struct manifest_gap *gap = &r->gaps[r->gap_count];
	int err;

	if (r->gap_count == ARRAY_SIZE(r->gaps))
		return bad(rd, "more than %zu gaps", ARRAY_SIZE(r->gaps));
	err = get_text(rd, json, "key", gap->key, sizeof(gap->key));
	if (!err)
		err = get_text(rd, json, "value", gap->value, sizeof(gap->value));
	if (!err)
		err = get_text(rd, json, "text", gap->text, sizeof(gap->text));
	r->gap_count += !err;
	return err;
}

static int read_device(struct reader *rd, const json_t *json, struct record *r)
{
	const char *name = json_string_value(json);

	if (!name || !name[0] || strlen(name) >= IFNAMSIZ || r->device_count == RECORD_MAX_DEVICES)
		return bad(rd, "devices is not a list of at most %d names", RECORD_MAX_DEVICES);
	memcpy(r->devices[r->device_count++], name, strlen(name) + 1);
	return 0;
}

static int read_array(struct reader *rd, const json_t *root, const char *key,
		      int (*item)(struct reader *, const json_t *, struct record *),
		      struct record *r)
{
	const json_t *array = json_object_get(root, key);
	int err = json_is_array(array) ? 0 : bad(rd, "%s is not a list", key);

	for (size_t i = 0; !err && i < json_array_size(array); i++)
		err = item(rd, json_array_get(array, i), r);
	return err;
}

static int read_constants(struct reader *rd, json_t *object, struct record *r)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		struct record_constant *constant = &r->constants[r->constant_count];

		if (r->constant_count == RECORD_MAX_CONSTANTS ||
		    strlen(name) >= sizeof(constant->name) || !json_is_integer(value) ||
		    json_integer_value(value) < 0 || json_integer_value(value) > UINT32_MAX)
			return bad(rd, "constants: bad entry \"%.40s\"", name);
		memcpy(constant->name, name, strlen(name) + 1);
		constant->value = (uint32_t)json_integer_value(value);
		r->constant_count++;
	}
	return 0;
}

static int read_programs(struct reader *rd, json_t *object, struct record *r)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		struct record_program *program = &r->programs[r->program_count];
		const char *tag = json_string_value(value);

		if (r->program_count == RECORD_MAX_PROGRAMS || !tag ||
		    strlen(name) >= sizeof(program->name) || strlen(tag) >= sizeof(program->tag))
			return bad(rd, "programs: bad entry \"%.40s\"", name);
		memcpy(program->name, name, strlen(name) + 1);
		memcpy(program->tag, tag, strlen(tag) + 1);
		r->program_count++;
	}
	return 0;
}

/* A record of before there was a table has none. */
static int read_nft(struct reader *rd, const json_t *object, struct record *r)
{
	int err;

	if (!object)
		return 0;
	err = get_text(rd, object, "written", r->nft.written, sizeof(r->nft.written));
	return err ? err : get_text(rd, object, "listed", r->nft.listed, sizeof(r->nft.listed));
}

static int read_services(struct reader *rd, const json_t *root, struct record *r)
{
	const struct json_cursor c = { .path = "record", .object = root };
	int err =
		get_text(rd, root, "cilium_version", r->cilium_version, sizeof(r->cilium_version));

	if (err)
		return err;
	return manifest_services_read(&c, &r->services) ? bad(rd, "services: malformed") : 0;
}

static int read_scalars(struct reader *rd, const json_t *root, struct record *r)
{
	char cidr[CIDR4_TEXT_MAX] = "";
	bool is_tc = false;
	int err;

	err = get_bool(rd, root, "complete", &r->complete);
	if (!err)
		err = get_text(rd, root, "bpffs", r->bpffs, sizeof(r->bpffs));
	if (!err)
		err = get_text(rd, root, "bundle_sha256", r->bundle_sha256,
			       sizeof(r->bundle_sha256));
	if (!err)
		err = get_choice(rd, root, "mode", "legacy", "bpf", &r->host_routing);
	if (!err)
		err = get_choice(rd, root, "attach", attach_mode_name(ATTACH_TCX),
				 attach_mode_name(ATTACH_TC), &is_tc);
	r->attach = is_tc ? ATTACH_TC : ATTACH_TCX;
	if (!err)
		err = get_ip(rd, root, "node_ip", &r->node_ip);
	if (!err)
		err = get_ip(rd, root, "router_ip", &r->router_ip);
	if (!err)
		err = get_text(rd, root, "pod_cidr", cidr, sizeof(cidr));
	if (!err && parse_cidr4(cidr, &r->pod_cidr))
		err = bad(rd, "pod_cidr is not a prefix");
	/* Records of before there were these are records too. */
	if (!err && json_object_get(root, "ip_masq_config"))
		err = get_text(rd, root, "ip_masq_config", r->ip_masq_config,
			       sizeof(r->ip_masq_config));
	if (!err && json_object_get(root, "routes"))
		err = get_text(rd, root, "routes", r->routes, sizeof(r->routes));
	if (!err && json_object_get(root, "services"))
		err = read_services(rd, root, r);
	return err;
}

/* Records of before programs were at a cgroup have none. */
static int read_cgroup(struct reader *rd, const json_t *object, struct record_cgroup *out)
{
	long long made = 0;
	int err;

	if (!object)
		return 0;
	err = get_text(rd, object, "dir", out->dir, sizeof(out->dir));
	if (!err)
		err = get_bool(rd, object, "mounted", &out->mounted);
	if (!err)
		err = get_int(rd, object, "made", 0, PATH_SIZE, &made);
	out->made = (unsigned int)made;
	return err;
}

static int read_root(struct reader *rd, const json_t *root, struct record *r)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	int err;

	if (!schema || strcmp(schema, RECORD_SCHEMA))
		return bad(rd, "its schema is \"%.40s\", not " RECORD_SCHEMA, schema ? schema : "");
	err = read_scalars(rd, root, r);
	if (!err && json_object_get(root, "endpoints"))
		err = get_name(rd, root, "endpoints", r->endpoints, sizeof(r->endpoints));
	if (!err)
		err = read_array(rd, root, "gaps", read_gap, r);
	if (!err)
		err = read_array(rd, root, "devices", read_device, r);
	if (!err)
		err = read_constants(rd, json_object_get(root, "constants"), r);
	if (!err)
		err = read_programs(rd, json_object_get(root, "programs"), r);
	if (!err)
		err = read_nft(rd, json_object_get(root, "nft"), r);
	if (!err)
		err = read_cgroup(rd, json_object_get(root, "cgroup"), &r->cgroup);
	if (!err)
		err = read_array(rd, root, "sysctls", read_sysctl, r);
	if (!err)
		err = read_array(rd, root, "points", read_point, r);
	return err;
}

static int load(struct reader *rd, const char *text, size_t len, json_t **out)
{
	json_error_t error;

	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	return *out ? 0 : bad(rd, "not JSON: line %d: %s", error.line, error.text);
}

int record_parse(const char *text, size_t len, struct record *out, char *why, size_t why_size)
{
	struct reader rd = { .why = why, .why_size = why_size };
	_cleanup_record_ struct record r = { 0 };
	json_auto_t *root = NULL;
	int err;

	err = load(&rd, text, len, &root);
	if (!err)
		err = read_root(&rd, root, &r);
	if (err == -ENOMEM)
		bad(&rd, "out of memory");
	if (err)
		return err;
	*out = r;
	r = (struct record){ 0 };
	return 0;
}

/* What is in an endpoint's part must be about its interface: it is by the file's name that it is found. */
static int check_interface(struct reader *rd, const struct record *r, const char *interface)
{
	for (size_t i = 0; i < r->sysctl_count; i++) {
		if (strcmp(r->sysctls[i].interface, interface))
			return bad(rd, "a sysctl is of %s", r->sysctls[i].interface);
	}
	for (size_t i = 0; i < r->point_count; i++) {
		if (strcmp(r->points[i].point.interface, interface) || !r->points[i].ip)
			return bad(rd, "a point is no endpoint's, or of another interface");
	}
	return r->point_count ? 0 : bad(rd, "it has no point");
}

static int read_endpoint(struct reader *rd, const json_t *root, struct record *r)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	int err;

	if (!schema || strcmp(schema, RECORD_ENDPOINT_SCHEMA))
		return bad(rd, "its schema is not " RECORD_ENDPOINT_SCHEMA);
	err = read_array(rd, root, "sysctls", read_sysctl, r);
	return err ? err : read_array(rd, root, "points", read_point, r);
}

int record_parse_endpoint(const char *text, size_t len, const char *interface,
			  struct record *record, char *why, size_t why_size)
{
	struct reader rd = { .why = why, .why_size = why_size };
	_cleanup_record_ struct record r = { 0 };
	json_auto_t *root = NULL;
	int err;

	err = load(&rd, text, len, &root);
	if (!err)
		err = read_endpoint(&rd, root, &r);
	if (!err)
		err = check_interface(&rd, &r, interface);
	for (size_t i = 0; !err && i < r.sysctl_count; i++)
		err = record_add_sysctl(record, &r.sysctls[i]);
	for (size_t i = 0; !err && i < r.point_count; i++)
		err = record_add_point(record, &r.points[i]);
	if (err == -ENOMEM)
		bad(&rd, "out of memory");
	return err;
}
