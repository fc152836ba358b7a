// SPDX-License-Identifier: BSD-2-Clause
/* A small assembler, and the programs of the functional probe written in it. */
#include "probe/functional_prog.h"

#include <arpa/inet.h>
#include <assert.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"
#include "probe/features.h"

#define CODE_MAX 96
#define OUTER_SIZE 50 /* IPv4, UDP, VXLAN and Ethernet, without the frame's own Ethernet header */
#define ETHERNET_SIZE 14
#define VXLAN_PORT 8472

struct code {
	struct bpf_insn insns[CODE_MAX];
	size_t count;
};

static void emit(struct code *c, unsigned int op, unsigned int dst, unsigned int src, int off,
		 int imm)
{
	assert(c->count < CODE_MAX);
	c->insns[c->count++] = (struct bpf_insn){ .code = (uint8_t)op,
						  .dst_reg = dst & 0xf,
						  .src_reg = src & 0xf,
						  .off = (int16_t)off,
						  .imm = imm };
}

static void set(struct code *c, unsigned int reg, int value)
{
	emit(c, BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value);
}

static void set64(struct code *c, unsigned int reg, uint64_t value)
{
	emit(c, BPF_LD | BPF_IMM | BPF_DW, reg, 0, 0, (int)(uint32_t)value);
	emit(c, 0, 0, 0, 0, (int)(uint32_t)(value >> 32));
}

static void copy(struct code *c, unsigned int reg, unsigned int from)
{
	emit(c, BPF_ALU64 | BPF_MOV | BPF_X, reg, from, 0, 0);
}

static void stack(struct code *c, unsigned int reg, int off)
{
	copy(c, reg, BPF_REG_10);
	emit(c, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, off);
}

static void store(struct code *c, unsigned int size, int off, uint32_t value)
{
	emit(c, BPF_ST | BPF_MEM | size, BPF_REG_10, 0, off, (int)value);
}

static void clear(struct code *c, int from)
{
	for (int off = from; off < 0; off += 8)
		store(c, BPF_DW, off, 0);
}

static void call(struct code *c, unsigned int helper)
{
	emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, (int)helper);
}

/* The context outlives calls in R6. */
static void begin(struct code *c)
{
	c->count = 0;
	copy(c, BPF_REG_6, BPF_REG_1);
}

