#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2154,SC2016 # functions that ok calls by name; variables of the files below; inner shells
#
# Services at the socket: from pods and from the node, over TCP and UDP, by ClusterIP, NodePort and HostPort, and the
# address that a socket believes to talk to.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
sockets=$lab_build/tests/e2e/sockets
[ -x "$sockets" ] || skip_all "$sockets is not built (make check-build builds it)"
lab_up
pod=node1-client
state=$tap_dir/state.yaml

backends() {
	local port
	for port in "$@"; do printf '      - {ip: %s, port: %d}\n' "${lab_addr[node1-server]}" "$port"; done
}

# state_with EXTRA: the node's state with its services, and more of them.
state_with() {
	cat "$(lab_state_file node1)"
	cat <<-END
		services:
		  - name: default/web
		    port: 80
		    cluster-ip: 10.96.0.10
		    node-port: 30080
		    load-balancer-ips: [192.0.2.10]
		    backends:
		$(backends {8001..8010})
		  - name: default/dns
		    protocol: UDP
		    port: 53
		    cluster-ip: 10.96.0.11
		    node-port: 30053
		    backends:
		$(backends {8001..8010})
		  - name: default/port
		    port: 80
		    host-port: 8080
		    backends:
		$(backends 8001)
		  - name: default/empty
		    port: 80
		    cluster-ip: 10.96.0.13
		  - name: default/nobody
		    protocol: UDP
		    port: 53
		    cluster-ip: 10.96.0.13
		$1
	END
}

sticky() {
	printf '  - name: default/sticky\n    port: 80\n    cluster-ip: 10.96.0.12\n'
	printf '    session-affinity: %s\n    backends:\n' "$1"
	shift
	backends "$@"
}

apply_services() {
	state_with "$1" >"$state"
	on node1 "$hrinstall" apply "$bundle" --state "$state"
}

# from NAME COMMAND...: what `sockets` says there.
from() {
	local name=$1
	shift
	on "$name" timeout 60 "$sockets" "$@" </dev/null
}

remembered() {
	on node1 bpftool -j map dump pinned /sys/fs/bpf/hostroute/hr_sockets4 | grep -o '"key"' | wc -l
}

answers() {
	like "$1" "$2" "^$3 answers 80(0[1-9]|10)\$"
}

by_cluster_ip() {
	local name=$1
	answers "$name: TCP to a ClusterIP" "$(from "$name" tcp 10.96.0.10 80)" '10\.96\.0\.10:80'
	answers "$name: UDP, not connected: the answer is from the ClusterIP" "$(from "$name" udp 10.96.0.11 53 1)" \
		'10\.96\.0\.11:53'
	answers "$name: UDP, connected" "$(from "$name" connected 10.96.0.11 53)" '10\.96\.0\.11:53 10\.96\.0\.11:53'
	is "$name: datagrams of a socket go to one backend" "$(from "$name" udp 10.96.0.11 53 20 | sort -u | wc -l)" 1
	answers "$name: TCP to a load balancer's address" "$(from "$name" tcp 192.0.2.10 80)" '192\.0\.2\.10:80'
	answers "$name: TCP to an IPv4-mapped ClusterIP" "$(from "$name" tcp ::ffff:10.96.0.10 80)" \
		'\[::ffff:10\.96\.0\.10\]:80'
	answers "$name: UDP to one, not connected" "$(from "$name" udp ::ffff:10.96.0.11 53 1)" \
		'\[::ffff:10\.96\.0\.11\]:53'
	answers "$name: UDP to one, connected" "$(from "$name" connected ::ffff:10.96.0.11 53)" \
		'\[::ffff:10\.96\.0\.11\]:53 \[::ffff:10\.96\.0\.11\]:53'
	is "$name: a port that is no service's is nobody's" "$(from "$name" tcp "${lab_addr[node1-server]}" 81)" ECONNREFUSED
}

