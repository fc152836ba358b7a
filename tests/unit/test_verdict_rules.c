// SPDX-License-Identifier: BSD-2-Clause
/* Every rule of rules.def once: what makes it match, and the mode that follows. */
#include "tests/unit/verdict_fixture.h"

static bool rule_seen[RULE__COUNT];

/* Too old to follow from its release what nobody could ask. */
static void old_kernel(void)
{
	answer(FEATURE_LARGE_PROGRAM, ANSWER_UNKNOWN);
	answer(FEATURE_XFRM_OUTPUT_MASK, ANSWER_UNKNOWN);
	answer(FEATURE_HELPER_SCHED_CLS_SKB_SET_TSTAMP, ANSWER_UNKNOWN);
	answer(FEATURE_HELPER_XDP_KTIME_GET_BOOT_NS, ANSWER_UNKNOWN);
	features.kernel_5_10 = (struct answer){ .value = ANSWER_NO, .source = SOURCE_UNAME };
	features.major = 4;
	features.minor = 9;
}

static void l3_uplink(void)
{
	add_device("tun0", "10.8.0.1")->mac_len = 0;
}

static void odd_name(void)
{
	snprintf(facts.devices[0].name, IFNAMSIZ, "eth=0");
}

static void late_device(void)
{
	facts.devices[0].ifindex = 70000;
}

static void lost_node_ip(void)
{
	facts.node_ip ^= 1;
}

static void no_device(void)
{
	facts.device_count = 0;
}

static void two_devices(void)
{
	add_device("eth1", "10.1.0.1");
}

static void high_ports(void)
{
	facts.ip_local_port_range[0] = 1024;
	facts.ip_local_port_range[1] = 2000;
}

#define CHANGES 5

/* What breaks the capable case, and the finding that must come first (or be there, for notes). */
struct rule_case {
	enum rule_id rule;
	enum verdict_mode mode;
	const char *config[CHANGES][2];
	enum feature_id missing; /* FEATURE__COUNT: none */
	void (*prepare)(void);
	const char *release; /* NULL: 1.12 */
};

#define NATIVE                                           \
	{ "tunnel", "disabled" },                        \
	{                                                \
		"ipv4-native-routing-cidr", "10.0.0.0/8" \
	}
#define REFUSED(id, ...)                                                          \
	{                                                                         \
		RULE_##id, VERDICT_REFUSED, { __VA_ARGS__ }, FEATURE__COUNT, NULL \
	}
#define LEGACY(id, ...)                                                          \
	{                                                                        \
		RULE_##id, VERDICT_LEGACY, { __VA_ARGS__ }, FEATURE__COUNT, NULL \
	}
#define NOTE(id, ...)                                                         \
	{                                                                     \
		RULE_##id, VERDICT_BPF, { __VA_ARGS__ }, FEATURE__COUNT, NULL \
	}

#define AT(release_, mode_, id, ...)                                                        \
	{                                                                                   \
		RULE_##id, VERDICT_##mode_, { __VA_ARGS__ }, FEATURE__COUNT, NULL, release_ \
	}
#define IPSEC                                       \
	{ "enable-ipsec", "true" },                 \
	{                                           \
		"ipsec-key-file", "/etc/ipsec/keys" \
	}

