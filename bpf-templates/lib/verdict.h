/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one way out of every program: count why the packet leaves, tell whoever listens, then turn the reason
 * into what tc is to do with it. The kind of a reason (reasons.def) decides that, so a drop cannot be counted
 * as a delivery.
 * FORWARD means that a redirect helper was called and holds the target; with flags 0 none of them fails.
 */
#ifndef HR_BPF_VERDICT_H
#define HR_BPF_VERDICT_H

#include <linux/pkt_cls.h>

#include "event.h"
#include "maps.h"

enum reason_kind {
	KIND_FORWARD,
	KIND_STACK,
	KIND_DROP,
};

/* The reasons of one kind as a bit mask. */
#define REASON(id, name, kind_, ...) | (__u32)(KIND_##kind_ == MASK_KIND) << REASON_##id
#define MASK_KIND KIND_FORWARD
static const __u32 forward_reasons = 0
#include "reasons.def"
	;
#undef MASK_KIND
#define MASK_KIND KIND_STACK
static const __u32 stack_reasons = 0
#include "reasons.def"
	;
#undef MASK_KIND
#undef REASON

_Static_assert(REASON__COUNT <= 32, "one bit of a __u32 for each reason");

static __always_inline void reason_count(struct __sk_buff *ctx, enum hr_hook hook,
					 enum hr_reason reason)
{
	__u32 slot = hr_metric_slot(hook, reason);
	struct hr_metric *metric = bpf_map_lookup_elem(&hr_metrics, &slot);

	if (!metric)
		return;
	metric->packets++;
	metric->bytes += ctx->len;
}

/* `original` is the source that a masqueraded packet had before, else 0. */
static __always_inline int verdict_of(struct __sk_buff *ctx, enum hr_hook hook,
				      enum hr_reason reason, __be32 original)
{
	__u32 bit = 1U << reason;

	reason_count(ctx, hook, reason);
	if ((DROP_NOTIFY || TRACE_NOTIFY) && monitor_listens())
		event_packet(ctx, hook, reason, !((forward_reasons | stack_reasons) & bit),
			     original);
	if (forward_reasons & bit) {
		/* Means nothing in a pod or on the wire, but would steer the route of an outer packet. */
		ctx->mark = 0;
		return TC_ACT_REDIRECT;
	}
	return stack_reasons & bit ? TC_ACT_OK : TC_ACT_SHOT;
}

static __always_inline int verdict(struct __sk_buff *ctx, enum hr_hook hook, enum hr_reason reason)
{
	return verdict_of(ctx, hook, reason, 0);
}

#endif
