# shellcheck shell=bash disable=SC2154,SC2016,SC2317 # lab_* and tap_* are those of tests/lab; awk; functions that ok calls
# SPDX-License-Identifier: BSD-2-Clause
#
# What a node owes those who send through it: hops that traceroute can name, the MTU of the way, no answer where none
# is due and few where many are asked for, and options as routers treat them. Sourced after traffic.sh; the same for
# BPF and legacy host routing.

# icmp_unlimited NODE: every error that is due is sent, so that those missing were not due.
icmp_unlimited() {
	on "$1" sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'
}

# Paths are learned per destination and stay; each test starts without.
forget_paths() {
	on "$1" ip route flush cache
}

# hops FROM TO OPTION...: the addresses on the way, the destination last.
hops() {
	local from=$1 to=$2
	shift 2
	on "$from" traceroute -n -q 1 -N 1 -w 2 -m 6 "$@" "${lab_addr[$to]}" |
		awk 'NR > 1 { printf "%s%s", sep, $2; sep = " " } END { print "" }'
}

# icmp_way FROM TO HOPS: by UDP to ports nobody listens on, by echo requests, and by TCP.
icmp_way() {
	local option
	for option in "" -I -T; do
		# shellcheck disable=SC2086 # or none
		is "traceroute $option $1 -> $2" "$(hops "$1" "$2" $option)" "$3 ${lab_addr[$2]}"
	done
}

# In BPF mode the tunnel is no hop, so only the far node counts one.
icmp_ways() {
	local near=${lab_addr[node1-gateway]} far=${lab_addr[node2-gateway]}
	icmp_way node1-client node1-server "$near"
	if [ "$1" = bpf ]; then
		icmp_way node1-client node2-server "$far"
	else
		icmp_way node1-client node2-server "$near $far"
	fi
	icmp_way node1-client internet "$near 192.168.64.1"
	icmp_way internet node1-server "198.51.100.1 ${lab_addr[node1]}"
}

# ping only reports an error that quotes its own request.
icmp_quotes() {
	run on node1-client ping -n -c 1 -W 2 -t 1 "${lab_addr[node1-server]}"
	like "the answer to an expired packet comes from the gateway and quotes the packet" "$(cat "$tap_out")" \
		"^From ${lab_addr[node1-gateway]} icmp_seq=1 Time to live exceeded"
}

# raw_icmp POD ADDR OPTIONS BYTES: an ICMP message as printf(1) spells it.
raw_icmp() {
	printf '%b' "$4" | on "$1" socat -u - "IP4-SENDTO:$2:1,ttl=1$3"
}

# An echo request and a time exceeded, type and checksum right.
echo_request='\x08\x00\xf7\xff\x00\x00\x00\x00'
time_exceeded='\x0b\x00\xf4\xff\x00\x00\x00\x00'

# answers NODE: how many errors it has sent.
answers() {
	echo $(($(snmp "$1" Icmp OutTimeExcds) + $(snmp "$1" Icmp OutDestUnreachs)))
}

# answers_to TITLE WANT CMD...: how many of node1's the command brings about.
answers_to() {
	local title=$1 want=$2 before
	shift 2
	before=$(answers node1)
	"$@" >/dev/null 2>&1
	is "$title" $(($(answers node1) - before)) "$want"
}

icmp_silences() {
	local to=${lab_addr[node1-server]} error=${lab_addr[internet]}
	answers_to "an expired request is answered" 1 raw_icmp node1-client "$to" "" "$echo_request"
	answers_to "an expired ICMP error is not" 0 raw_icmp node1-client "$to" "" "$time_exceeded"
	answers_to "nor one to the outside" 0 raw_icmp node1-client "$error" "" "$time_exceeded"
	answers_to "of an expired packet in fragments, the first is" 1 \
		on node1-client ping -n -q -c 1 -W 1 -t 1 -s 4000 "$to"
	answers_to "multicast is not answered" 0 raw_icmp node1-client 224.0.0.251 "" "$echo_request"
	answers_to "broadcast is not answered" 0 raw_icmp node1-client 255.255.255.255 ",so-broadcast" "$echo_request"
}

# icmp_flood TO NODE: 2000 at once, which expire at NODE. Its limit is one answer a second after a handful; the
# machine may be slow.
icmp_flood() {
	local before seen
	before=$(answers "$2")
	on node1-client ping -n -q -c 2000 -l 2000 -W 1 -t 1 "${lab_addr[$1]}" >/dev/null
	seen=$(($(answers "$2") - before))
	ok "of 2000 expired packets to $1 some are answered ($seen)" test "$seen" -ge 1
	ok "but few" test "$seen" -le 60
}

