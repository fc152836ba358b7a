/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What enters a pod as the answer to a packet that got its backend on its way out: it comes from whom the pod asked. */
#ifndef HR_BPF_SERVICE_ANSWER_H
#define HR_BPF_SERVICE_ANSWER_H

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

/* The same of a packet that is to enter a pod, which is parsed anew. False when it cannot go on. */
static __noinline bool service_answers(struct __sk_buff *ctx)
{
	struct ipv4_frame frame;
	struct l4 l4;

	if (!ipv4_parse(ctx, &frame))
		return false;
	return l4_parse(ctx, &frame, HR_NAT_EGRESS, &l4) != L4_FLOW ||
	       service_answer(ctx, &l4, nat_now()) >= 0;
}

static __always_inline bool service_enters_pod(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	return !ENABLE_PER_PACKET_LB || (service_answers(ctx) && ipv4_reload(ctx, frame));
}

#endif
