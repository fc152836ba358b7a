#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Masquerading in BPF without a tunnel: nodes know each other's pods, the outside does not.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up native auto-routes || {
	done_testing
}
like "status says who masquerades and what is left out" "$(node_status node1)" \
	'^Masquerading: +BPF \[enp0s2\] 10\.233\.0\.0/16 \[IPv4: Enabled, IPv6: Disabled\]$'
masq_past_the_stack
masq_errors
masq_halves
pod=node1-client
like "another node sees a pod with its own address" "$(masq_peer "$pod" node2)" "^${lab_addr[$pod]}:"
ok "a pod of another node is reached" traffic_icmp node1-client "${lab_addr[node2-server]}"

lab_router_learns_pods
ok "a server listens in a pod" traffic_serve node1-server
for kind in icmp udp tcp; do
	ok "internet -> pod by the pod's own address: $kind, answered untranslated" \
		"traffic_$kind" internet "${lab_addr[node1-server]}"
done
done_testing
