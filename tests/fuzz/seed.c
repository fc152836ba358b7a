// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The smallest object with everything that the reader of objects looks at: two program types, a
 * subprogram, a map, constants, helper calls. Never loaded; compiled into corpus/needs/ by
 *     clang -target bpf -O2 -g -c tests/fuzz/seed.c && llvm-strip -g seed.o
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} seed_map SEC(".maps");

const volatile __u32 seed_constant = 7;

static __attribute__((noinline)) int seed_redirect(struct __sk_buff *skb)
{
	return (int)bpf_redirect_peer(skb->ifindex, 0);
}

SEC("tc")
int seed_tc(struct __sk_buff *skb)
{
	__u32 key = seed_constant;

	return bpf_map_lookup_elem(&seed_map, &key) ? seed_redirect(skb) : 0;
}

SEC("xdp")
int seed_xdp(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_head(xdp, 0) ? XDP_DROP : XDP_PASS;
}