static const struct rule_case rule_cases[] = {
	REFUSED(DATAPATH_MODE, { "datapath-mode", "ipvlan" }),
	REFUSED(NO_FAMILY, { "enable-ipv4", "false" }),
	REFUSED(ALLOW_LOCALHOST, { "allow-localhost", "no" }),
	REFUSED(MONITOR_AGGREGATION, { "monitor-aggregation", "5" }),
	REFUSED(TCP_FLAGS, { "monitor-aggregation-flags", "syn,fin" }),
	REFUSED(POLICY, { "enable-policy", "sometimes" }),
	REFUSED(DYNAMIC_RATIO, { "bpf-map-dynamic-size-ratio", "Inf" }),
	REFUSED(DYNAMIC_RATIO, { "bpf-map-dynamic-size-ratio", "-0.1" }),
	REFUSED(IPV4_CIDR, { "ipv4-native-routing-cidr", "fd00::/8" }),
	REFUSED(IPV4_CIDR, { "ipv4-native-routing-cidr", "10.0.0.0" }),
	REFUSED(IPV6_CIDR, { "ipv6-native-routing-cidr", "10.0.0.0/8" }),
	REFUSED(SOCKET_LB_PROTOS, { "bpf-lb-sock", "true" },
		{ "host-reachable-services-protos", "" }),
	REFUSED(NODE_PORT_RANGE, { "node-port-range", "32767,30000" }),
	REFUSED(NODE_PORT_RANGE, { "node-port-range", "30000" }),
	REFUSED(NODE_PORT_RANGE, { "node-port-range", "1 2 3" }),
	REFUSED(LB_ALIASES, { "bpf-lb-mode", "snat" }, { "node-port-mode", "dsr" }),
	REFUSED(LEASE_TTL, { "kvstore-lease-ttl", "24s" }),
	REFUSED(LEASE_TTL, { "kvstore-lease-ttl", "24h1s" }),
	REFUSED(VLAN_BYPASS, { "vlan-bpf-bypass", "1,2" }),
	REFUSED(EXCLUDE_LOCAL_ADDRESS, { "exclude-local-address", "10.0.0.1" }),
	REFUSED(VTEP, { "enable-vtep", "true" }, { "vtep-endpoint", "10.1.1.1" }),
	REFUSED(VTEP, { "enable-vtep", "true" }, { "vtep-endpoint", "10.1.1.1" },
		{ "vtep-cidr", "10.2.0.0/16" }, { "vtep-mac", "02:00:00:00:00" }),
	NOTE(DSR_TUNNEL, { "enable-vtep", "true" }, { "vtep-endpoint", "10.1.1.1" },
	     { "vtep-cidr", "10.2.0.0/16" }, { "vtep-mac", "0200.0000.000a" },
	     { "bpf-lb-mode", "dsr" }),
	REFUSED(CNI_CONF, { "write-cni-conf-when-ready", "/host/etc/cni/net.d/05-cilium.conf" }),
	REFUSED(MASQ_IPV6, { "enable-ipv6", "true" }),
	REFUSED(IPAM_V2, { "ipam", "cluster-pool-v2beta" }),
	REFUSED(IPSEC_KEY, { "enable-ipsec", "true" }),
	REFUSED(IPSEC_HOST_FIREWALL, { "enable-ipsec", "true" }, { "ipsec-key-file", "/keys" },
		{ "enable-host-firewall", "true" }),
	REFUSED(WIREGUARD_IPSEC, { "enable-wireguard", "true" }, { "enable-ipsec", "true" },
		{ "ipsec-key-file", "/keys" }),
	REFUSED(WIREGUARD_L7, { "enable-wireguard", "true" }),
	REFUSED(L7_IPTABLES, { "install-iptables-rules", "false" }),
	REFUSED(AUTO_DIRECT_TUNNEL, { "auto-direct-node-routes", "true" }),
	REFUSED(HOST_FIREWALL_ROUTES, { "enable-host-firewall", "true" },
		{ "enable-endpoint-routes", "true" }, { "enable-remote-node-identity", "false" }),
	REFUSED(NOCT_TUNNEL, { "install-no-conntrack-iptables-rules", "true" }),
	REFUSED(NOCT_IPV4, { "install-no-conntrack-iptables-rules", "true" },
		{ "tunnel", "disabled" }, { "enable-ipv4", "false" }, { "enable-ipv6", "true" },
		{ "enable-ipv6-masquerade", "false" }),
	REFUSED(TUNNEL, { "tunnel", "gre" }),
	REFUSED(CLUSTER_ROUTE, NATIVE, { "single-cluster-route", "true" }),
	REFUSED(CLUSTER_ID, { "cluster-id", "256" }, { "cluster-name", "blue" }),
	REFUSED(CLUSTER_NAME, { "cluster-id", "1" }),
	REFUSED(CT_SIZE, { "bpf-ct-global-any-max", "1023" }),
	REFUSED(NAT_SIZE, { "bpf-nat-global-max", "16777217" }),
	REFUSED(NAT_OVER_CT, { "bpf-nat-global-max", "786433" }),
	REFUSED(FRAGMENTS_SIZE, { "bpf-fragments-map-max", "255" }),
	REFUSED(POLICY_MAP_SIZE, { "bpf-policy-map-max", "65537" }),
	REFUSED(SOCK_REV_SIZE, { "bpf-sock-rev-map-max", "1023" }),
	REFUSED(LB_MAP_SIZE, { "bpf-lb-map-max", "0" }),
	REFUSED(LB_MAP_SIZE, { "bpf-lb-service-map-max", "-1" }),
	REFUSED(IPV4_NATIVE_CIDR, { "tunnel", "disabled" }),
	REFUSED(IPV6_NATIVE_CIDR, NATIVE, { "enable-ipv6", "true" },
		{ "enable-bpf-masquerade", "false" }),
	REFUSED(ENI_IPV6, { "ipam", "eni" }, { "enable-ipv6", "true" },
		{ "enable-ipv6-masquerade", "false" }),
	REFUSED(DELEGATED_PLUGIN, { "ipam", "delegated-plugin" }),
	REFUSED(LOCAL_ROUTER, { "local-router-ipv4", "10.0.0.9" }),
	REFUSED(IDENTITY_MODE, { "identity-allocation-mode", "doublewrite" }),
	REFUSED(NDP_IPV6, { "enable-ipv6-ndp", "true" }),
	REFUSED(KPR_MODE, { "kube-proxy-replacement", "True" }),
	LEGACY(LEGACY_FORCED, { "enable-host-legacy-routing", "true" }),
	LEGACY(KPR_DISABLED, { "kube-proxy-replacement", "disabled" }),
	REFUSED(IPSEC_NODEPORT, { "enable-ipsec", "true" }, { "ipsec-key-file", "/keys" }),
	LEGACY(IPSEC_NODEPORT_PROBE, { "enable-ipsec", "true" }, { "ipsec-key-file", "/keys" },
	       { "kube-proxy-replacement", "probe" }),
	REFUSED(LB_MODE, { "bpf-lb-mode", "SNAT" }),
	REFUSED(DSR_DISPATCH, NATIVE, { "bpf-lb-mode", "dsr" },
		{ "bpf-lb-dsr-dispatch", "geneve" }),
	REFUSED(DSR_XLATE, NATIVE, { "bpf-lb-mode", "dsr" }, { "bpf-lb-dsr-l4-xlate", "both" }),
	REFUSED(RSS_CIDR, { "bpf-lb-rss-ipv4-src-cidr", "10.0.0.0/8" }),
	REFUSED(LB_ALGORITHM, { "bpf-lb-algorithm", "roundrobin" }),
	REFUSED(LB_ACCELERATION, { "node-port-acceleration", "generic" }),
	REFUSED(MAGLEV_SIZE, { "bpf-lb-algorithm", "maglev" },
		{ "bpf-lb-maglev-table-size", "16382" }),
	REFUSED(MAGLEV_SEED, { "bpf-lb-algorithm", "maglev" },
		{ "bpf-lb-maglev-hash-seed", "JLfvgnHc2kaSUFa=" }),
	REFUSED(XDP_TUNNEL, { "bpf-lb-acceleration", "native" }),
	NOTE(DSR_TUNNEL, { "bpf-lb-mode", "hybrid" }),
	REFUSED(DSR_IPIP, NATIVE, { "bpf-lb-mode", "dsr" }, { "bpf-lb-dsr-dispatch", "ipip" }),
	REFUSED(NOCT_KPR, NATIVE, { "install-no-conntrack-iptables-rules", "true" },
		{ "kube-proxy-replacement", "partial" }),
	REFUSED(NOCT_MASQ, NATIVE, { "install-no-conntrack-iptables-rules", "true" },
		{ "enable-bpf-masquerade", "false" }),
	{ RULE_FIB_LOOKUP, VERDICT_REFUSED, .missing = FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP },
	{ RULE_FIB_LOOKUP_PROBE,
	  VERDICT_LEGACY,
	  { { "kube-proxy-replacement", "probe" } },
	  FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP,
	  NULL },
	{ RULE_PORT_RANGE, VERDICT_REFUSED, .missing = FEATURE__COUNT, .prepare = high_ports },
	{ RULE_PORT_RANGE_PROBE,
	  VERDICT_LEGACY,
	  { { "kube-proxy-replacement", "probe" } },
	  FEATURE__COUNT,
	  high_ports },
	{ RULE_RECORDER,
	  VERDICT_REFUSED,
	  { { "enable-recorder", "true" } },
	  FEATURE_HELPER_XDP_KTIME_GET_BOOT_NS },
	{ RULE_RECORDER,
	  VERDICT_UNDETERMINED,
	  { { "enable-recorder", "true" } },
	  FEATURE__COUNT,
	  old_kernel },
	{ RULE_SOCKET_LB_TCP, VERDICT_REFUSED, .missing = FEATURE_ATTACH_CONNECT4 },
	{ RULE_SOCKET_LB_TCP_PROBE,
	  VERDICT_BPF,
	  { { "kube-proxy-replacement", "probe" }, NATIVE },
	  FEATURE_ATTACH_CONNECT4,
	  NULL },
	{ RULE_SOCKET_LB_UDP, VERDICT_REFUSED, .missing = FEATURE_ATTACH_RECVMSG4 },
	{ RULE_SOCKET_LB_UDP_PROBE,
	  VERDICT_BPF,
	  { { "kube-proxy-replacement", "probe" }, NATIVE },
	  FEATURE_ATTACH_RECVMSG4,
	  NULL },
	{ RULE_SESSION_AFFINITY, VERDICT_REFUSED, .missing = FEATURE_MAP_LRU_HASH },
	{ RULE_SESSION_AFFINITY_PROBE,
	  VERDICT_BPF,
	  { { "kube-proxy-replacement", "probe" } },
	  FEATURE_MAP_LRU_HASH,
	  NULL },
	{ RULE_MKE,
	  VERDICT_REFUSED,
	  { { "enable-mke", "true" }, { "mke-cgroup-mount", "/net_cls" } },
	  FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE,
	  NULL },
	{ RULE_MKE_PROBE,
	  VERDICT_LEGACY, /* BPF masquerade in a tunnel needs socket LB */
	  { { "enable-mke", "true" },
	    { "mke-cgroup-mount", "/net_cls" },
	    { "kube-proxy-replacement", "probe" } },
	  FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE,
	  NULL },
	{ RULE_MKE_CGROUP,
	  VERDICT_UNDETERMINED,
	  { { "enable-mke", "true" } },
	  FEATURE__COUNT,
	  old_kernel },
	REFUSED(IPSEC_INTERFACE, NATIVE, IPSEC, { "kube-proxy-replacement", "disabled" }),
	REFUSED(MASQ_DERIVE, { "derive-masquerade-ip-addr-from-device", "eth9" }),
	{ RULE_AFFINITY_NETNS, VERDICT_BPF, .missing = FEATURE_HELPER_SOCK_NETNS_COOKIE },
	{ RULE_OWN_NODEPORT, VERDICT_LEGACY, .missing = FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH },
	{ RULE_OWN_SOCKET_LB, VERDICT_BPF, .missing = FEATURE_ATTACH_GETPEERNAME6 },
	{ RULE_SOCKET_LB_HOSTNS,
	  VERDICT_BPF,
	  { { "bpf-lb-sock-hostns-only", "true" } },
	  FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE,
	  NULL },
	LEGACY(IPSEC, { "enable-ipsec", "true" }, { "ipsec-key-file", "/keys" },
	       { "kube-proxy-replacement", "disabled" }),
	{ RULE_IPSEC_XFRM,
	  VERDICT_REFUSED,
	  { { "enable-ipsec", "true" },
	    { "ipsec-key-file", "/keys" },
	    { "kube-proxy-replacement", "disabled" } },
	  FEATURE_XFRM_OUTPUT_MASK },
	{ RULE_IPSEC_XFRM,
	  VERDICT_LEGACY,
	  { { "enable-ipsec", "true" },
	    { "ipsec-key-file", "/keys" },
	    { "kube-proxy-replacement", "disabled" } },
	  FEATURE__COUNT,
	  old_kernel },
	LEGACY(BANDWIDTH_IPSEC, { "enable-ipsec", "true" }, { "ipsec-key-file", "/keys" },
	       { "kube-proxy-replacement", "disabled" }, { "enable-bandwidth-manager", "true" }),
	REFUSED(DEVICE_WILDCARD, { "devices", "wl+" }),
	REFUSED(DIRECT_ROUTING_DEVICE, { "direct-routing-device", "wl+" }),
	REFUSED(NODEPORT_ADDRESS, NATIVE, { "direct-routing-device", "nope0" }),
	{ RULE_NODE_IP_DEVICE, VERDICT_REFUSED, { NATIVE }, FEATURE__COUNT, lost_node_ip },
	{ RULE_DEVICE_DETECTION,
	  VERDICT_LEGACY,
	  { NATIVE, { "kube-proxy-replacement", "partial" } },
	  FEATURE__COUNT,
	  lost_node_ip },
	{ RULE_L3_SKIPPED,
	  VERDICT_BPF,
	  { { 0 } },
	  FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD,
	  l3_uplink },
	REFUSED(NODEPORT_ADDRESS, { "devices", "eth0,eth1" }),
	LEGACY(NODEPORT_ADDRESS_PROBE, { "devices", "eth9" },
	       { "kube-proxy-replacement", "probe" }),
	{ RULE_HOST_FIREWALL_DEVICES,
	  VERDICT_REFUSED,
	  { { "enable-host-firewall", "true" } },
	  FEATURE__COUNT,
	  no_device },
	LEGACY(NODEPORT_UNSET, { "kube-proxy-replacement", "partial" }),
	LEGACY(IPTABLES_MASQUERADE, { "enable-bpf-masquerade", "false" }),
	LEGACY(ENDPOINT_ROUTES, { "enable-endpoint-routes", "true" }),
	{ RULE_L3_DEVICE, VERDICT_LEGACY, .missing = FEATURE__COUNT, .prepare = l3_uplink },
	LEGACY(WIREGUARD, { "enable-wireguard", "true" }, { "enable-l7-proxy", "false" }),
	{ RULE_REDIRECT_HELPERS, VERDICT_LEGACY,
	  .missing = FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER },
	{ RULE_REDIRECT_HELPERS, VERDICT_LEGACY,
	  .missing = FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH },
	{ RULE_DEVICE_NAME, VERDICT_REFUSED, .missing = FEATURE__COUNT, .prepare = odd_name },
	{ RULE_DEVICE_IFINDEX, VERDICT_REFUSED, .missing = FEATURE__COUNT, .prepare = late_device },
	{ RULE_DEVICE_IFINDEX_OLD, VERDICT_REFUSED,
	  .missing = FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, .prepare = late_device,
	  .release = "1.16" },
	{ RULE_SOURCE_RANGE, VERDICT_REFUSED, .missing = FEATURE_MAP_LPM_TRIE },
	{ RULE_SOURCE_RANGE_PROBE,
	  VERDICT_BPF,
	  { { "kube-proxy-replacement", "probe" } },
	  FEATURE_MAP_LPM_TRIE,
	  NULL },
	NOTE(MASQ_OFF, { "enable-ipv4-masquerade", "false" }),
	LEGACY(MASQ_REMOTE_NODE, { "enable-remote-node-identity", "false" }),
	LEGACY(MASQ_EGRESS_INTERFACES, { "egress-masquerade-interfaces", "eth0" }),
	LEGACY(MASQ_SOCKET_LB, { "kube-proxy-replacement", "partial" },
	       { "enable-node-port", "true" }),
	REFUSED(IP_MASQ_AGENT, { "enable-ip-masq-agent", "true" },
		{ "enable-bpf-masquerade", "false" }),
	{ RULE_IP_MASQ_LPM,
	  VERDICT_REFUSED,
	  { { "enable-ip-masq-agent", "true" }, { "kube-proxy-replacement", "probe" } },
	  FEATURE_MAP_LPM_TRIE,
	  NULL },
	REFUSED(EGRESS_GATEWAY, { "enable-ipv4-egress-gateway", "true" },
		{ "enable-remote-node-identity", "false" }),
	{ RULE_EGRESS_GATEWAY_KERNEL,
	  VERDICT_REFUSED,
	  { { "enable-ipv4-egress-gateway", "true" } },
	  FEATURE_LARGE_PROGRAM },
	{ RULE_EGRESS_GATEWAY_KERNEL,
	  VERDICT_UNDETERMINED,
	  { { "enable-ipv4-egress-gateway", "true" } },
	  FEATURE__COUNT,
	  old_kernel },
	REFUSED(BBR_LEGACY, { "enable-bbr", "true" }, { "enable-bandwidth-manager", "true" },
		{ "enable-endpoint-routes", "true" }),
	{ RULE_BBR_KERNEL,
	  VERDICT_REFUSED,
	  { { "enable-bbr", "true" }, { "enable-bandwidth-manager", "true" } },
	  FEATURE_HELPER_SCHED_CLS_SKB_SET_TSTAMP },
	{ RULE_BBR_KERNEL,
	  VERDICT_UNDETERMINED,
	  { { "enable-bbr", "true" }, { "enable-bandwidth-manager", "true" } },
	  FEATURE__COUNT,
	  old_kernel },
	/* Rules of other releases. */
	AT("1.9", LEGACY, TUNNEL_LEGACY, { "tunnel", "vxlan" }),
	{ RULE_SEVERAL_DEVICES,
	  VERDICT_LEGACY,
	  { { "tunnel", "disabled" },
	    { "native-routing-cidr", "10.0.0.0/8" },
	    { "devices", "eth0 eth1" } },
	  FEATURE__COUNT,
	  two_devices,
	  "1.9" },
	AT("1.11", REFUSED, MASQ_IPVLAN, { "datapath-mode", "ipvlan" }),
	{ RULE_SCTP,
	  VERDICT_REFUSED,
	  { { "enable-sctp", "true" } },
	  FEATURE_LARGE_PROGRAM,
	  NULL,
	  "1.14" },
	AT("1.13", REFUSED, IPSEC_L7, IPSEC),
	AT("1.15", REFUSED, IPSEC_L7_SINCE_1_15, IPSEC),
	AT("1.13", LEGACY, KPR_NOT_FULL, { "kube-proxy-replacement", "partial" },
	   { "enable-node-port", "true" }, { "bpf-lb-sock", "true" }),
	AT("1.14", REFUSED, MASQ_IPV6_HOST_FIREWALL, { "enable-ipv6", "true" },
	   { "enable-host-firewall", "true" }),
	AT("1.16", REFUSED, IPSEC_IPV4, IPSEC, { "enable-ipv4", "false" },
	   { "enable-ipv6", "true" }, { "enable-l7-proxy", "false" }),
	AT("1.14", REFUSED, TUNNEL_AND_ROUTING_MODE, { "tunnel", "vxlan" },
	   { "routing-mode", "native" }, { "ipv4-native-routing-cidr", "10.0.0.0/8" }),
	AT("1.14", REFUSED, ROUTING_MODE, { "routing-mode", "bgp" }),
	AT("1.14", REFUSED, TUNNEL_PROTOCOL, { "tunnel", "gre" }),
	AT("1.16", REFUSED, TUNNEL_PROTOCOL, { "tunnel-protocol", "gre" }),
	AT("1.15", REFUSED, TUNNEL_PORT, { "tunnel-port", "70000" }),
	AT("1.18", REFUSED, DISTRIBUTED_LRU, { "bpf-distributed-lru", "true" },
	   { "bpf-map-dynamic-size-ratio", "0" }),
	AT("1.17", REFUSED, SRV6_IPV6, { "enable-srv6", "true" }),
	AT("1.15", REFUSED, HIGH_SCALE_IPCACHE, { "enable-high-scale-ipcache", "true" }),
	AT("1.18", REFUSED, WIREGUARD_UNDERLAY, { "enable-wireguard", "true" },
	   { "enable-ipv6", "true" }, { "underlay-protocol", "ipv6" }),
	AT("1.18", REFUSED, XDP_UNDERLAY, { "bpf-lb-acceleration", "native" },
	   { "enable-ipv6", "true" }, { "underlay-protocol", "ipv6" }),
	AT("1.19", LEGACY, KPR_FALSE, { "kube-proxy-replacement", "False" }),
	AT("1.18", REFUSED, DSR_TUNNEL_REFUSED, { "bpf-lb-mode", "dsr" }),
	AT("1.16", REFUSED, MASQ_OFF_REFUSED, { "enable-ipv4-masquerade", "false" }),
	AT("1.16", REFUSED, MASQ_NODEPORT, { "kube-proxy-replacement", "false" }),
	AT("1.15", REFUSED, MASQ_REMOTE_NODE_REFUSED, { "enable-remote-node-identity", "false" }),
	AT("1.16", REFUSED, MASQ_EGRESS_INTERFACES_REFUSED,
	   { "egress-masquerade-interfaces", "eth0" }),
	AT("1.16", REFUSED, NETKIT_TPROXY, { "enable-bpf-tproxy", "true" },
	   { "datapath-mode", "netkit" }),
	AT("1.17", REFUSED, MODE_ANNOTATION, { "bpf-lb-mode-annotation", "true" }),
	AT("1.17", REFUSED, DSR_IPIP_SINCE_1_17, { "bpf-lb-mode", "dsr" },
	   { "bpf-lb-dsr-dispatch", "ipip" }),
	AT("1.16", REFUSED, EGRESS_GATEWAY_IDENTITY, { "enable-ipv4-egress-gateway", "true" },
	   { "enable-cilium-endpoint-slice", "true" }),
	AT("1.19", REFUSED, MASQ_REMOTE_NODES, { "enable-remote-node-masquerade", "true" },
	   { "enable-bpf-masquerade", "false" }),
	AT("1.15", REFUSED, CLUSTER_ID, { "cluster-id", "300" }, { "cluster-name", "a" }),
	AT("1.17", REFUSED, MASQ_ROUTE_SOURCE, { "enable-masquerade-to-route-source", "true" }),
	AT("1.15", REFUSED, MASQ_SOCKET_LB_REFUSED, { "kube-proxy-replacement", "false" },
	   { "enable-node-port", "true" }),
	{ RULE_KERNEL_REQUIREMENT,
	  VERDICT_REFUSED,
	  { { "enable-host-legacy-routing", "true" } },
	  FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER,
	  NULL,
	  "1.18" },
	{ RULE_LARGE_PROGRAMS, VERDICT_REFUSED, .missing = FEATURE_LARGE_PROGRAM,
	  .release = "1.16" },
	{ RULE_LARGE_PROGRAMS, VERDICT_UNDETERMINED, .missing = FEATURE__COUNT,
	  .prepare = old_kernel, .release = "1.16" },
	{ RULE_FIB_LOOKUP_CLS, VERDICT_REFUSED, .missing = FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP,
	  .release = "1.14" },
	{ RULE_DIRECT_DEVICE, VERDICT_REFUSED, .missing = FEATURE__COUNT, .prepare = no_device,
	  .release = "1.17" },
	{ RULE_DIRECT_DEVICE_OFF,
	  VERDICT_LEGACY,
	  { { "kube-proxy-replacement", "false" }, { "enable-bpf-masquerade", "false" } },
	  FEATURE__COUNT,
	  no_device,
	  "1.16" },
};

