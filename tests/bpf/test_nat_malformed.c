// SPDX-License-Identifier: BSD-2-Clause
/* The packets of hostile.h at a NIC that masquerades: none is taken for a flow that it is not. */
#include "tests/bpf/hostile.h"
#include "tests/bpf/nat.h"

static struct packet between(size_t i, const char *src, const char *dst)
{
	const struct ipv4_spec spec = {
		.dmac = NIC_MAC,
		.smac = POD_A_MAC,
		.src = src,
		.dst = dst,
		.id = (uint16_t)(i + 1),
	};
	struct packet p;

	print_message("# %s\n", hostiles[i].name);
	hostile_packet(&hostiles[i], &spec, &p);
	return p;
}

/* Bytes of an L4 header that must be there before it can be translated. */
static size_t needed(uint8_t protocol)
{
	switch (protocol) {
	case 0: /* UDP */
	case IPPROTO_ICMP:
		return 8;
	case IPPROTO_TCP:
		return 14; /* up to its flags */
	default:
		return 0;
	}
}

/* The reason for which it leaves as it is or not at all; MASQUERADED: it is an honest flow. */
static enum hr_reason reason_of(const struct hostile *h, bool is_tracked)
{
	if (h->kind == HOSTILE_INVALID || h->protocol == 255)
		return REASON_TO_WIRE;
	if (!is_tracked && h->fragment & 0x3fff)
		return REASON_FRAG_NOSUPPORT;
	if (h->fragment & 0x1fff)
		return REASON_FRAG_NOT_FOUND;
	return h->payload < needed(h->protocol) ? REASON_INVALID : REASON_MASQUERADED;
}

static void a_pods_packet_that_is_no_flow_leaves_as_it_is_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		struct packet p = between(i, POD_A_IP, OUTSIDE_IP);
		enum hr_reason tracked = reason_of(&hostiles[i], true);
		enum hr_reason not_tracked = reason_of(&hostiles[i], false);

		if (tracked != REASON_MASQUERADED)
			nat_send_packet(&vxlan, &p, tracked, NULL);
		if (not_tracked != REASON_MASQUERADED)
			nat_send_packet(&native, &p, not_tracked, NULL);
	}
	assert_int_equal(nat_count(&vxlan), 0);
	assert_int_equal(nat_count(&native), 0);
}

static void what_answers_no_flow_is_the_nodes_untouched(void **state)
{
	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		struct packet p = between(i, OUTSIDE_IP, NODE_IP);

		if (hostiles[i].kind != HOSTILE_INVALID)
			nat_receive_packet(&vxlan, &p, &p);
	}
	assert_int_equal(nat_count(&vxlan), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pods_packet_that_is_no_flow_leaves_as_it_is_or_not_at_all),
		cmocka_unit_test(what_answers_no_flow_is_the_nodes_untouched),
	};

	return harness_main(tests, nat_open_modes, nat_close_all);
}
