#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317 # variables of the files below; functions that ok calls by name
#
# ICMP of services: who asks one without backends is told, and errors about packets on their way reach who sent them,
# from both sides of a node that forwards.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

# closed NAME IP POD: UDP and TCP to a port where the pod has no server.
closed() {
	printf '  - name: default/closed-%s\n    protocol: UDP\n    port: 80\n    external-ips: [%s]\n' "$1" "$2"
	printf '    backends: [{ip: %s, port: 9}]\n' "${lab_addr[$3]}"
}

# echoes NAME IP POD: TCP, sends back what it gets.
echoes() {
	printf '  - name: default/echo-%s\n    port: 80\n    external-ips: [%s]\n' "$1" "$2"
	printf '    backends: [{ip: %s, port: %d}]\n' "${lab_addr[$3]}" "$np_echo"
}

more_services() {
	{
		cat "$np_state"
		np_service nobody 30087 '' 'cluster-ip: 10.96.0.14' 'external-ips: [203.0.113.8]'
		closed here 203.0.113.10 node1-server
		closed there 203.0.113.11 node2-server
		echoes here 203.0.113.12 node1-server
		echoes there 203.0.113.13 node2-server
	} >"$tap_dir/more.yaml"
	on node1 "$hrinstall" apply "$np_bundle" --state "$tap_dir/more.yaml"
}

forget() {
	on "$1" ip route flush cache
}

mtu_of() {
	on "$1" ip route get "$2" | grep -o 'mtu [0-9]*'
}

# told TITLE FROM IP PORT: refused by both protocols, each packet counted.
told() {
	local before
	before=$(reason_count node1 refused)
	np_both "$1" "$2" "$3" "$4" '^ECONNREFUSED$'
	ok "and each is counted" test "$(reason_count node1 refused)" -gt "$((before + 1))"
}

# The NIC's checksums are written by the kernel then, into the answer too, and the receiver verifies it.
nobody() {
	told "outside -> external IP without backends" internet 203.0.113.8 80
	ok "checksums are not left to the NIC" on node1 ethtool -K enp0s2 tx off
	told "who asks is told then as well" internet 203.0.113.8 80
	on node1 ethtool -K enp0s2 tx on >/dev/null 2>&1
	told "pod -> ClusterIP without backends" node1-client 10.96.0.14 80
	np_both "outside -> NodePort without backends" internet "${lab_addr[node1]}" 30087 '^ECONNREFUSED$'
}

# echo_back IP: what was sent comes back whole.
echo_back() {
	on internet timeout 60 socat -t 20 - "TCP4:$1:80,connect-timeout=5" <"$lab_file" >"$tap_dir/back" &&
		cmp "$lab_file" "$tap_dir/back"
}

# The backend lets its client believe in 1500 bytes, for which the tunnel has no room.
narrow_tunnel() {
	on node2-server ip route replace default via "${lab_addr[node2-gateway]}" dev eth0 mtu 1450 advmss 1460
	ok "a client that may not be cut finds the size that fits the tunnel" traffic_tcp internet 203.0.113.7
	is "it has been told" "$(mtu_of internet 203.0.113.7)" "mtu 1450"
	forget internet
}

# The narrow link is behind the router, which tells the address that the client has asked.
narrow_link() {
	on router ip route add "${lab_addr[internet]}" dev eth1 mtu 1200
	ok "a backend here finds the size that fits the way to the client" echo_back 203.0.113.12
	is "it has been told" "$(mtu_of node1-server "${lab_addr[internet]}")" "mtu 1200"
	ok "a backend on another node does" echo_back 203.0.113.13
	is "it has been told about whom it answers" "$(mtu_of node2-server "${lab_addr[node1-gateway]}")" "mtu 1200"
	on router ip route del "${lab_addr[internet]}" dev eth1
	forget node1-server
	forget node2-server
}

np_up vxlan || {
	fail "the example compiles"
	done_testing
}
ok "more services" more_services
for node in node1 node2 router; do on "$node" sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'; done
nobody
is "a closed port of a backend here is refused" "$(np_ask internet udp 203.0.113.10 80)" ECONNREFUSED
is "one of a backend on another node as well" "$(np_ask internet udp 203.0.113.11 80)" ECONNREFUSED
is "to a pod, too" "$(np_ask node1-client udp 203.0.113.10 80)" ECONNREFUSED
is "and from another node" "$(np_ask node1-client udp 203.0.113.11 80)" ECONNREFUSED
narrow_tunnel
narrow_link
done_testing
