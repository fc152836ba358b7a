#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2317 # awk programs; functions that ok calls by name
#
# What the datapath promises beyond delivery, in BPF mode over VXLAN: hops are counted, time exceeded is
# answered, nobody borrows another pod's address, and only known nodes may tunnel.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up
lab_router_learns_pods

bundle=$(bundle_of vxlan) || {
	fail "the example compiles"
	done_testing
}
for node in node1 node2; do ok "$node takes the bundle" node_apply "$node" "$bundle"; done

# echo_requests POD: how many have reached its IP stack. Their sender cannot tell: replies go elsewhere.
echo_requests() {
	snmp "$1" Icmp InEchos
}

ping_ttl() {
	on "$1" ping -n -c 1 -W 2 "$2" | sed -n 's/.* ttl=\([0-9]*\).*/\1/p'
}

is "same node: one hop" "$(ping_ttl node1-client "${lab_addr[node1-server]}")" 63
like "another node: at least one hop" "$(ping_ttl node1-client "${lab_addr[node2-server]}")" '^6[23]$'
like "outside: the node and the router are hops" \
	"$(ping_ttl node1-client "${lab_addr[internet]}")" '^6[12]$'

for to in node1-server node2-server internet; do
	run on node1-client ping -n -c 1 -W 2 -t 1 "${lab_addr[$to]}"
	like "a TTL of one on the way to $to is answered" "$(cat "$tap_out")" 'Time to live exceeded'
done
like "it is counted" "$(reason_count node1 ttl-expired)" '^[1-9]'

# The client speaks with the server's address: nothing may arrive, and the reason is counted.
on node1-client ip addr add 10.233.64.94/32 dev eth0
before=$(reason_count node1 invalid-source)
arrived=$(echo_requests node2-server)
not_ok "a spoofed source gets no answer" \
	on node1-client ping -n -q -c 2 -i 0.1 -W 1 -I 10.233.64.94 "${lab_addr[node2-server]}"
is "and reaches nobody" "$(echo_requests node2-server)" "$arrived"
is "each is counted as invalid-source" "$(($(reason_count node1 invalid-source) - before))" 2
on node1-client ip addr del 10.233.64.94/32 dev eth0
arrived=$(echo_requests node2-server)
ok "its own address still works" traffic_icmp node1-client "${lab_addr[node2-server]}"
ok "and arrives" test "$(echo_requests node2-server)" -eq $((arrived + 6))

# A host on the nodes' network that speaks VXLAN but is no node: here, the router.
stranger() {
	on router ip link add vx0 type vxlan id 4711 remote "${lab_addr[node1]}" local 192.168.64.1 dstport 8472 &&
		on router ip link set vx0 up && on router ip addr add 10.233.65.200/32 dev vx0 &&
		on router ip route add 10.233.64.94/32 dev vx0 src 10.233.65.200 &&
		on router ip neigh add 10.233.64.94 lladdr 02:00:00:00:00:01 dev vx0 nud permanent
}
ok "a stranger sets up a tunnel" stranger
before=$(reason_count node1 unknown-node)
arrived=$(echo_requests node1-server)
not_ok "a stranger's tunnel gets no answer" on router ping -n -q -c 2 -i 0.1 -W 1 10.233.64.94
is "and reaches no pod" "$(echo_requests node1-server)" "$arrived"
is "each is counted as unknown-node" "$(($(reason_count node1 unknown-node) - before))" 2

# The pod's own view: nothing of the node's bookkeeping reaches it.
run on node1-client ping -n -c 1 -W 2 "${lab_addr[node1-gateway]}"
is "the gateway answers" "$status" 0
like "its MAC is the host side of the pod's own veth" \
	"$(on node1-client ip neigh show "${lab_addr[node1-gateway]}")" \
	"$(on node1 cat /sys/class/net/lxc_client/address)"

# A cluster in the middle of a change: one node forwards in BPF, the other through its stack.
if ! legacy=$(bundle_of vxlan legacy); then
	fail "the example compiles for legacy host routing"
	done_testing
fi
ok "node2 changes to legacy host routing" node_apply node2 "$legacy"
traffic_file
traffic_serve node1-server && traffic_serve node2-server
for kind in icmp udp tcp; do
	ok "BPF to legacy: $kind" "traffic_$kind" node1-client "${lab_addr[node2-server]}"
	ok "legacy to BPF: $kind" "traffic_$kind" node2-client "${lab_addr[node1-server]}"
done
done_testing