by_node_port() {
	local name ip
	for name in "$pod" node1; do
		for ip in "${lab_addr[node1]}" "${lab_addr[node1-gateway]}" "${lab_addr[node2]}"; do
			answers "$name: NodePort at $ip" "$(from "$name" tcp "$ip" 30080)" "$ip:30080"
			answers "$name: NodePort at $ip, UDP" "$(from "$name" udp "$ip" 30053 1)" "$ip:30053"
		done
		answers "$name: HostPort at this node" "$(from "$name" tcp "${lab_addr[node1]}" 8080)" "${lab_addr[node1]}:8080"
		is "$name: the same port at another node is not this node's HostPort" \
			"$(from "$name" tcp "${lab_addr[node2]}" 8080)" ECONNREFUSED
		is "$name: a TCP NodePort is none of UDP" "$(from "$name" udp "${lab_addr[node1]}" 30080 1)" EAGAIN
	done
	is "$pod: loopback is the pod's own" "$(from "$pod" tcp 127.0.0.1 30080)" ECONNREFUSED
	is "$pod: and so is 0.0.0.0" "$(from "$pod" tcp 0.0.0.0 30080)" ECONNREFUSED
	if ! node_is_known; then return; fi
	answers "node1: NodePort at loopback" "$(from node1 tcp 127.0.0.1 30080)" '127\.0\.0\.1:30080'
	answers "node1: HostPort at any loopback" "$(from node1 tcp 127.1.2.3 8080)" '127\.1\.2\.3:8080'
	# 255.0.0.1 has the bits of 127/8 and is not in it.
	unlike "node1: what only looks like loopback is not" "$(from node1 tcp 255.0.0.1 30080)" answers
}

spreads() {
	from "$pod" spread 10.96.0.10 80 10000 >"$tap_dir/spread"
	is "10,000 connections reach all backends" "$(wc -l <"$tap_dir/spread")" 10
	is "each within 5 % of its share" "$(awk '$1 < 950 || $1 > 1050' "$tap_dir/spread")" ""
}

keeps_clients() {
	local i kept seen others
	ok "a service with affinity" apply_services "$(sticky 60 {8001..8010})"
	kept=$(from "$pod" tcp 10.96.0.12 80)
	is "a client keeps its backend" "$(for ((i = 0; i < 20; i++)); do from "$pod" tcp 10.96.0.12 80; done | sort -u)" "$kept"
	mapfile -t others < <(seq 8001 8010 | grep -vx "${kept##* }")
	ok "the backend that it has goes" apply_services "$(sticky 60 "${others[@]}")"
	unlike "and another one takes the client" "$(from "$pod" tcp 10.96.0.12 80)" "${kept##* }"
	ok "affinity for a second" apply_services "$(sticky 1 {8001..8010})"
	seen=$(for ((i = 0; i < 5; i++)); do from "$pod" tcp 10.96.0.12 80 && sleep 1.1; done | sort -u | wc -l)
	ok "affinity ends" test "$seen" -gt 1
}

without_backends() {
	local before
	before=$(date +%s)
	is "TCP to a service without backends is refused" "$(from "$pod" tcp 10.96.0.13 80)" ECONNREFUSED
	is "by the node's own sockets too" "$(from node1 tcp 10.96.0.13 80)" ECONNREFUSED
	is "and on a socket of IPv6" "$(from "$pod" tcp ::ffff:10.96.0.13 80)" ECONNREFUSED
	ok "at once" test "$(($(date +%s) - before))" -lt 3
	# Who hears nothing was allowed to send.
	like "UDP may be sent there" "$(from "$pod" udp 10.96.0.13 53 1)" '^(EAGAIN|ECONNREFUSED|EHOSTUNREACH)$'
}

protects_ports() {
	local at
	for at in 0.0.0.0 127.0.0.1 "${lab_addr[node1]}" :: ::ffff:0.0.0.0; do
		is "$1: bind to a NodePort at $at" "$(from node1 bind tcp "$at" 30080)" "$2"
	done
	is "$1: bind to a NodePort of UDP" "$(from node1 bind udp 0.0.0.0 30053)" "$2"
	is "$1: bind to a HostPort" "$(from node1 bind tcp 0.0.0.0 8080)" "$2"
	is "$1: the other protocol's port is free" "$(from node1 bind udp 0.0.0.0 30080)" bound
	is "$1: other ports are free" "$(from node1 bind tcp 0.0.0.0 30081)" bound
	is "$1: a ClusterIP's port is free" "$(from node1 bind tcp 0.0.0.0 80)" bound
	for at in 10.96.0.10 192.0.2.10; do on node1 ip addr add "$at/32" dev lo; done
	is "$1: bind to a ClusterIP that the node has" "$(from node1 bind tcp 10.96.0.10 80)" bound
	is "$1: bind to a load balancer's address that it has" "$(from node1 bind tcp 192.0.2.10 80)" "$2"
	for at in 10.96.0.10 192.0.2.10; do on node1 ip addr del "$at/32" dev lo; done
	is "$1: in a pod each port is free" "$(from "$pod" bind tcp 0.0.0.0 30080)" bound
}