icmp_narrow_route() {
	local to=${lab_addr[internet]} before
	on node1 ip route add "$to" via 192.168.64.1 mtu lock 1300
	run on node1-client ping -n -c 1 -W 2 -M "do" -s 1272 "$to"
	is "what fits the route's MTU passes" "$status" 0
	run on node1-client ping -n -c 1 -W 2 -M "do" -s 1273 "$to"
	like "one byte more is answered with that MTU by the gateway" "$(cat "$tap_out")" \
		"^From ${lab_addr[node1-gateway]} .*Frag needed and DF set \(mtu = 1300\)"
	forget_paths node1-client
	before=$(snmp node1 Ip FragOKs)
	ok "where it may be fragmented it arrives" on node1-client ping -n -q -c 1 -W 2 -M dont -s 1400 "$to"
	is "by the node's hand" $(($(snmp node1 Ip FragOKs) - before)) 1
	ok "TCP finds a size that fits" traffic_tcp node1-client "$to"
	like "it has learned it" "$(on node1-client ip route get "$to")" "mtu 1300"
	on node1 ip route del "$to"
	forget_paths node1-client
}

# The narrow link is behind the router, whose answers come in by the NIC.
icmp_narrow_link() {
	local to=${lab_addr[internet]}
	on router ip route add "$to" dev eth1 mtu 1200
	ok "TCP through a narrower link further on finds a size that fits" traffic_tcp node1-client "$to"
	like "the router's answer has reached the pod" "$(on node1-client ip route get "$to")" "mtu 1200"
	forget_paths node1-client
	is "traceroute sees where" \
		"$(on node1-client traceroute -n -q 1 -w 2 -m 6 --mtu "$to" | grep -o 'F=[0-9]*' | tail -n 1)" "F=1200"
	on router ip route del "$to" dev eth1
	forget_paths node1-client
}

# The pod believes in more than the tunnel has room for.
icmp_narrow_tunnel() {
	local to=${lab_addr[node2-server]}
	on node1-client ip route add "$to" via "${lab_addr[node1-gateway]}" dev eth0 mtu 1500
	run on node1-client ping -n -c 1 -W 2 -M "do" -s 1422 "$to"
	is "what fits the tunnel passes" "$status" 0
	run on node1-client ping -n -c 1 -W 2 -M "do" -s 1423 "$to"
	like "one byte more is answered with the tunnel's MTU" "$(cat "$tap_out")" 'Frag needed and DF set \(mtu = 1450\)'
	forget_paths node1-client
	ok "where it may be fragmented it arrives" on node1-client ping -n -q -c 1 -W 2 -M dont -s 1472 "$to"
	ok "TCP finds a size that fits" traffic_tcp node1-client "$to"
	on node1-client ip route del "$to"
	forget_paths node1-client
}

icmp_options() {
	local to before arrived
	for to in node1-server node2-server internet; do
		run on node1-client ping -n -c 1 -W 2 -R "${lab_addr[$to]}"
		is "a packet that records its route reaches $to" "$status" 0
		like "and the node is on it" "$(cat "$tap_out")" "(${lab_addr[node1]}|${lab_addr[node1-gateway]})\$"
		ok "timestamps reach $to" on node1-client ping -n -q -c 1 -W 2 -T tsonly "${lab_addr[$to]}"
	done
	arrived=$(snmp node1-server Ip InReceives)
	not_ok "a source route is no way through a pod" \
		on node1-client ping -n -q -c 1 -W 1 "${lab_addr[node1-server]}" "${lab_addr[internet]}"
	is "its first stop never sees it" "$(snmp node1-server Ip InReceives)" "$arrived"
	arrived=$(snmp node1-server Ip InReceives)
	not_ok "nor is it from outside" on internet ping -n -q -c 1 -W 1 "${lab_addr[node1-server]}" "${lab_addr[node2-server]}"
	is "nor then" "$(snmp node1-server Ip InReceives)" "$arrived"
	if [ "$1" = bpf ]; then like "they are counted" "$(reason_count node1 ip-options)" '^[1-9]'; fi
}

# icmp_test MODE VARIANT...
icmp_test() {
	local mode=$1 bundle node
	shift
	lab_up
	lab_router_learns_pods
	bundle=$(bundle_of "$@") || {
		fail "the example compiles as $*"
		return
	}
	for node in node1 node2; do ok "$node takes the bundle ($*)" node_apply "$node" "$bundle"; done
	traffic_file
	traffic_serve internet && traffic_serve node2-server
	icmp_flood node1-server node1
	if [ "$mode" = bpf ]; then icmp_flood node2-server node2; fi
	icmp_unlimited node1 && icmp_unlimited node2 && icmp_unlimited router
	icmp_ways "$mode"
	icmp_quotes
	icmp_silences
	icmp_narrow_route
	icmp_narrow_link
	icmp_narrow_tunnel
	icmp_options "$mode"
}
