#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317 # tap_*, lab_* and status are others'; functions that ok calls by name
#
# VXLAN as the programs make it is what a vxlan device makes and takes: node1 has it in BPF; node2 by hrcompile's
# --vxlan device, and then by a device that nobody of us made.

: "${LAB_TCP_MB:=200}" # less in VMs

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"

# Counts the tunnel's own packets at every hook of a node.
outer_watch() {
	local hook
	{
		echo 'table ip hr_outer {'
		for hook in "${lab_hooks[@]}"; do
			echo "chain $hook { type filter hook $hook priority -400; udp dport 8472 counter; }"
		done
		echo '}'
	} | on "$1" nft -f -
}

outer_seen() {
	on "$1" nft list table ip hr_outer | awk '$4 == "counter" { n += $6 } END { print n + 0 }'
}

# ip_counters NODE: what its IP stack counts of packets it takes, forwards and makes.
ip_counters() {
	echo "$(snmp "$1" Ip InReceives) $(snmp "$1" Ip ForwDatagrams) $(snmp "$1" Ip OutRequests)"
}

# all_kinds FROM TO WHAT
all_kinds() {
	local kind
	for kind in icmp udp tcp; do
		ok "$3, $1 -> $2: $kind" "traffic_$kind" "$1" "${lab_addr[$2]}"
	done
}

device_node() {
	local before row
	ok "node2 takes the device's bundle" node_apply node2 "$device"
	traffic_file
	ok "servers listen" traffic_servers
	ok "pods know their gateways" traffic_quiet
	ok "the tunnel's packets are counted" eval 'outer_watch node1 && outer_watch node2'
	before=$(ip_counters node1)
	all_kinds node1-client node2-server "a node's device"
	all_kinds node2-client node1-server "a node's device"
	is "no hook of node1 sees the tunnel" "$(outer_seen node1)" 0
	like "the hooks of node2 do" "$(outer_seen node2)" '^[1-9]'
	is "the IP stack of node1 takes, forwards and makes nothing" "$(ip_counters node1)" "$before"
	all_kinds node1 node2-server "a node's own"
	all_kinds node2 node1-server "a node's own"
	for row in node1-client:node2 node2-client:node1; do
		ok "${row%:*} reaches the router address of ${row#*:}" \
			traffic_icmp "${row%:*}" "${lab_addr[${row#*:}-gateway]}"
	done
}

# node2 by hand: its pods behind plain routes, and a device that takes any VNI. Frames keep the MACs they had in
# node1, so the device has that of the client's gateway there.
plain_node() {
	local server=${lab_addr[node2-server]} gateway=${lab_addr[node2-gateway]}
	on node2 "$hrinstall" remove &&
		on node2 ip link add vx0 address "$(on node1 cat /sys/class/net/lxc_client/address)" \
			type vxlan external dstport 8472 nolearning &&
		on node2 ip link set vx0 arp off mtu 1450 up &&
		on node2 ip addr add "$gateway/32" dev lxc_server &&
		on node2 ip route add "$server/32" dev lxc_server &&
		on node2 ip route add 10.233.64.0/24 encap ip id 4711 dst "${lab_addr[node1]}" dev vx0
}

plain_device() {
	ok "node2 is made by hand" plain_node
	on node2-server ip neigh flush dev eth0
	on node2-server ip neigh del "${lab_addr[node2-gateway]}" dev eth0 2>/dev/null
	all_kinds node1-client node2-server "a plain device"
	all_kinds node2-server node1-client "a plain device"
}

lab_up
if ! { bpf=$(bundle_of vxlan) && device=$(bundle_of vxlan device); }; then
	fail "the bundles compile"
	done_testing
fi
ok "node1 takes the bundle" node_apply node1 "$bpf"
device_node
plain_device
done_testing
