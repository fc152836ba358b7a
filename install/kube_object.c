// SPDX-License-Identifier: BSD-2-Clause
/* Values of Kubernetes objects, of which any may be missing, and the services that are made of them. */
#include "install/kube_object.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/state_field.h"

const char *kube_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ?: "";
}

json_int_t kube_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const json_t *kube_list(const json_t *object, const char *key)
{
	const json_t *list = json_object_get(object, key);

	return json_is_array(list) ? list : NULL;
}

bool kube_bool(const json_t *object, const char *key, bool absent)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : absent;
}

uint16_t kube_port(const json_t *object, const char *key)
{
	json_int_t port = kube_number(object, key);

	return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

uint8_t kube_protocol(const json_t *object)
{
	const char *name = kube_text(object, "protocol");

	if (!*name || !strcmp(name, "TCP"))
		return IPPROTO_TCP;
	return !strcmp(name, "UDP") ? IPPROTO_UDP : 0;
}

bool kube_ipv4(const char *text, uint32_t *out)
{
	return !state_set_ipv4(text, out);
}

void kube_diag(struct kube *k, enum diag_severity severity, const json_t *object, const char *text)
{
	const json_t *metadata = json_object_get(object, "metadata");

	diag_add(k->diags, severity, (struct pos){ .file = k->file }, NULL, "%s %.64s/%.64s: %s",
		 kube_text(object, "kind"), kube_text(metadata, "namespace"),
		 kube_text(metadata, "name"), text);
}

static int grow(void **items, size_t count, size_t item_size)
{
	void *grown;

	if (count & (count - 1))
		return 0;
	grown = reallocarray(*items, count ? count * 2 : 1, item_size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	return 0;
}

struct service *kube_add(struct kube *k, const json_t *object, const char *suffix)
{
	const json_t *metadata = json_object_get(object, "metadata");
	struct service *service;

	if (grow((void **)&k->services, k->service_count, sizeof(*k->services)))
		return NULL;
	service = &k->services[k->service_count++];
	*service = (struct service){ 0 };
	snprintf(service->name, sizeof(service->name), "%.63s/%.100s%s%.64s",
		 kube_text(metadata, "namespace"), kube_text(metadata, "name"), *suffix ? ":" : "",
		 suffix);
	return service;
}

int kube_add_frontend(struct service *service, enum frontend_kind kind, uint32_t ip, uint16_t port)
{
	if (grow((void **)&service->frontends, service->frontend_count,
		 sizeof(*service->frontends)))
		return -ENOMEM;
	service->frontends[service->frontend_count++] =
		(struct service_frontend){ .ip = ip, .port = port, .kind = kind };
	return 0;
}

int kube_add_backend(struct service *service, const struct service_backend *backend)
{
	if (grow((void **)&service->backends, service->backend_count, sizeof(*service->backends)))
		return -ENOMEM;
	service->backends[service->backend_count++] = *backend;
	return 0;
}

int kube_add_range(struct service *service, struct cidr4 range)
{
	if (grow((void **)&service->source_ranges, service->source_range_count,
		 sizeof(*service->source_ranges)))
		return -ENOMEM;
	service->source_ranges[service->source_range_count++] = range;
	return 0;
}
