/* SPDX-License-Identifier: BSD-2-Clause */
/* Services on the nodes of tests/bpf/nat.h, entered into the maps as hrinstall does. */
#ifndef HR_TESTS_SERVICES_H
#define HR_TESTS_SERVICES_H

#include "install/maglev.h"
#include "tests/bpf/nat.h"

struct test_backend {
	const char *ip;
	uint16_t port;
};

struct test_frontend {
	const char *ip; /* NULL: each address of the node */
	uint16_t port;
	uint8_t protocol;
	uint16_t flags; /* HR_FRONTEND_* */
	uint32_t affinity;
};

/* The frontend stands for these backends, which serve and, with affinity, may be kept. The newest ones count. */
void service_set(const struct nat_node *node, const struct test_frontend *frontend,
		 const struct test_backend *backends, size_t count);

/* Makes the table of the newest set by what its slots say, as hrinstall does. */
void service_add_maglev(const struct nat_node *node, const struct maglev *maglev);

/* It serves no more, and no client may keep it. */
void service_retire(const struct nat_node *node, const struct test_frontend *frontend,
		    const struct test_backend *backend);

void service_allow(const struct nat_node *node, const struct test_frontend *frontend,
		   const char *cidr);

/* Those of nat_add_devices(), and the node forwards by its NIC. */
void service_add_devices(void);

/* The first packet of a client's flow. */
struct l4_spec service_request(const char *src, const char *dst, uint16_t dport, uint8_t protocol);

/* All flows are forgotten, then such a packet comes by the NIC: the entry that leads to its backend. */
struct hr_nat service_chosen(const struct nat_node *node, const struct l4_spec *request);

/* What src says of a packet that did not get through: it was too long. */
struct packet service_error(const char *src, const char *dst, const struct l4_spec *about);

/* Forgets all services and flows of every node, before each test. */
#define SERVICE_TEST(name) cmocka_unit_test_setup(name, service_forget_all)
void service_nodes(struct nat_node *const *nodes, size_t count);
int service_forget_all(void **state);

#endif
