#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2154 # functions that ok calls by name; variables of the files below
#
# Direct routing with two networks between the nodes: node1 sends to node2 over the second one, node2 answers over the
# first one, and each packet takes the device on whose network its next node is.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up
if ! lab_second_network; then
	fail "the lab has a second network"
	done_testing
fi

# state_of NODE [REMOTE-IP]: its state file, node1 knowing node2 by the address on the second network.
state_of() {
	if [ "$1" = node1 ]; then
		sed "s/192\.168\.64\.9/${2:-192.168.65.9}/" "$(lab_state_file node1)" >"$tap_dir/node1.yaml"
		printf '%s\n' "$tap_dir/node1.yaml"
	else
		lab_state_file "$1"
	fi
}

apply_to() {
	local node=$1 bundle=$2
	shift 2
	on "$node" "$hrinstall" apply "$bundle" --state "$(state_of "$node")" "$@"
}

our_routes() {
	on "$1" ip route show proto 114 | sed -n 's/^\([0-9./]*\) via \([0-9.]*\) dev \([a-z0-9]*\) .*/\1 \2 \3/p'
}

sent_by() {
	on "$1" cat "/sys/class/net/$2/statistics/tx_packets"
}

is_as_before() {
	node_snapshot node1 >"$tap_dir/after"
	is_file "$1" "$tap_dir/after" "$tap_dir/before"
}

# two_networks MODE VARIANT...
two_networks() {
	local mode=$1 bundle kind before node
	shift
	bundle=$(bundle_of "$@") || fail "$mode: the example compiles"
	for node in node1 node2; do ok "$mode: $node takes the bundle" apply_to "$node" "$bundle"; done
	is "$mode: the route to node2's pods is by the device of its network" "$(our_routes node1)" \
		"10.233.65.0/24 192.168.65.9 enp0s3"
	is "$mode: node2's route back is by the other" "$(our_routes node2)" "10.233.64.0/24 192.168.64.8 enp0s2"
	for node in enp0s2 enp0s3; do
		if [ "$mode" = bpf ]; then
			like "$mode: $node is found and attached to" "$(node_status node1)" "^$node +ingress +from_netdev"
		fi
	done
	run apply_to node1 "$bundle"
	like "$mode: applying it again finds nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'
	for node in node1 node2; do on "$node" nft list table ip hr_lab >/dev/null 2>&1 || netfilter_watch "$node"; done
	ok "$mode: pods reach each other first" traffic_icmp node1-client "${lab_addr[node2-server]}"
	for node in node1 node2; do netfilter_reset "$node"; done
	before=$(sent_by node1 enp0s2)
	for kind in icmp udp tcp; do
		ok "$mode: $kind across" "traffic_$kind" node1-client "${lab_addr[node2-server]}"
	done
	# What little there is answers ARP requests.
	ok "$mode: none of it leaves by the first network" test "$(($(sent_by node1 enp0s2) - before))" -lt 20
	for node in node1 node2; do
		if [ "$mode" = bpf ]; then
			is "$mode: no netfilter hook of $node sees it" "$(netfilter_seen "$node")" \
				"prerouting=0 input=0 forward=0 output=0 postrouting=0"
		else
			like "$mode: the forward path of $node sees it" "$(netfilter_seen "$node")" ' forward=[1-9]'
		fi
	done
	explicit_device "$mode" "$bundle"
	for node in node1 node2; do
		on "$node" nft delete table ip hr_lab
		ok "$mode: remove" on "$node" "$hrinstall" remove
	done
	is "$mode: no route of ours is left" "$(our_routes node1)$(our_routes node2)" ""
	is_as_before "$mode: the node is as it was found"
}

explicit_device() {
	local mode=$1 bundle=$2
	run apply_to node1 "$bundle" --device enp0s2
	is "$mode: one named device is enough" "$status" 0
	like "$mode: but it is told that the way is by another" "$(cat "$tap_err")" 'node2.*192\.168\.65\.9.*enp0s3'
	unlike "$mode: which nothing is attached to" "$(node_status node1)" '^enp0s3'
	is "$mode: the route stays" "$(our_routes node1)" "10.233.65.0/24 192.168.65.9 enp0s3"
	run apply_to node1 "$bundle" --device enp0s2
	like "$mode: and nothing is left to do" "$(cat "$tap_out")" '[Nn]othing to do'
	ok "$mode: pods reach each other still" traffic_icmp node1-client "${lab_addr[node2-server]}"
}

behind_a_router() {
	local bundle
	bundle=$(bundle_of native auto-routes)
	run on node1 "$hrinstall" apply "$bundle" --state "$(state_of node1 198.51.100.77)"
	is "a node behind a router is refused" "$status" 4
	like "by name and address" "$(cat "$tap_err")" 'node2 \(198\.51\.100\.77\)'
	is_as_before "and the node is untouched"
	bundle=$(bundle_of native auto-routes skip-unreachable) || fail "a config that skips such nodes compiles"
	unlike "which is no gap" "$(grep -A 3 '"gaps"' "$bundle/manifest.json")" 'skip-unreachable'
	run on node1 "$hrinstall" apply "$bundle" --state "$(state_of node1 198.51.100.77)"
	is "a config that skips such nodes applies" "$status" 0
	like "and says who is left out" "$(cat "$tap_err")" 'node2 \(198\.51\.100\.77\).*no route'
	is "without a route" "$(our_routes node1)" ""
	ok "remove" on node1 "$hrinstall" remove
	is_as_before "the node is as it was found"
}

direct_routing_device() {
	local named missing
	if ! { named=$(bundle_of native auto-routes second-device) && missing=$(bundle_of native auto-routes missing-device); }; then
		fail "configs with a direct routing device compile"
		return
	fi
	ok "a config with a list and a direct routing device applies" apply_to node1 "$named"
	like "the device joins the list" "$(node_status node1)" '^enp0s3 +ingress'
	ok "remove" on node1 "$hrinstall" remove
	run apply_to node1 "$missing"
	is "a direct routing device that is not there is refused" "$status" 4
	like "by name" "$(cat "$tap_err")" 'enp0s9.*direct-routing-device'
	is_as_before "and the node is untouched"
}

node_snapshot node1 >"$tap_dir/before"
traffic_file
ok "servers listen" traffic_serve node2-server
two_networks bpf native auto-routes
two_networks legacy native auto-routes legacy
behind_a_router
direct_routing_device
done_testing
