// SPDX-License-Identifier: BSD-2-Clause
/* Who serves Services: struct manifest_services to JSON and back, member by member of one list. */
#include "compiler/manifest_services.h"

#include <errno.h>
#include <stddef.h>

#include "common/jsonout.h"

#define FLAG(name)                                              \
	{                                                       \
#name, offsetof(struct manifest_services, name) \
	}
struct flag {
	const char *key;
	size_t offset; /* of a bool */
};

static const struct flag flags[] = {
	FLAG(nodeport),	       FLAG(external_ips),
	FLAG(host_port),       FLAG(session_affinity),
	FLAG(source_ranges),   FLAG(terminating_endpoints),
	FLAG(bind_protection), FLAG(socket_lb_tcp),
	FLAG(socket_lb_udp),   FLAG(socket_lb_host_only),
	FLAG(direct_routing),
};

/* The same, of a bundle that may be older. */
static const struct flag additions[] = {
	FLAG(source_ranges_everywhere),
	FLAG(cluster_ip_outside),
};

#define TEXT(name)                                                    \
	{                                                             \
#name, offsetof(struct manifest_services, name),      \
			sizeof(((struct manifest_services *)0)->name) \
	}
static const struct {
	const char *key;
	size_t offset, size; /* of an array of characters */
} texts[] = {
	TEXT(kpr),
	TEXT(mode),
	TEXT(algorithm),
	TEXT(maglev_seed),
	TEXT(direct_routing_device),
	TEXT(cgroup_root),
};

static int read_port(const struct json_cursor *c, const char *key, uint16_t *out)
{
	uint64_t port = 0;
	int err = cursor_uint(c, key, UINT16_MAX, &port);

	*out = (uint16_t)port;
	return err;
}

static int read_flags(const struct json_cursor *c, const struct flag *list, size_t count,
		      struct manifest_services *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = cursor_bool(c, list[i].key, (bool *)((char *)out + list[i].offset));
	return err;
}

static int read_off(const struct json_cursor *c, void *element)
{
	struct manifest_off *off = element;
	int err = cursor_word(c, "feature", CURSOR_NAME_CHARS, off->feature, sizeof(off->feature));

	err = err ?: cursor_text(c, "rule", off->rule, sizeof(off->rule));
	return err ?: cursor_text(c, "reason", off->reason, sizeof(off->reason));
}

/* Nothing in a bundle of an older build. */
static int read_additions(const struct json_cursor *c, struct manifest_services *out)
{
	if (!json_object_get(c->object, "turned_off"))
		return 0;
	return read_flags(c, additions, ARRAY_SIZE(additions), out)
		       ?: CURSOR_ITEMS(c, "turned_off", read_off, out->turned_off, &out->off_count);
}

int manifest_services_read(const struct json_cursor *c, struct manifest_services *out)
{
	struct json_cursor sub = { .path = c->path, .where = "services." };
	int err = cursor_get(c, "services", JSON_OBJECT, &sub.object);

	err = err ?: read_flags(&sub, flags, ARRAY_SIZE(flags), out);
	for (size_t i = 0; !err && i < ARRAY_SIZE(texts); i++)
		err = cursor_text(&sub, texts[i].key, (char *)out + texts[i].offset, texts[i].size);
	err = err ?: cursor_u32(&sub, "maglev_size", &out->maglev_size);
	err = err ?: read_port(&sub, "nodeport_min", &out->nodeport_min);
	err = err ?: read_port(&sub, "nodeport_max", &out->nodeport_max);
	err = err ?: read_additions(&sub, out);
	if (!err && out->nodeport && (!out->nodeport_min || out->nodeport_min > out->nodeport_max))
		err = cursor_bad(&sub, "nodeport_min", "not below nodeport_max");
	return err;
}

static int write_flags(json_t *out, const struct flag *list, size_t count,
		       const struct manifest_services *s)
{
	int err = 0;

	for (size_t i = 0; i < count; i++)
		err |= json_object_set_new(
			out, list[i].key,
			json_boolean(*(const bool *)((const char *)s + list[i].offset)));
	return err;
}

json_t *manifest_services_off_json(const struct manifest_services *s)
{
	json_t *out = json_array();
	int err = 0;

	for (size_t i = 0; i < s->off_count; i++) {
		const struct manifest_off *off = &s->turned_off[i];

		err |= json_array_append_new(out, json_pack("{s:o, s:o, s:o}", "feature",
							    jsonout_shown(off->feature), "rule",
							    jsonout_shown(off->rule), "reason",
							    jsonout_shown(off->reason)));
	}
	if (!err)
		return out;
	json_decref(out);
	return NULL;
}

json_t *manifest_services_json(const struct manifest_services *s)
{
	json_t *out = json_object();
	int err = 0;

	err |= write_flags(out, flags, ARRAY_SIZE(flags), s);
	err |= write_flags(out, additions, ARRAY_SIZE(additions), s);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		err |= json_object_set_new(out, texts[i].key,
					   jsonout_shown((const char *)s + texts[i].offset));
	err |= json_object_set_new(out, "maglev_size", json_integer(s->maglev_size));
	err |= json_object_set_new(out, "nodeport_min", json_integer(s->nodeport_min));
	err |= json_object_set_new(out, "nodeport_max", json_integer(s->nodeport_max));
	err |= json_object_set_new(out, "turned_off", manifest_services_off_json(s));
	if (!err)
		return out;
	json_decref(out);
	return NULL;
}
