/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Services for pods whose sockets know nothing of them: a packet to a service gets its backend where it leaves the
 * pod. Its answers get the service's address where they enter the pod, service_answer.h.
 */
#ifndef HR_BPF_POD_SERVICE_H
#define HR_BPF_POD_SERVICE_H

#include "lb.h"
#include "service_answer.h"

/* Whom a pod sees that is its own backend: nobody takes packets from the own address. Cilium's, too. */
#define SERVICE_LOOPBACK bpf_htonl(0xa9fe2a01) /* 169.254.42.1 */

static __always_inline bool pod_flow_continues(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	return half->flags & HR_NAT_SERVICE && service_stays(half, l4, now) &&
	       nat_refresh(half, l4, now);
}

/* TO_SERVICE and the backend; TO_STACK for what is for no service; or why the packet goes nowhere. */
static __always_inline enum hr_reason pod_backend(const struct l4 *l4, bool is_own,
						  struct nat_end *backend, __u32 now)
{
	struct hr_nat *half = nat_find(&l4->key, now);
	const struct hr_frontend *frontend;
	struct hr_frontend_key key;

	if (half && pod_flow_continues(half, l4, now)) {
		*backend = nat_target(half);
		return REASON_TO_SERVICE;
	}
	frontend = frontend_find(l4, is_own, &key);
	if (!frontend)
		return REASON_TO_STACK;
	return service_begin(l4, &key, frontend, HR_SCOPE_INTERNAL, is_own, backend, now);
}

static __always_inline enum hr_reason pod_request(struct __sk_buff *ctx, struct l4 *l4, bool is_own,
						  __u32 now)
{
	struct nat_end backend, self = { .addr = SERVICE_LOOPBACK, .port = l4->key.sport };
	enum hr_reason reason = pod_backend(l4, is_own, &backend, now);

	if (reason != REASON_TO_SERVICE)
		return reason;
	l4_remember_fragment(l4);
	if (service_rewrite(ctx, l4, &backend))
		return REASON_WRITE_ERROR;
	l4_turn(l4, &backend);
	if (backend.addr == l4->key.saddr && service_rewrite(ctx, l4, &self))
		return REASON_WRITE_ERROR;
	return REASON_TO_SERVICE;
}

/* A pod's answer to itself. */
static __always_inline enum hr_reason pod_turn_back(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	struct nat_end self = { .addr = l4->key.saddr, .port = l4->key.dport };

	l4_remember_fragment(l4);
	if (service_rewrite(ctx, l4, &self))
		return REASON_WRITE_ERROR;
	l4_turn(l4, &self);
	return service_answer(ctx, l4, now) > 0 ? REASON_TO_SERVICE : REASON_NAT_NO_MAPPING;
}

/* A backend's error for a pod that asked it by a service; what leaves the node is seen by to_netdev. */
static __always_inline enum hr_reason pod_error(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	const struct hr_endpoint *dst = endpoint_lookup(l4->key.daddr);

	if (!ENABLE_HOST_ROUTING || !dst || dst->flags & HR_ENDPOINT_HOST)
		return REASON_TO_STACK;
	l4->key.direction = HR_NAT_EGRESS;
	return service_error(ctx, l4, now) ? REASON_WRITE_ERROR : REASON_TO_SERVICE;
}

/* What a pod sends: TO_SERVICE when it was changed, TO_STACK when it is as it was, or why it goes nowhere. */
static __noinline enum hr_reason pod_balance(struct __sk_buff *ctx)
{
	const struct hr_endpoint *dst;
	struct ipv4_frame frame;
	__u32 now = nat_now();
	enum l4_kind kind;
	struct l4 l4;

	if (!ipv4_parse(ctx, &frame))
		return REASON_INVALID;
	kind = l4_parse(ctx, &frame, HR_NAT_INGRESS, &l4);
	if (kind == L4_ICMP_ERROR)
		return pod_error(ctx, &l4, now);
	if (kind != L4_FLOW)
		return REASON_TO_STACK;
	if (l4.key.daddr == SERVICE_LOOPBACK)
		return pod_turn_back(ctx, &l4, now);
	dst = endpoint_lookup(l4.key.daddr);
	if (!dst || dst->flags & HR_ENDPOINT_HOST)
		return pod_request(ctx, &l4, dst, now);
	if (!ENABLE_HOST_ROUTING) /* from_host will see it */
		return REASON_TO_STACK;
	l4.key.direction = HR_NAT_EGRESS;
	return service_answer(ctx, &l4, now) < 0 ? REASON_WRITE_ERROR : REASON_TO_SERVICE;
}

#endif