static bool is_cause_of(const struct rule_case *c)
{
	enum rule_effect effect = rule_defs[c->rule].effect;

	if (c->mode == VERDICT_REFUSED)
		return effect == EFFECT_REFUSED;
	if (c->mode == VERDICT_LEGACY)
		return effect != EFFECT_REFUSED && effect != EFFECT_NOTE && c->rule != RULE_IPSEC &&
		       c->rule != RULE_DEVICE_DETECTION;
	return c->mode == VERDICT_UNDETERMINED;
}

static void case_has_its_mode_and_finding(void **state)
{
	const struct rule_case *c = *state;
	enum tri matched = c->prepare == old_kernel ? ANSWER_UNKNOWN : ANSWER_YES;
	struct cilium_version version;

	assert_int_equal(release_parse(c->release ? c->release : "1.12", &version), 0);
	capable_at(version.release);
	for (size_t i = 0; i < CHANGES && c->config[i][0]; i++)
		set(c->config[i][0], c->config[i][1]);
	if (c->missing != FEATURE__COUNT)
		answer(c->missing, ANSWER_NO);
	if (c->prepare)
		c->prepare();
	decide();
	for (size_t i = 0; i < v.count; i++)
		rule_seen[v.findings[i].rule] = true;
	assert_string_equal(verdict_mode_name(v.mode), verdict_mode_name(c->mode));
	assert_true(has_finding(c->rule, matched));
	if (is_cause_of(c))
		assert_string_equal(rule_defs[v.findings[0].rule].name, rule_defs[c->rule].name);
}

