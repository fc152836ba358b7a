/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flows that others open to a pod's own address. */
#ifndef HR_BPF_INBOUND_H
#define HR_BPF_INBOUND_H

#include "exempt.h"
#include "nat.h"

/* Of TCP only the first packet does: others cost their sender as little, and would push out what is in use. */
static __always_inline bool opens_flow(const struct l4 *l4)
{
	return l4->key.protocol != IPPROTO_TCP || tcp_is_first(l4->tcp_flags);
}

/*
 * A flow that comes to a pod's own address is answered from that address: entered as the answer will be looked
 * up, with no second half because nothing is translated.
 */
static __always_inline void masquerade_admit(struct __sk_buff *ctx, const struct ipv4_frame *frame)
{
	struct hr_nat_key key;
	struct hr_nat *half, entry;
	__u32 now;
	struct l4 l4;

	if (is_excluded(frame->ip->saddr) || l4_parse(ctx, frame, HR_NAT_INGRESS, &l4) != L4_FLOW ||
	    !l4_has_header(&l4))
		return;
	now = nat_now();
	key = l4_answer(&l4.key, HR_NAT_EGRESS);
	half = nat_find(&key, now);
	if (half && half->flags & HR_NAT_INBOUND && !nat_is_noted(half, &l4, now))
		nat_note(half, &l4, now);
	if (half || !opens_flow(&l4) || !masquerade_is_wanted(key.saddr, key.daddr))
		return;
	entry = (struct hr_nat){
		.addr = key.saddr, .port = key.sport, .flags = HR_NAT_INBOUND, .created = now
	};
	nat_note(&entry, &l4, now);
	nat_store(&key, &entry, BPF_ANY);
}

#endif
