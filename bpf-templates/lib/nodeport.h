/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Services for those outside: what reaches the node by a NIC, for one of its own addresses or one that is only a
 * service's, goes to a backend. One on this node sees the client's address, and its answers get the frontend's where
 * they leave (masquerade.h). For one elsewhere this node is the client: it forwards to there and back.
 */
#ifndef HR_BPF_NODEPORT_H
#define HR_BPF_NODEPORT_H

#include "encap.h"
#include "lb.h"
#include "masquerade.h"
#include "node.h"
#include "service_path.h"

/* What a frontend of that name is to somebody outside: TO_SERVICE with the name, TO_STACK for none, or a refusal. */
static __always_inline enum hr_reason
nodeport_admit(const struct hr_frontend_key *key, const struct hr_frontend *frontend, __be32 client)
{
	if (frontend->flags & HR_FRONTEND_INTERNAL)
		return REASON_IS_CLUSTER_IP;
	if (frontend->flags & HR_FRONTEND_SOURCE_RANGES && !source_range_has(key, client))
		return REASON_NOT_IN_SOURCE_RANGE;
	return REASON_TO_SERVICE;
}

/* A flow that is not known: TO_SERVICE and its backend, TO_STACK when it is the stack's, or why it goes nowhere. */
static __noinline enum hr_reason nodeport_begin(const struct l4 *l4, bool is_own,
						struct nat_end *backend, __u32 now)
{
	const struct hr_frontend *frontend;
	struct hr_frontend_key key;
	enum hr_reason reason;

	frontend = frontend_find(l4, is_own, &key);
	if (!frontend)
		return REASON_TO_STACK;
	reason = nodeport_admit(&key, frontend, l4->key.saddr);
	if (reason != REASON_TO_SERVICE)
		return reason;
	return service_begin(l4, &key, frontend, HR_SCOPE_EXTERNAL, is_own, backend, now);
}

/* Of a client's packet this node's address on its way, and a port by which the answers come back. */
static __always_inline bool nodeport_source(const struct l4 *l4, struct nat_end *end, __u32 now)
{
	struct hr_nat *half = nat_find(&l4->key, now);

	if (half && half->flags & HR_NAT_FORWARD && half->addr == end->addr &&
	    service_refresh(half, l4, now)) {
		*end = nat_target(half);
		return true;
	}
	if (nat_port_in_range(l4->key.sport))
		end->port = l4->key.sport;
	return nat_create(l4, end, HR_NAT_FORWARD, now);
}

/*
 * What does not fit into the tunnel: the stack tells a client who can send less. For others it may not do that, and
 * by its own way would take the packet on without its new source.
 */
static __always_inline enum hr_reason nodeport_fits(const struct ipv4_frame *frame, bool is_long)
{
	return is_long && ipv4_may_not_fragment(frame->ip) ? REASON_FRAG_NEEDED : REASON_TO_SERVICE;
}

/* Too long for one packet of the NIC's: the device takes it, and the stack cuts what the device has made of it. */
static __always_inline enum hr_reason nodeport_encap(struct __sk_buff *ctx,
						     const struct ipv4_frame *frame,
						     const struct hr_ipcache *remote, bool is_long)
{
	return is_long ? encap_device(ctx, remote->tunnel_endpoint, HR_ID_WORLD)
		       : encap(ctx, frame, remote, HR_ID_WORLD);
}

/*
 * On to a backend elsewhere, or back to the client, whom the packet of *l4 has for its destination by now. What the
 * stack is to see it sees before the source is translated, too: what it takes on gets it where it leaves, masquerade.h.
 */
static __noinline enum hr_reason nodeport_forward(struct __sk_buff *ctx, struct l4 *l4,
						  bool is_answer)
{
	const struct hr_ipcache *remote = NULL;
	struct nat_end source = { 0 };
	struct bpf_fib_lookup fib;
	struct ipv4_frame frame;
	enum hr_reason reason;
	bool is_long = false;

	if (!ipv4_reload(ctx, &frame))
		return REASON_WRITE_ERROR;
	if (!is_answer)
		remote = ipcache_lookup(frame.ip->daddr);
	else if (!service_frontend(l4, &source, nat_now()))
		return REASON_NAT_NO_MAPPING;
	if (remote && remote->tunnel_endpoint) {
		/* Other nodes' pods are behind the tunnel, and so is the address by which they answer. */
		source.addr = node_router_ip;
		is_long = wire_len(ctx, &frame) > node_tunnel_mtu;
		reason = nodeport_fits(&frame, is_long);
	} else {
		remote = NULL;
		reason = service_way(ctx, &frame, is_answer ? source.addr : frame.ip->saddr, &fib);
		if (!is_answer && reason == REASON_FRAG_NEEDED)
			fib_ask_device(ctx, &fib);
		if (!is_answer)
			source.addr = masquerade_address(fib.ifindex) ?: node_ip;
	}
	if (!is_answer && !nodeport_source(l4, &source, nat_now()))
		return REASON_NAT_NO_MAPPING;
	if (reason == REASON_TO_SERVICE)
		reason = service_hop(&frame);
	if (reason != REASON_TO_SERVICE) {
		serve_excluded(frame.ip->daddr);
		return reason;
	}
	if (!service_leave(ctx, l4, &source, &frame))
		return REASON_WRITE_ERROR;
	if (remote)
		return nodeport_encap(ctx, &frame, remote, is_long);
	return service_send(&fib);
}

#endif
