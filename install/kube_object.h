/* SPDX-License-Identifier: BSD-2-Clause */
/* Kubernetes objects, as far as services go. Private to the kube*.c files. */
#ifndef HR_INSTALL_KUBE_OBJECT_H
#define HR_INSTALL_KUBE_OBJECT_H

#include <jansson.h>
#include <stdbool.h>

#include "install/kube.h"

/* An EndpointSlice and the Service that it is of. */
struct kube_slice {
	const char *namespace, *service;
	const json_t *object;
};

struct kube {
	const char *file;
	struct diag_list *diags;
	struct node_state *state;
	struct kube_slice *slices; /* owned; sorted */
	size_t slice_count;
	struct service *services; /* owned, as what is in them */
	size_t service_count, service_size;
};

/* Values of objects; "", 0 and NULL where there is none, or one of another type. */
const char *kube_text(const json_t *object, const char *key);
json_int_t kube_number(const json_t *object, const char *key);
const json_t *kube_list(const json_t *object, const char *key);

/* A condition that may be left out. */
bool kube_bool(const json_t *object, const char *key, bool absent);

/* 1..65535 or 0. */
uint16_t kube_port(const json_t *object, const char *key);

/* IPPROTO_TCP (also when there is none), IPPROTO_UDP, or 0 for what the datapath does not know. */
uint8_t kube_protocol(const json_t *object);

/* An IPv4 address that a host can have; others are passed over. */
bool kube_ipv4(const char *text, uint32_t *out);

/* Adds a diagnostic about an object. */
void kube_diag(struct kube *k, enum diag_severity severity, const json_t *object, const char *text);

/* A new service, which stays k's; NULL: out of memory. Its name is the object's, and what follows it. */
struct service *kube_add(struct kube *k, const json_t *object, const char *suffix);

/* Grows the arrays of a service by one. 0 or -ENOMEM. */
int kube_add_frontend(struct service *service, enum frontend_kind kind, uint32_t ip, uint16_t port);
int kube_add_backend(struct service *service, const struct service_backend *backend);
int kube_add_range(struct service *service, struct cidr4 range);

/* A Service's ports, and the host ports of a Pod. 0 or a negative errno. */
int kube_service(struct kube *k, const json_t *object);
int kube_pod(struct kube *k, const json_t *object);

#endif
