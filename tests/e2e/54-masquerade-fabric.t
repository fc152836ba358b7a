#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2031 # on is a subshell
#
# Masquerading in BPF where the router knows the pods and the nodes do not: who speaks to a pod by its own address is
# answered from it, also while the pod's own flows to the same host are masqueraded.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up native || {
	done_testing
}
lab_router_learns_pods
for pod in node1-server node2-server; do
	ok "servers listen in $pod" masq_serve "$pod"
done
for node in node1 node2; do
	ok "every netfilter hook of $node has a counter" netfilter_watch "$node"
done

# answered FROM POD: by ICMP, UDP and TCP; the clients of the latter two take no answer from another address.
answered() {
	local kind
	run on "$1" ping -n -c 3 -i 0.05 -W 2 "${lab_addr[$2]}"
	is "$1 -> $2: every echo reply comes from the pod's own address" \
		"$status:$(grep -c "bytes from ${lab_addr[$2]}: icmp_seq=[123] ttl=[0-9]* time=[0-9.]* ms\$" "$tap_out")" 0:3
	for kind in icmp udp tcp; do
		ok "$1 -> $2: $kind by the pod's own address" "traffic_$kind" "$1" "${lab_addr[$2]}"
	done
}

for pod in node1-server node2-server; do answered internet "$pod"; done
like "a pod's own connection to that host is masqueraded" "$(masq_peer node1-server internet)" "^${lab_addr[node1]}:"
ok "and so is a UDP flow" traffic_udp node1-server "${lab_addr[internet]}"
answered internet node1-server
like "a pod of the other node sees a pod as it is" "$(masq_peer node1-client node2-server)" "^${lab_addr[node1-client]}:"
for node in node1 node2; do
	is "no netfilter hook of $node has seen a pod's packet" "$(netfilter_seen "$node")" \
		"prerouting=0 input=0 forward=0 output=0 postrouting=0"
done
done_testing
