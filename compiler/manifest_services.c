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
static const struct {
	const char *key;
	size_t offset; /* of a bool */
} flags[] = {
	FLAG(nodeport),	       FLAG(external_ips),
	FLAG(host_port),       FLAG(session_affinity),
	FLAG(source_ranges),   FLAG(terminating_endpoints),
	FLAG(bind_protection), FLAG(socket_lb_tcp),
	FLAG(socket_lb_udp),   FLAG(socket_lb_host_only),
	FLAG(direct_routing),
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

int manifest_services_read(const struct json_cursor *c, struct manifest_services *out)
{
	struct json_cursor sub = { .path = c->path, .where = "services." };
	int err = cursor_get(c, "services", JSON_OBJECT, &sub.object);

	for (size_t i = 0; !err && i < ARRAY_SIZE(flags); i++)
		err = cursor_bool(&sub, flags[i].key, (bool *)((char *)out + flags[i].offset));
	for (size_t i = 0; !err && i < ARRAY_SIZE(texts); i++)
		err = cursor_text(&sub, texts[i].key, (char *)out + texts[i].offset, texts[i].size);
	err = err ?: cursor_u32(&sub, "maglev_size", &out->maglev_size);
	err = err ?: read_port(&sub, "nodeport_min", &out->nodeport_min);
	err = err ?: read_port(&sub, "nodeport_max", &out->nodeport_max);
	if (!err && out->nodeport && (!out->nodeport_min || out->nodeport_min > out->nodeport_max))
		err = cursor_bad(&sub, "nodeport_min", "not below nodeport_max");
	return err;
}

json_t *manifest_services_json(const struct manifest_services *s)
{
	json_t *out = json_object();
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		err |= json_object_set_new(
			out, flags[i].key,
			json_boolean(*(const bool *)((const char *)s + flags[i].offset)));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		err |= json_object_set_new(out, texts[i].key,
					   jsonout_shown((const char *)s + texts[i].offset));
	err |= json_object_set_new(out, "maglev_size", json_integer(s->maglev_size));
	err |= json_object_set_new(out, "nodeport_min", json_integer(s->nodeport_min));
	err |= json_object_set_new(out, "nodeport_max", json_integer(s->nodeport_max));
	if (!err)
		return out;
	json_decref(out);
	return NULL;
}
