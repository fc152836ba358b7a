# shellcheck shell=bash disable=SC2154,SC2317,SC2016 # lab_* and tap_* variables are those of tests/lab
# SPDX-License-Identifier: BSD-2-Clause
#
# What is common to the tests of masquerading: nobody outside knows pod addresses, and who is asked who speaks to
# him says so.

masq_peer_port=7003 # TCP: answers with address and port of who speaks, and waits for him to end
masq_echo_port=7004 # TCP: sends back what it gets
masq_nat_map=/sys/fs/bpf/hostroute/hr_nat4

# masq_up VARIANT...: the lab, its nodes set up, servers outside and on the second node.
masq_up() {
	local node bundle name
	lab_up
	bundle=$(bundle_of "$@") || {
		fail "the example compiles as $*"
		return 1
	}
	for node in node1 node2; do ok "$node takes the bundle ($*)" node_apply "$node" "$bundle"; done
	traffic_file
	for name in internet node2; do
		ok "servers listen in $name" masq_serve "$name"
	done
}

masq_serve() {
	local addr=${lab_addr[$1]}
	traffic_serve "$1" || return
	on "$1" socat -t 90 "TCP4-LISTEN:$masq_peer_port,bind=$addr,reuseaddr,fork,backlog=128" \
		SYSTEM:'echo $SOCAT_PEERADDR\:$SOCAT_PEERPORT; cat >/dev/null' &
	on "$1" socat "TCP4-LISTEN:$masq_echo_port,bind=$addr,reuseaddr,fork" PIPE &
	lab_wait is_listening "$1" -t "$addr:$masq_peer_port" &&
		lab_wait is_listening "$1" -t "$addr:$masq_echo_port"
}

# masq_peer FROM TO [SOCAT-OPTIONS]: "address:port" by which TO knows FROM.
masq_peer() {
	on "$1" timeout 10 socat -t 2 - "TCP4:${lab_addr[$2]}:$masq_peer_port,connect-timeout=5${3:+,$3}" </dev/null
}

