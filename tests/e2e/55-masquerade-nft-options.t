#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2154,SC2016 # functions that ok calls by name; variables of the files below; "$SOCAT_..."
#
# What egress-masquerade-interfaces and iptables-random-fully make of the nftables table that masquerades, on nodes
# with two NICs: by the address and port that the other side sees.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

lab_up
lab_second_network
lab_addr[node1-second]=192.168.65.8
lab_addr[node2-second]=192.168.65.9
pod=node1-client

serve_second() {
	on node2 socat "TCP4-LISTEN:$masq_peer_port,bind=${lab_addr[node2-second]},reuseaddr,fork" \
		SYSTEM:'echo $SOCAT_PEERADDR\:$SOCAT_PEERPORT; cat >/dev/null' &
	lab_wait is_listening node2 -t "${lab_addr[node2-second]}:$masq_peer_port"
}

# with VARIANT...: both nodes take that bundle.
with() {
	local bundle node
	bundle=$(bundle_of vxlan "$@") || {
		fail "the example compiles as vxlan $*"
		done_testing
	}
	for node in node1 node2; do ok "$node takes the bundle (vxlan $*)" node_apply "$node" "$bundle"; done
}

# seen TITLE FIRST SECOND: as whom the host outside, and node2 on the second network, know the pod.
seen() {
	like "$1: by the first NIC" "$(masq_peer "$pod" internet)" "^${lab_addr[$2]}:"
	like "$1: by the second NIC" "$(masq_peer "$pod" node2-second)" "^${lab_addr[$3]}:"
}

ok "a server listens outside" masq_serve internet
ok "and one on the second network" serve_second

with legacy iptables-masq
seen "all interfaces masquerade" node1 node1-second
like "a source port that is free is kept" "$(masq_peer "$pod" internet sourceport=40001)" ":40001\$"

with legacy iptables-masq egress=enp0s2
seen "one interface masquerades" node1 "$pod"
with legacy iptables-masq egress=enp0s3
like "only the other one does" "$(masq_peer "$pod" node2-second)" "^${lab_addr[node1-second]}:"
with legacy iptables-masq egress=enp0s+
seen "all of a prefix masquerade" node1 node1-second

with legacy iptables-masq random-fully
seen "ports at random" node1 node1-second
ports=$(for port in 40002 40003 40004; do masq_peer "$pod" internet "sourceport=$port"; done)
is "three free source ports come from the node" "$(grep -c "^${lab_addr[node1]}:" <<<"$ports")" 3
unlike "and are not all kept" "$(tr '\n' ' ' <<<"$ports")" ":40002 .*:40003 .*:40004 \$"

with egress=enp0s2
status=$(node_status node1)
like "BPF masquerading does not go with named interfaces: 1.12 leaves it to the node" "$status" '^Masquerading: +IPTables '
like "and host routing with it" "$status" '^Host Routing: +Legacy$'
seen "there, too, one interface masquerades" node1 "$pod"
done_testing
