/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functional probe's programs, as instructions: no compiler and no object file is at hand where hrprobe
 * runs. All are of type sched_cls; functions return a descriptor or a negative errno.
 */
#ifndef HR_PROBE_FUNCTIONAL_PROG_H
#define HR_PROBE_FUNCTIONAL_PROG_H

#include <stddef.h>
#include <stdint.h>

/* Sends on to a device: as if the device sent it, or (peer) as if its peer had received it. */
int program_redirect(unsigned int ifindex);
int program_redirect_peer(unsigned int ifindex);
/* Out of a device to an on-link neighbour, whose address the kernel resolves. nexthop: network byte order. */
int program_redirect_neigh(unsigned int ifindex, uint32_t nexthop);

/* Puts a VXLAN header of 50 bytes before the packet and sends it out of a device; takes it off, and on to a peer. */
int program_vxlan_push(unsigned int ifindex);
int program_vxlan_pop(unsigned int peer_ifindex);

/* Lets every packet pass. */
int program_pass(void);

/*
 * What a helper returns in a program that is run once, on a packet made up for it: skb_adjust_room(len, flags)
 * in MAC mode, fib_lookup(flags) on the loopback device. 0 and the value in *result, or a negative errno.
 */
int run_adjust_room(int len, uint64_t flags, int *result);
int run_fib_lookup(uint32_t flags, int *result);

/* What a push of 50 bytes takes on every kernel with redirect_peer; others are tried on top of it. */
#define PUSH_FLAGS                                                           \
	((uint64_t)BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | \
	 BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_ENCAP_L2(14))

#endif
