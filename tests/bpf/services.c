// SPDX-License-Identifier: BSD-2-Clause
/* A set is named by a counter: that its name is made of its contents is user space's concern. */
#include "tests/bpf/services.h"

#include <arpa/inet.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "install/maglev_map.h"

#define MAGLEV_MAP "hr_maglev4"

static struct nat_node *const *all_nodes;
static size_t node_count;
static uint64_t last_set;

static const char *const maps[] = { "hr_frontends4", "hr_slots4",      "hr_backends4",
				    "hr_aff_match4", "hr_src_ranges4", "hr_affinity4" };

static uint32_t address(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

static void put(const struct nat_node *node, const char *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(datapath_map(&node->in, map), key, value, BPF_ANY), 0);
}

static struct hr_frontend_key frontend_key(const struct test_frontend *frontend)
{
	return (struct hr_frontend_key){ .addr = frontend->ip ? address(frontend->ip)
							      : HR_FRONTEND_ANY,
					 .port = htons(frontend->port),
					 .protocol = frontend->protocol };
}

static struct hr_backend_key backend_key(const struct test_frontend *frontend,
					 const struct test_backend *backend)
{
	return (struct hr_backend_key){ .addr = address(backend->ip),
					.port = htons(backend->port),
					.protocol = frontend->protocol };
}

static struct hr_affinity_match_key match_key(const struct test_frontend *frontend,
					      const struct test_backend *backend)
{
	return (struct hr_affinity_match_key){ .frontend = frontend_key(frontend),
					       .backend = { .addr = address(backend->ip),
							    .port = htons(backend->port) } };
}

static void add_backend(const struct nat_node *node, const struct test_frontend *frontend,
			const struct test_backend *backend, uint64_t set, uint32_t slot)
{
	struct hr_slot_key slot_key = { .set = set, .slot = slot };
	struct hr_slot value = { .addr = address(backend->ip), .port = htons(backend->port) };
	struct hr_backend_key key = backend_key(frontend, backend);
	struct hr_affinity_match_key match = match_key(frontend, backend);

	put(node, "hr_slots4", &slot_key, &value);
	put(node, "hr_backends4", &key, &(struct hr_backend){ 0 });
	if (frontend->affinity)
		put(node, "hr_aff_match4", &match, &(struct hr_affinity_match){ 0 });
}

void service_set(const struct nat_node *node, const struct test_frontend *frontend,
		 const struct test_backend *backends, size_t count)
{
	struct hr_frontend_key key = frontend_key(frontend);
	struct hr_frontend value = { .flags = frontend->flags, .affinity = frontend->affinity };

	last_set++;
	for (uint32_t slot = 0; slot < count; slot++)
		add_backend(node, frontend, &backends[slot], last_set, slot);
	for (enum hr_scope scope = 0; scope < HR_SCOPE__COUNT; scope++) {
		value.sets[scope] = last_set;
		value.counts[scope] = (uint16_t)count;
	}
	put(node, "hr_frontends4", &key, &value);
}

void service_add_maglev(const struct nat_node *node, const struct maglev *maglev)
{
	struct hr_maglev_key key = { .set = last_set,
				     .variant = hr_maglev_variant(maglev->size, maglev->seed) };
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	for (; key.piece < maglev_pieces(maglev); key.piece++)
		assert_int_equal(table_add(&want, TABLE_MAGLEV, &key, NULL), 0);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(maglev_map_change(datapath_map(&node->in, MAGLEV_MAP),
					   datapath_map(&node->in, "hr_slots4"), maglev, &diff,
					   false),
			 0);
	table_diff_fini(&diff);
	table_fini(&want);
	table_fini(&have);
}

void service_retire(const struct nat_node *node, const struct test_frontend *frontend,
		    const struct test_backend *backend)
{
	struct hr_backend_key key = backend_key(frontend, backend);
	struct hr_affinity_match_key match = match_key(frontend, backend);

	assert_int_equal(bpf_map_delete_elem(datapath_map(&node->in, "hr_backends4"), &key), 0);
	bpf_map_delete_elem(datapath_map(&node->in, "hr_aff_match4"), &match);
}

void service_allow(const struct nat_node *node, const struct test_frontend *frontend,
		   const char *cidr)
{
	struct hr_source_range_key key = { .frontend = frontend_key(frontend) };
	struct cidr4 prefix;

	assert_int_equal(parse_cidr4(cidr, &prefix), 0);
	key.len = (uint32_t)HR_SOURCE_RANGE_LEN + prefix.len;
	key.addr = prefix.addr;
	put(node, "hr_src_ranges4", &key, &(struct hr_source_range){ 0 });
}

void service_add_devices(void)
{
	nat_add_devices();
	harness_sysctl("/proc/sys/net/ipv4/ip_forward", "1");
	harness_ip("address add " NODE_IP "/24 dev nic");
	harness_ip("route add default via " GATEWAY_IP);
}

struct l4_spec service_request(const char *src, const char *dst, uint16_t dport, uint8_t protocol)
{
	return (struct l4_spec){ .protocol = protocol,
				 .src = src,
				 .dst = dst,
				 .sport = 40000,
				 .dport = dport,
				 .tcp_flags = SYN,
				 .payload = 33 };
}

struct hr_nat service_chosen(const struct nat_node *node, const struct l4_spec *request)
{
	struct hr_nat_key key = nat_key(request, HR_NAT_INGRESS);
	struct __sk_buff ctx = { .ifindex = node->nic };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct packet p;

	nat_forget(node);
	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, NULL);
	opts.data_in = p.data;
	opts.data_size_in = (uint32_t)p.len;
	assert_int_equal(bpf_prog_test_run_opts(node->in.prog_fd, &opts), 0);
	return nat_get(node, &key);
}

struct packet service_error(const char *src, const char *dst, const struct l4_spec *about)
{
	struct packet cause, p;

	packet_l4(&cause, about);
	packet_icmp_error(&p, &(struct icmp_error_spec){ .src = src,
							 .dst = dst,
							 .type = ICMP_TYPE_UNREACHABLE,
							 .code = 4,
							 .about = &cause });
	return p;
}

void service_nodes(struct nat_node *const *nodes, size_t count)
{
	all_nodes = nodes;
	node_count = count;
}

static void empty_map(int fd)
{
	uint8_t key[sizeof(struct hr_affinity_key)];

	while (!bpf_map_get_next_key(fd, NULL, key))
		assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

int service_forget_all(void **state)
{
	for (size_t i = 0; i < node_count; i++) {
		for (size_t m = 0; m < ARRAY_SIZE(maps); m++)
			empty_map(datapath_map(&all_nodes[i]->in, maps[m]));
		if (datapath_has_map(&all_nodes[i]->in, MAGLEV_MAP))
			empty_map(datapath_map(&all_nodes[i]->in, MAGLEV_MAP));
	}
	return nat_forget_all(state);
}
