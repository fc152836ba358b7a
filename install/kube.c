// SPDX-License-Identifier: BSD-2-Clause
/* A List of Kubernetes objects: finds those that matter, and what they claim twice. */
#include "install/kube.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/kube_object.h"
#include "install/state_service_check.h"

#define SERVICE_LABEL "kubernetes.io/service-name"

static int fail(struct kube *k, int err, const char *text)
{
	diag_add(k->diags, DIAG_ERROR, (struct pos){ .file = k->file }, NULL, "%s", text);
	return err;
}

static bool is_kind(const json_t *object, const char *kind)
{
	return !strcmp(kube_text(object, "kind"), kind);
}

static int by_service(const void *a, const void *b)
{
	const struct kube_slice *x = a, *y = b;
	int order = strcmp(x->namespace, y->namespace);

	return order ? order : strcmp(x->service, y->service);
}

static int index_slices(struct kube *k, const json_t *items)
{
	size_t i;
	json_t *item;

	k->slices = calloc(json_array_size(items) + 1, sizeof(*k->slices));
	if (!k->slices)
		return fail(k, -ENOMEM, "out of memory");
	json_array_foreach((json_t *)items, i, item)
	{
		const json_t *metadata = json_object_get(item, "metadata");

		if (is_kind(item, "EndpointSlice"))
			k->slices[k->slice_count++] = (struct kube_slice){
				.namespace = kube_text(metadata, "namespace"),
				.service = kube_text(json_object_get(metadata, "labels"),
						     SERVICE_LABEL),
				.object = item,
			};
	}
	qsort(k->slices, k->slice_count, sizeof(*k->slices), by_service);
	return 0;
}

static int read_objects(struct kube *k, const json_t *items)
{
	size_t i, services = 0, kinds = 0;
	json_t *item;
	int err = 0;

	json_array_foreach((json_t *)items, i, item)
	{
		kinds += *kube_text(item, "kind") != '\0';
		if (is_kind(item, "Service"))
			err = kube_service(k, item);
		else if (is_kind(item, "Pod"))
			err = kube_pod(k, item);
		services += is_kind(item, "Service");
		if (err)
			return err == -ENOMEM ? fail(k, err, "out of memory") : err;
		if (k->service_count > STATE_MAX_SERVICES)
			return fail(k, -EINVAL, "has more services than are served");
	}
	/* Read as a cluster without services it would take all of them away. */
	if (json_array_size(items) && !kinds)
		return fail(k, -EINVAL,
			    "has objects without kinds; kubectl get -o json writes them");
	if (services && !k->slice_count)
		diag_add(k->diags, DIAG_WARNING, (struct pos){ .file = k->file }, NULL,
			 "has Services and no EndpointSlices: none of them has a backend");
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct service *)a)->name, ((const struct service *)b)->name);
}

static int check_names(struct kube *k)
{
	if (k->service_count)
		qsort(k->services, k->service_count, sizeof(*k->services), by_name);
	for (size_t i = 0; i < k->service_count; i++) {
		if (service_name_problem(k->services[i].name))
			return fail(k, -EINVAL, "has an object whose name cannot be one");
	}
	for (size_t i = 1; i < k->service_count; i++) {
		if (by_name(&k->services[i - 1], &k->services[i]))
			continue;
		diag_add(k->diags, DIAG_ERROR, (struct pos){ .file = k->file }, NULL,
			 "%.128s is there twice", k->services[i].name);
		return -EINVAL;
	}
	return 0;
}

/*
 * Kubernetes lets two Services have one address; the first by name has it. Nobody takes a ClusterIP, which Kubernetes has
 * given to one of them, by an external IP, which anybody may write into a Service.
 */
static int drop_duplicates(struct kube *k)
{
	_cleanup_free_ struct service_place *places = NULL;
	size_t count;

	if (service_frontends(k->services, k->service_count, &places, &count))
		return fail(k, -ENOMEM, "out of memory");
	/* From the end, so that those before stay where they are. */
	while (count-- > 0) {
		const struct service_place *place = &places[count];
		struct service *service = &k->services[place->service];
		char ip[IPV4_TEXT_MAX];

		if (!place->first)
			continue;
		if (place->first->service != place->service)
			diag_add(k->diags, DIAG_WARNING, (struct pos){ .file = k->file }, NULL,
				 "%.128s: %s:%u/%s stays with %.128s", service->name,
				 ipv4_text(place->ip, ip), place->port,
				 protocol_name(place->protocol),
				 k->services[place->first->service].name);
		memmove(&service->frontends[place->item], &service->frontends[place->item + 1],
			(--service->frontend_count - place->item) * sizeof(*service->frontends));
	}
	return 0;
}

static int read_list(struct kube *k, const char *text, size_t len)
{
	json_auto_t *root = NULL;
	json_error_t error;
	const json_t *items;
	int err;

	root = json_loadb(text, len, 0, &error);
	if (!root) {
		struct pos pos = { .file = k->file,
				   .line = error.line > 0 ? (size_t)error.line : 0,
				   .col = error.column > 0 ? (size_t)error.column : 0 };

		diag_add(k->diags, DIAG_ERROR, pos, NULL, "not JSON: %s", error.text);
		return -EINVAL;
	}
	items = kube_list(root, "items");
	if (!items)
		return fail(k, -EINVAL,
			    "is not a List of Kubernetes objects (kubectl get "
			    "services,endpointslices -A -o json)");
	err = index_slices(k, items);
	if (!err)
		err = read_objects(k, items);
	if (!err)
		err = check_names(k);
	return err ? err : drop_duplicates(k);
}

int kube_parse(const char *name, const char *text, size_t len, struct node_state *state,
	       struct diag_list *diags)
{
	struct kube k = { .file = name, .diags = diags, .state = state };
	int err;

	if (state->has_services)
		return fail(&k, -EINVAL, "the state has services of its own");
	err = read_list(&k, text, len);
	if (!err) {
		state->services = TAKE_PTR(k.services);
		state->service_count = k.service_count;
		state->has_services = true;
		k.service_count = 0;
	}
	for (size_t i = 0; i < k.service_count; i++)
		service_fini(&k.services[i]);
	free(k.services);
	free(k.slices);
	return err;
}

int kube_read(const char *path, struct node_state *state, struct diag_list *diags)
{
	const char *name = strcmp(path, "-") ? path : "<stdin>";
	struct kube k = { .file = name, .diags = diags };
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = file_read(path, KUBE_MAX_BYTES, &text, &len);

	if (err)
		return fail(&k, err, err == -EFBIG ? "larger than 256 MiB" : errno_text(err));
	return kube_parse(name, text, len, state, diags);
}

_Static_assert(KUBE_MAX_BYTES == 256u << 20, "kube_read() names the limit");