status_says() {
	node_status node1 | grep -qE "$1"
}

vanishes() {
	local talk keep line backend
	coproc talk { on "$pod" "$sockets" talk; }
	# shellcheck disable=SC2154 # coproc's
	echo 10.96.0.11 53 >&"${talk[1]}"
	read -r -t 10 line <&"${talk[0]}"
	answers "an open UDP socket hears from the service" "$line" '10\.96\.0\.11:53'
	backend=${line##* }
	exec 8<>"$tap_dir/fifo"
	on "$pod" "$sockets" keep 10.96.0.10 80 <&8 >"$tap_dir/kept" &
	keep=$!
	echo >&8
	lab_wait grep -q . "$tap_dir/kept"
	is "an open connection is to the service" "$(cat "$tap_dir/kept")" 10.96.0.10:80
	sed '/^services:/,$d' "$state" >"$state.none" && echo 'services: []' >>"$state.none"
	ok "all services go" on node1 "$hrinstall" apply "$bundle" --state "$state.none"
	echo "${lab_addr[node1-server]} $backend" >&"${talk[1]}"
	read -r -t 10 line <&"${talk[0]}"
	is "the UDP socket hears from the backend then" "$line" "${lab_addr[node1-server]}:$backend answers $backend"
	echo >&8
	lab_wait sh -c 'test "$(wc -l <"$1")" = 2' sh "$tap_dir/kept"
	like "and the connection is to the backend" "$(tail -n 1 "$tap_dir/kept")" "^${lab_addr[node1-server]}:80[01]"
	echo end >&8
	kill "$talk_PID"
	wait "$keep" "$talk_PID" 2>/dev/null
}

if ! { bundle=$(bundle_of vxlan strict) && probe=$(bundle_of vxlan) && only=$(bundle_of vxlan hostns-only); }; then
	fail "the bundles compile"
	done_testing
fi
mkfifo "$tap_dir/fifo"
node_snapshot node1 >"$tap_dir/before"
on node1-server "$sockets" serve 8001 10 &
lab_wait on node1-server sh -c 'ss -ltn | grep -q :8010'
ok "services are applied" apply_services ""
run on node1 "$hrinstall" apply "$bundle" --state "$state"
like "a second time there is nothing to do" "$(cat "$tap_out")" 'nothing to do'
like "status names the calls" "$(node_status node1)" '^cgroup +connect4 +connect4 +link .* in place$'
for name in "$pod" node1; do by_cluster_ip "$name"; done
by_node_port
spreads
keeps_clients
without_backends
if node_is_known; then protects_ports strict EPERM; fi
link=$(on node1 bpftool -j link show pinned /sys/fs/bpf/hostroute/links/cgroup_connect4 | grep -o '"id":[0-9]*' | head -n 1)
bundle=$probe
ok "a bundle that leaves ports unprotected" apply_services ""
is "updates the link in place" \
	"$(on node1 bpftool -j link show pinned /sys/fs/bpf/hostroute/links/cgroup_connect4 | grep -o '"id":[0-9]*' | head -n 1)" \
	"$link"
protects_ports probe bound
vanishes
bundle=$only
ok "a bundle for the node's own sockets only" apply_services ""
before=$(remembered)
from "$pod" tcp 10.96.0.10 80 >/dev/null
is "leaves those of pods alone" "$(remembered)" "$before"
if node_is_known; then
	answers "and serves the node's" "$(from node1 tcp 10.96.0.10 80)" '10\.96\.0\.10:80'
fi
on node1 sh -c 'rm /sys/fs/bpf/hostroute/links/cgroup_connect4'
# A kernel lets go of a link some time after its last name.
ok "a call that is not attached any more is drift" lab_wait status_says '^Drift: +cgroup connect4 connect4: not attached'
ok "which apply repairs" apply_services ""
like "for good" "$(node_status node1)" '^cgroup +connect4 .* in place$'
ok "remove" on node1 "$hrinstall" remove
node_snapshot node1 >"$tap_dir/after"
is_file "the node is as it was found, its mounts included" "$tap_dir/after" "$tap_dir/before"
is "and its cgroup too" "$(bpftool cgroup show "$lab_cgroup/node1" | wc -l)" 0
done_testing
