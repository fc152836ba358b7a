/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet is restored to before each run: shared by packets.c and control.bpf.c. */
#ifndef HR_TESTS_FRAME_H
#define HR_TESTS_FRAME_H

#include <linux/types.h>

#define VXLAN_ROOM 50

struct bench_frame {
	__u32 len;
	__u8 headers[VXLAN_ROOM +
		     20]; /* behind the Ethernet header; the last one without options */
};

#endif
