/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The internet checksum when a part of what it covers changes (RFC 1624). Byte order does not matter. */
#ifndef HR_BPF_CSUM_H
#define HR_BPF_CSUM_H

#include <linux/types.h>

/* The checksum of what has this sum. */
static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* A checksum field after 2 or 4 bytes at an even offset went from `from` to `to`. */
static __always_inline __u16 csum_replace(__u16 check, __u32 from, __u32 to)
{
	__u64 sum = (__u64)(__u16)~check + (__u32)~from + to;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

#endif
