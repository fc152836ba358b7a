// SPDX-License-Identifier: BSD-2-Clause
/* A Service and its EndpointSlices, and the host ports of a Pod. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/kube_object.h"

/* One port of a Service. */
struct job {
	struct kube *k;
	const json_t *object, *spec, *port;
	struct service *service;
};

static bool is(const char *text, const char *word)
{
	return !strcmp(text, word);
}

static int add_addresses(struct job *job, const json_t *list, enum frontend_kind kind,
			 const char *key)
{
	uint16_t port = kube_port(job->port, "port");
	size_t i;
	json_t *item;
	int err = 0;

	json_array_foreach((json_t *)list, i, item)
	{
		const char *text = key ? kube_text(item, key) : json_string_value(item);
		uint32_t ip;

		/* Behind a proxy of its own, which wants to be asked. */
		if (!text || !kube_ipv4(text, &ip) || is(kube_text(item, "ipMode"), "Proxy"))
			continue;
		err = kube_add_frontend(job->service, kind, ip, port);
		if (err)
			break;
	}
	return err;
}

/* One of each family. */
static int add_cluster_ip(struct job *job)
{
	const char *text = kube_text(job->spec, "clusterIP");
	json_t *item;
	uint32_t ip;
	size_t i;

	json_array_foreach((json_t *)kube_list(job->spec, "clusterIPs"), i, item)
	{
		text = json_string_value(item) ?: "";
		if (kube_ipv4(text, &ip))
			break;
	}
	if (!kube_ipv4(text, &ip))
		return 0;
	return kube_add_frontend(job->service, FRONTEND_CLUSTER_IP, ip,
				 kube_port(job->port, "port"));
}

static int add_frontends(struct job *job)
{
	const char *type = kube_text(job->spec, "type");
	const json_t *status = json_object_get(job->object, "status");
	const json_t *balancer = json_object_get(status, "loadBalancer");
	uint16_t node_port = kube_port(job->port, "nodePort");
	int err = add_cluster_ip(job);

	if (!err && node_port && (is(type, "NodePort") || is(type, "LoadBalancer")))
		err = kube_add_frontend(job->service, FRONTEND_NODE_PORT, 0, node_port);
	if (!err)
		err = add_addresses(job, kube_list(job->spec, "externalIPs"), FRONTEND_EXTERNAL_IP,
				    NULL);
	if (!err && is(type, "LoadBalancer"))
		err = add_addresses(job, kube_list(balancer, "ingress"), FRONTEND_LOAD_BALANCER,
				    "ip");
	return err;
}

/* As Kubernetes takes it: blanks around it and host bits do not matter. */
static bool read_range(const char *text, struct cidr4 *out)
{
	char copy[64], *end, *slash;
	uint64_t len;

	text += strspn(text, " \t");
	snprintf(copy, sizeof(copy), "%s", text);
	end = copy + strcspn(copy, " \t");
	*end = '\0';
	slash = strchr(copy, '/');
	if (!slash)
		return false;
	*slash = '\0';
	if (parse_ipv4(copy, &out->addr) || parse_uint(slash + 1, 32, &len))
		return false;
	out->len = (uint8_t)len;
	out->addr &= cidr4_mask(out->len);
	return true;
}

/* One that cannot be read would open what was to be closed. */
static int add_source_ranges(struct job *job)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)kube_list(job->spec, "loadBalancerSourceRanges"), i, item)
	{
		const char *text = json_string_value(item);
		struct cidr4 range;

		if (text && strchr(text, ':'))
			continue;
		if (!text || !read_range(text, &range)) {
			kube_diag(job->k, DIAG_ERROR, job->object,
				  "loadBalancerSourceRanges has what is no prefix");
			return -EINVAL;
		}
		if (kube_add_range(job->service, range))
			return -ENOMEM;
	}
	return 0;
}