static void end(struct code *c)
{
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A helper that fails is a packet that does not arrive. */
static void drop_unless_zero(struct code *c)
{
	emit(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0);
	set(c, BPF_REG_0, TC_ACT_SHOT);
	end(c);
}

static void call_adjust_room(struct code *c, int len, uint64_t flags)
{
	copy(c, BPF_REG_1, BPF_REG_6);
	set(c, BPF_REG_2, len);
	set(c, BPF_REG_3, BPF_ADJ_ROOM_MAC);
	set64(c, BPF_REG_4, flags);
	call(c, BPF_FUNC_skb_adjust_room);
}

static void call_redirect(struct code *c, unsigned int helper, unsigned int ifindex)
{
	set(c, BPF_REG_1, (int)ifindex);
	set(c, BPF_REG_2, 0);
	call(c, helper);
	end(c);
}

/* To the entry a frame for pod1's MAC address is somebody else's, which 5.10 would remember. */
static void call_redirect_peer(struct code *c, unsigned int ifindex)
{
	copy(c, BPF_REG_1, BPF_REG_6);
	set(c, BPF_REG_2, 0); /* PACKET_HOST */
	call(c, BPF_FUNC_skb_change_type);
	call_redirect(c, BPF_FUNC_redirect_peer, ifindex);
}

static int load(const struct code *c)
{
	const struct prog_attempt attempt = { .prog_type = BPF_PROG_TYPE_SCHED_CLS,
					      .insns = c->insns,
					      .count = c->count };

	return kernel_live.prog_load(&attempt);
}

int program_redirect(unsigned int ifindex)
{
	struct code c;

	begin(&c);
	call_redirect(&c, BPF_FUNC_redirect, ifindex);
	return load(&c);
}

int program_redirect_peer(unsigned int ifindex)
{
	struct code c;

	begin(&c);
	call_redirect_peer(&c, ifindex);
	return load(&c);
}

int program_redirect_neigh(unsigned int ifindex, uint32_t nexthop)
{
	const int params = -24; /* 20 bytes of struct bpf_redir_neigh */
	struct code c;

	begin(&c);
	clear(&c, params);
	store(&c, BPF_W, params + (int)offsetof(struct bpf_redir_neigh, nh_family), AF_INET);
	store(&c, BPF_W, params + (int)offsetof(struct bpf_redir_neigh, ipv4_nh), nexthop);
	set(&c, BPF_REG_1, (int)ifindex);
	stack(&c, BPF_REG_2, params);
	set(&c, BPF_REG_3, sizeof(struct bpf_redir_neigh));
	set(&c, BPF_REG_4, 0);
	call(&c, BPF_FUNC_redirect_neigh);
	end(&c);
	return load(&c);
}

int program_vxlan_push(unsigned int ifindex)
{
	const int outer = -56;
	struct code c;

	begin(&c);
	call_adjust_room(&c, OUTER_SIZE, PUSH_FLAGS);
	drop_unless_zero(&c);
	clear(&c, outer);
	store(&c, BPF_B, outer, 0x45);
	store(&c, BPF_B, outer + 8, 64);
	store(&c, BPF_B, outer + 9, IPPROTO_UDP);
	store(&c, BPF_H, outer + 22, htons(VXLAN_PORT));
	store(&c, BPF_B, outer + 28, 0x08); /* VXLAN: there is an identifier */
	copy(&c, BPF_REG_1, BPF_REG_6);
	set(&c, BPF_REG_2, ETHERNET_SIZE);
	stack(&c, BPF_REG_3, outer);
	set(&c, BPF_REG_4, OUTER_SIZE);
	set(&c, BPF_REG_5, 0);
	call(&c, BPF_FUNC_skb_store_bytes);
	drop_unless_zero(&c);
	call_redirect(&c, BPF_FUNC_redirect, ifindex);
	return load(&c);
}

int program_vxlan_pop(unsigned int peer_ifindex)
{
	struct code c;

	begin(&c);
	call_adjust_room(&c, -OUTER_SIZE, BPF_F_ADJ_ROOM_FIXED_GSO);
	drop_unless_zero(&c);
	call_redirect_peer(&c, peer_ifindex);
	return load(&c);
}

int program_pass(void)
{
	struct code c;

	begin(&c);
	set(&c, BPF_REG_0, TC_ACT_OK);
	end(&c);
	return load(&c);
}

static int run(const struct code *c, int *result)
{
	uint8_t frame[128] = { [12] = 0x08, [14] = 0x45, [23] = IPPROTO_UDP };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	_cleanup_close_ int fd = load(c);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_prog_test_run_opts(fd, &opts);
	if (!err)
		*result = (int)opts.retval;
	return err;
}

int run_adjust_room(int len, uint64_t flags, int *result)
{
	struct code c;

	begin(&c);
	call_adjust_room(&c, len, flags);
	end(&c);
	return run(&c, result);
}

int run_fib_lookup(uint32_t flags, int *result)
{
	const int params = -(int)sizeof(struct bpf_fib_lookup);
	struct code c;

	begin(&c);
	clear(&c, params);
	store(&c, BPF_B, params + (int)offsetof(struct bpf_fib_lookup, family), AF_INET);
	store(&c, BPF_W, params + (int)offsetof(struct bpf_fib_lookup, ifindex), 1); /* lo */
	copy(&c, BPF_REG_1, BPF_REG_6);
	stack(&c, BPF_REG_2, params);
	set(&c, BPF_REG_3, sizeof(struct bpf_fib_lookup));
	set(&c, BPF_REG_4, (int)flags);
	call(&c, BPF_FUNC_fib_lookup);
	end(&c);
	return run(&c, result);
}
