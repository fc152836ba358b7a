/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What enters a pod as the answer to a packet that got its backend on its way out: it comes from whom the pod asked. */
#ifndef HR_BPF_SERVICE_ANSWER_H
#define HR_BPF_SERVICE_ANSWER_H

#include "nat_icmp.h"
#include "service_path.h"

/* By its key on the way out. 1, 0 when it is no such answer, or negative with the packet half done. */
static __always_inline int service_answer(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	struct nat_end frontend;

	if (!service_frontend(l4, &frontend, now))
		return 0;
	l4_remember_fragment(l4);
	return service_rewrite(ctx, l4, &frontend) ? -1 : 1;
}

/* An ICMP error about what a pod sent to a service. 0, or negative with the packet half done. */
static __noinline int service_error(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	struct icmp_quote quote;
	struct hr_nat *half = icmp_quote_flow(ctx, l4, &quote, now);

	if (!half || !(half->flags & HR_NAT_SERVICE) || quote.key.daddr != l4->key.daddr)
		return 0;
	return service_rewrite_error(ctx, l4, &quote, half);
}

/* The same of a packet that is to enter a pod, which is parsed anew. False when it cannot go on. */
static __noinline bool service_answers(struct __sk_buff *ctx)
{
	struct ipv4_frame frame;
	enum l4_kind kind;
	struct l4 l4;

	if (!ipv4_parse(ctx, &frame))
		return false;
	kind = l4_parse(ctx, &frame, HR_NAT_EGRESS, &l4);
	if (kind == L4_ICMP_ERROR)
		return !service_error(ctx, &l4, nat_now());
	return kind != L4_FLOW || service_answer(ctx, &l4, nat_now()) >= 0;
}

static __always_inline bool service_enters_pod(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	return !ENABLE_PER_PACKET_LB || (service_answers(ctx) && ipv4_reload(ctx, frame));
}

#endif