static uint32_t affinity_of(const json_t *spec)
{
	const json_t *config = json_object_get(spec, "sessionAffinityConfig");
	json_int_t seconds = kube_number(json_object_get(config, "clientIP"), "timeoutSeconds");

	if (!is(kube_text(spec, "sessionAffinity"), "ClientIP"))
		return 0;
	return seconds > 0 && seconds <= SERVICE_MAX_AFFINITY ? (uint32_t)seconds
							      : KUBE_DEFAULT_AFFINITY;
}

/* Does anybody answer there? Who is ready does: also while terminating, where publishNotReadyAddresses says so. */
static bool serves(const json_t *endpoint, bool *is_terminating)
{
	const json_t *conditions = json_object_get(endpoint, "conditions");
	bool ready = kube_bool(conditions, "ready", true);

	*is_terminating = !ready && kube_bool(conditions, "terminating", false);
	return ready || (*is_terminating && kube_bool(conditions, "serving", false));
}

static int add_endpoint(struct job *job, const json_t *endpoint, uint16_t port)
{
	struct service_backend backend = { .port = port };
	size_t i;
	json_t *address;

	if (!serves(endpoint, &backend.is_terminating))
		return 0;
	json_array_foreach((json_t *)kube_list(endpoint, "addresses"), i, address)
	{
		const char *text = json_string_value(address);

		if (text && kube_ipv4(text, &backend.ip) &&
		    kube_add_backend(job->service, &backend))
			return -ENOMEM;
	}
	return 0;
}

/* The port of a slice that goes by the name of the service's; 0: it has none. */
static uint16_t slice_port(const struct job *job, const json_t *slice)
{
	size_t i;
	json_t *port;

	json_array_foreach((json_t *)kube_list(slice, "ports"), i, port)
	{
		if (is(kube_text(port, "name"), kube_text(job->port, "name")) &&
		    kube_protocol(port) == job->service->protocol)
			return kube_port(port, "port");
	}
	return 0;
}

static int add_slice(struct job *job, const json_t *slice)
{
	uint16_t port = slice_port(job, slice);
	size_t i;
	json_t *endpoint;
	int err = 0;

	if (!port || !is(kube_text(slice, "addressType"), "IPv4"))
		return 0;
	json_array_foreach((json_t *)kube_list(slice, "endpoints"), i, endpoint)
	{
		err = add_endpoint(job, endpoint, port);
		if (err)
			break;
	}
	return err;
}

/* Of those that are the same the active one first. */
static int by_address(const void *a, const void *b)
{
	const struct service_backend *x = a, *y = b;
	uint32_t left = ntohl(x->ip), right = ntohl(y->ip);

	if (left != right)
		return left < right ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->is_terminating - y->is_terminating;
}

/* For a while an endpoint may be in two slices. */
static void merge_backends(struct service *service)
{
	size_t kept = 0;

	if (service->backend_count)
		qsort(service->backends, service->backend_count, sizeof(*service->backends),
		      by_address);
	for (size_t i = 0; i < service->backend_count; i++) {
		const struct service_backend *b = &service->backends[i];

		if (kept && service->backends[kept - 1].ip == b->ip &&
		    service->backends[kept - 1].port == b->port)
			continue;
		service->backends[kept++] = *b;
	}
	service->backend_count = kept;
}

static int compare_slice(const char *namespace, const char *name, const struct kube_slice *slice)
{
	int order = strcmp(namespace, slice->namespace);

	return order ? order : strcmp(name, slice->service);
}

