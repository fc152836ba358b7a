#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Direct server return: a host on the internet asks node1, a pod on node2 answers it past node1.
# shellcheck disable=SC2317 # called by name, through ok

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

# Every node has all services.
apply_services() {
	local node
	for node in node1 node2; do
		{ cat "$(lab_state_file "$node")" && np_services; } >"$lab_scratch/$node-services.yaml" &&
			on "$node" "$hrinstall" apply "$1" --state "$lab_scratch/$node-services.yaml" || return
	done
}

# What node1's NIC has received, in bytes.
received() {
	on node1 cat /sys/class/net/enp0s2/statistics/rx_bytes
}

echo_back() {
	head -c 1048576 /dev/urandom >"$lab_scratch/mb" &&
		on internet socat -t 5 - "TCP4:$1:$2,connect-timeout=5" <"$lab_scratch/mb" >"$lab_scratch/mb.back" &&
		cmp "$lab_scratch/mb" "$lab_scratch/mb.back"
}

# sees TITLE NODE-ADDRESS PORT TCP-SEEN UDP-SEEN: by whom the backend on node2 believes to be asked.
sees() {
	like "$1, by tcp" "$(np_ask internet tcp "$2" "$3")" "^node2-server $4\$"
	like "$1, by udp" "$(np_ask internet udp "$2" "$3")" "^node2-server $5\$"
}

# ask_at_length BYTES ADDRESS PORT: what is heard when a datagram of so many bytes, which may not be cut, is sent.
ask_at_length() {
	head -c $(($1 - 28)) /dev/zero | on internet socat -b 2000 -t 2 - "UDP4:$2:$3,ip-mtu-discover=2" 2>&1
}

# learns_mtu NODE-ADDRESS PORT: what fills the way has no room for the option, and the client is told so.
learns_mtu() {
	on internet ip route flush cache
	ask_at_length 1500 "$1" "$2" >/dev/null
	like "who sends 1500 bytes learns the MTU" "$(on internet ip route get "$1")" 'mtu 1492'
	like "and 1492 bytes are answered" "$(ask_at_length 1492 "$1" "$2")" "^node2-server $client_seen\$"
	on internet ip route flush cache
}

# narrow_link NODE-ADDRESS: the router tells who seems to answer, the node that was asked, and that one the backend.
narrow_link() {
	on router ip route add "${lab_addr[internet]}" dev eth1 mtu 1200
	ok "1 MB there and back by a narrow link" echo_back "$1" 30090
	like "the backend was told" "$(on node2-server ip route get "${lab_addr[internet]}")" 'mtu 1200'
	on router ip route del "${lab_addr[internet]}" dev eth1
	on node2-server ip route flush cache
}

# A super-packet (UDP_SEGMENT) of three datagrams gets one option, which all of them have when it is cut.
hears_all() {
	is "each datagram of a super-packet is answered" "$(head -c 3000 /dev/zero |
		on internet socat -b 3000 -t 2 - "UDP4:$1:$2,setsockopt-int=17:103:1000" 2>&1)" \
		"$(printf "node2-server ${client_seen//\\/}%.0s" 1 2 3)"
}

dsr_test() {
	local mode=$1 udp_seen=$2 before bundle bytes
	shift 2
	bundle=$(bundle_of "$@") || {
		fail "the example compiles as $*"
		return
	}
	ok "both nodes take the bundle ($*)" apply_services "$bundle"
	like "status says so" "$(on node1 "$hrinstall" status --verbose)" "Mode: +$mode"
	ok "outside reaches node1" on internet ping -n -q -c 1 -W 2 "${lab_addr[node1]}"
	sees "NodePort of node1, backend on node2" "${lab_addr[node1]}" 30081 "$client_seen" "$udp_seen"
	sees "load balancer's IP at node1, backend on node2" 203.0.113.2 80 "$client_seen" "$udp_seen"
	np_both "NodePort of node1, backend there" internet "${lab_addr[node1]}" 30080 "^node1-server $client_seen\$"
	if [ "$mode" = DSR ]; then
		learns_mtu "${lab_addr[node1]}" 30081
		hears_all "${lab_addr[node1]}" 30081
	fi
	before=$(received)
	ok "1 MB there and back" echo_back "${lab_addr[node1]}" 30090
	bytes=$(($(received) - before))
	ok "node1 has seen it once ($bytes bytes)" test "$bytes" -gt 1048576 -a "$bytes" -lt 1500000
	narrow_link "${lab_addr[node1]}"
	np_both "policy Local and no backend at node1" internet 203.0.113.5 80 '^ECONNREFUSED$'
	np_refused "not of the load balancer's range" not-in-source-range 203.0.113.3 80
}

lab_up
client_seen='198\.51\.100\.10'
node1_seen=${lab_addr[node1]//./\\.}
on router ip route add 203.0.113.0/24 via "${lab_addr[node1]}"
on router ip route add 10.96.0.0/16 via "${lab_addr[node1]}"
for pod in node1-server node2-server; do ok "servers listen in $pod" np_serve "$pod"; done
dsr_test DSR "$client_seen" native auto-routes dsr
dsr_test Hybrid "$node1_seen" native auto-routes hybrid
dsr_test DSR "$client_seen" native auto-routes legacy dsr
done_testing
