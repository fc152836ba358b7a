# shellcheck shell=bash disable=SC2154 # lab_* variables are those of tests/lab
# SPDX-License-Identifier: BSD-2-Clause
#
# Legacy host routing whose pods nftables masquerades: the traffic matrix with a router that knows no pods, and
# whose address is seen where. Sourced after traffic.sh.

# nft_test "VARIANT..." SOURCE: SOURCE is what other nodes see pods as.
# shellcheck disable=SC2034 # read by traffic.sh
nft_test() {
	traffic_router_knows=nodes
	traffic_test legacy "$1 legacy iptables-masq"
	ok "servers that tell the client's address listen" nft_servers
	is "outside a pod is seen as its node" "$(source_seen node1-client internet)" "${lab_addr[node1]}"
	is "and one of the other node as that" "$(source_seen node2-client internet)" "${lab_addr[node2]}"
	is "a pod of this node sees it as it is" "$(source_seen node1-client node1-server)" "${lab_addr[node1-client]}"
	is "and so does a pod of the other node" "$(source_seen node1-client node2-server)" "${lab_addr[node1-client]}"
	is "the other node sees it as the reference says" "$(source_seen node1-client node2)" "$2"
	is "the node itself is seen as ever" "$(source_seen node1 internet)" "${lab_addr[node1]}"
}

nft_servers() {
	local name
	for name in internet node1-server node2-server node2; do traffic_serve_source "$name" || return; done
}