static int add_backends(struct job *job)
{
	const json_t *metadata = json_object_get(job->object, "metadata");
	const char *namespace = kube_text(metadata, "namespace"),
		   *name = kube_text(metadata, "name");
	size_t low = 0, high = job->k->slice_count;
	int err = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_slice(namespace, name, &job->k->slices[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; !err && low < job->k->slice_count; low++) {
		if (compare_slice(namespace, name, &job->k->slices[low]))
			break;
		err = add_slice(job, job->k->slices[low].object);
	}
	merge_backends(job->service);
	return err;
}

static int check_limits(const struct job *job)
{
	const struct service *service = job->service;

	if (service->frontend_count <= SERVICE_MAX_FRONTENDS &&
	    service->backend_count <= SERVICE_MAX_BACKENDS &&
	    service->source_range_count <= SERVICE_MAX_SOURCE_RANGES)
		return 0;
	kube_diag(job->k, DIAG_ERROR, job->object,
		  "has more addresses, endpoints or source ranges than are served");
	return -EINVAL;
}

static int add_port(struct job *job)
{
	uint8_t protocol = kube_protocol(job->port);
	int err;

	if (!protocol || !kube_port(job->port, "port")) {
		kube_diag(job->k, DIAG_WARNING, job->object,
			  protocol ? "a port without a number is passed over"
				   : "a port that is neither TCP nor UDP is passed over");
		return 0;
	}
	job->service = kube_add(job->k, job->object, kube_text(job->port, "name"));
	if (!job->service)
		return -ENOMEM;
	job->service->protocol = protocol;
	job->service->external_local = is(kube_text(job->spec, "externalTrafficPolicy"), "Local");
	job->service->internal_local = is(kube_text(job->spec, "internalTrafficPolicy"), "Local");
	job->service->affinity = affinity_of(job->spec);
	err = add_frontends(job);
	if (!err)
		err = add_source_ranges(job);
	if (!err)
		err = add_backends(job);
	return err ? err : check_limits(job);
}

int kube_service(struct kube *k, const json_t *object)
{
	struct job job = { .k = k, .object = object, .spec = json_object_get(object, "spec") };
	size_t i;
	json_t *port;
	int err = 0;

	if (is(kube_text(job.spec, "type"), "ExternalName") ||
	    is(kube_text(job.spec, "clusterIP"), "None"))
		return 0;
	json_array_foreach((json_t *)kube_list(job.spec, "ports"), i, port)
	{
		job.port = port;
		err = add_port(&job);
		if (err)
			break;
	}
	return err;
}

static int add_host_port(struct kube *k, const json_t *pod, const json_t *port, uint32_t pod_ip)
{
	const json_t *metadata = json_object_get(pod, "metadata");
	const char *host_ip = kube_text(port, "hostIP");
	struct service_backend backend = { .ip = pod_ip, .port = kube_port(port, "containerPort") };
	uint16_t host_port = kube_port(port, "hostPort");
	uint8_t protocol = kube_protocol(port);
	struct service *service;
	char suffix[48];
	uint32_t ip = 0;

	if (!host_port || !backend.port)
		return 0;
	if (!protocol) {
		kube_diag(k, DIAG_WARNING, pod,
			  "a host port that is neither TCP nor UDP is passed over");
		return 0;
	}
	if (*host_ip && strcmp(host_ip, "0.0.0.0") && !kube_ipv4(host_ip, &ip))
		return 0;
	backend.is_terminating = json_object_get(metadata, "deletionTimestamp");
	snprintf(suffix, sizeof(suffix), "host-port-%u%s%s%s", host_port,
		 protocol == IPPROTO_UDP ? "-udp" : "", ip ? "-" : "", ip ? host_ip : "");
	service = kube_add(k, pod, suffix);
	if (!service)
		return -ENOMEM;
	service->protocol = protocol;
	if (kube_add_frontend(service, FRONTEND_HOST_PORT, ip, host_port))
		return -ENOMEM;
	return kube_add_backend(service, &backend);
}

int kube_pod(struct kube *k, const json_t *object)
{
	const json_t *spec = json_object_get(object, "spec");
	const json_t *status = json_object_get(object, "status");
	const char *phase = kube_text(status, "phase");
	uint32_t host, ip;
	json_t *container, *port;
	size_t i, n;
	int err = 0;

	if (!kube_ipv4(kube_text(status, "hostIP"), &host) || host != k->state->ip ||
	    !kube_ipv4(kube_text(status, "podIP"), &ip) || is(phase, "Succeeded") ||
	    is(phase, "Failed") || kube_bool(spec, "hostNetwork", false))
		return 0;
	json_array_foreach((json_t *)kube_list(spec, "containers"), i, container)
	{
		json_array_foreach((json_t *)kube_list(container, "ports"), n, port)
		{
			err = add_host_port(k, object, port, ip);
			if (err)
				return err;
		}
	}
	return 0;
}