# Each holds its connection until all have one. Where the machine is emulated the answers take their time.
masq_peers_at_once() {
	local count=$1 i pids=()
	shift
	for ((i = 0; i < count; i++)); do
		sleep 3 | on "$1" timeout 120 socat -t 90 - \
			"TCP4:${lab_addr[$2]}:$masq_peer_port,connect-timeout=30${3:+,$3}" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# masq_big_udp FROM TO: 8,000 bytes in one datagram, and back.
masq_big_udp() {
	head -c 8000 /dev/urandom >"$lab_scratch/8000" &&
		on "$1" socat -b 16384 -t 2 - "UDP4:${lab_addr[$2]}:$lab_udp_port" \
			<"$lab_scratch/8000" >"$lab_scratch/8000.back" &&
		cmp "$lab_scratch/8000" "$lab_scratch/8000.back"
}

# masq_keys NODE: keys of the table of flows, one per line, as hexadecimal bytes. The 14th is the direction.
masq_keys() {
	on "$1" bpftool -j map dump pinned "$masq_nat_map" | grep -o '"key":\["[^]]*\]' |
		sed 's/^"key":\[//; s/[]",]/ /g; s/0x//g'
}

# masq_lose NODE DIRECTION: all halves of flows of one direction, 00 or 01. False when there is none.
masq_lose() {
	masq_keys "$1" | awk -v direction="$2" -v map="$masq_nat_map" '
		$14 == direction { print "bpftool map delete pinned", map, "key hex", $0, "|| exit" }' >"$lab_scratch/lose"
	# Not bpftool's batch mode, which takes any errno that is left over for a failure.
	[ -s "$lab_scratch/lose" ] && on "$1" bash "$lab_scratch/lose"
}

# masq_across FROM TO CMD...: a TCP connection that speaks, sees CMD happen, and speaks again.
masq_across() (
	trap '' PIPE
	peer=$1 to=$2
	shift 2
	coproc held { on "$peer" socat -t 1 - "TCP4:${lab_addr[$to]}:$masq_echo_port,connect-timeout=5"; }
	exec {from}<&"${held[0]}" {into}>&"${held[1]}"
	for word in before after; do
		printf '%s\n' "$word" >&"$into"
		IFS= read -r -t 5 -u "$from" got || got=nothing
		[ "$got" = "$word" ] || {
			echo "$word: $got came back"
			exit 1
		}
		[ "$word" = after ] || "$@" || exit 1
	done
)

# Pod -> outside by every protocol, and by which address the outside knows it.
masq_basics() {
	local pod kind node
	for pod in node1-client node2-server; do
		node=${pod%-*}
		for kind in icmp udp tcp; do
			ok "$pod -> internet: $kind" "traffic_$kind" "$pod" "${lab_addr[internet]}"
		done
		like "$pod is seen outside with the address of $node" "$(masq_peer "$pod" internet)" \
			"^${lab_addr[$node]}:[0-9]+\$"
		ok "$pod -> internet: a UDP datagram of 8,000 bytes and back" masq_big_udp "$pod" internet
	done
	like "the node's own connection keeps its address and port" \
		"$(masq_peer node1 internet sourceport=41000)" "^${lab_addr[node1]}:41000\$"
}

# Both pods of the first node, so many connections each, at the same time.
masq_both_at_once() {
	masq_peers_at_once "$1" node1-client internet "${2:-}" &
	local other=$!
	masq_peers_at_once "$1" node1-server internet "${2:-}"
	wait "$other"
}

# Two pods, one source port, one server; and many at once.
masq_collisions() {
	local all=$lab_scratch/peers
	masq_both_at_once 1 sourceport=40000 >"$all"
	is "two pods with one source port are two connections of the node" \
		"$(grep "^${lab_addr[node1]}:" "$all" | sort -u | wc -l)" 2
	like "one of them has kept its port" "$(cat "$all")" ":40000"
	masq_both_at_once 30 >"$all"
	is "60 connections at once are 60 ports of the node" \
		"$(grep "^${lab_addr[node1]}:" "$all" | sort -u | wc -l)" 60
}

# By BPF host routing.
masq_past_the_stack() {
	local node before
	for node in node1 node2; do
		ok "every netfilter hook of $node has a counter" netfilter_watch "$node"
	done
	before=$(snmp node1 Ip ForwDatagrams)
	masq_basics
	masq_collisions
	for node in node1 node2; do
		is "no netfilter hook of $node has seen a pod's packet" "$(netfilter_seen "$node")" \
			"prerouting=0 input=0 forward=0 output=0 postrouting=0"
	done
	is "and the node has forwarded nothing" "$(snmp node1 Ip ForwDatagrams)" "$before"
}

# Answers about a pod's packets come from routers and hosts that know the node's address only.
masq_errors() {
	local outside=${lab_addr[internet]}
	run on node1-client ping -n -c 1 -W 2 -t 2 "$outside"
	like "time exceeded of a router outside reaches the pod" "$(cat "$tap_out")" \
		'From 192\.168\.64\.1 .*Time to live exceeded'
	run on node1-client socat -T 2 - "UDP4:$outside:7999" < <(echo x; sleep 1; echo y)
	like "port unreachable of a host outside reaches the pod" "$(cat "$tap_err")" 'Connection refused'
	on router ip link set eth1 mtu 1300
	run on node1-client ping -n -c 1 -W 2 -M "do" -s 1400 "$outside"
	like "frag needed of a router outside reaches the pod" "$(cat "$tap_out" "$tap_err")" 'mtu = ?1300'
	ok "and TCP adapts to it" traffic_tcp node1-client "$outside"
	on router ip link set eth1 mtu 1500
}

masq_halves() {
	ok "a connection outlives the loss of its entries inwards" \
		masq_across node1-client internet masq_lose node1 01
	ok "a connection outlives the loss of its entries outwards" \
		masq_across node1-client internet masq_lose node1 00
}