static void every_rule_has_been_matched(void **state)
{
	(void)state;
	for (enum rule_id rule = 0; rule < RULE__COUNT; rule++)
		if (!rule_seen[rule])
			fail_msg("%s never matched", rule_defs[rule].name);
}

/* Rows of one rule share its name, and no release has two of them. */
static bool are_rows_of_one_rule(const struct rule_def *a, const struct rule_def *b)
{
	return a->until < b->since || b->until < a->since;
}

static void rule_cures_name_a_key_and_a_value_it_takes(void **state)
{
	(void)state;
	for (enum rule_id id = 0; id < RULE__COUNT; id++) {
		const char *cure = rule_defs[id].cure, *text = strchr(cure, '=');
		char key[64];

		if (!*cure || *cure == '@')
			continue;
		snprintf(key, sizeof(key), "%.*s", text ? (int)(text - cure) : 63,
			 cure + (*cure == '-'));
		assert_true(text || *cure == '-');
		assert_int_not_equal(option_find(key), OPT__COUNT);
		options_fini(&opts);
		assert_int_equal(options_init(&opts, rule_defs[id].until), 0);
		if (text && text[1] != '@')
			set(key, text + 1);
		options_fini(&opts);
	}
}

static void rule_names_are_unique_and_texts_are_clauses(void **state)
{
	(void)state;
	for (enum rule_id a = 0; a < RULE__COUNT; a++) {
		const struct rule_def *rule = &rule_defs[a];

		assert_memory_equal(rule->name, "HR-", 3);
		assert_true(rule->text[0] && rule->text[strlen(rule->text) - 1] != '.');
		assert_true(rule->fix[0] && rule->fix[strlen(rule->fix) - 1] != '.');
		for (enum rule_id b = 0; b < a; b++)
			assert_true(strcmp(rule->name, rule_defs[b].name) ||
				    are_rows_of_one_rule(rule, &rule_defs[b]));
		assert_true(rule->since <= rule->until);
	}
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_SIZE(rule_cases) + 3];
	static char names[ARRAY_SIZE(rule_cases)][96];
	size_t count = 0;
	int failed;

	for (; count < ARRAY_SIZE(rule_cases); count++) {
		const struct rule_case *c = &rule_cases[count];

		snprintf(names[count], sizeof(names[count]),
			 "%s_is_found_and_the_mode_is_%s %s %s %s", rule_defs[c->rule].name,
			 verdict_mode_name(c->mode), c->release ? c->release : "1.12",
			 c->config[0][0] ? c->config[0][0] : "",
			 c->config[0][0] ? c->config[0][1] : "");
		tests[count] = (struct CMUnitTest){ .name = names[count],
						    .test_func = case_has_its_mode_and_finding,
						    .initial_state = (void *)c };
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_rule_has_been_matched);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(rule_names_are_unique_and_texts_are_clauses);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(rule_cures_name_a_key_and_a_value_it_takes);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
