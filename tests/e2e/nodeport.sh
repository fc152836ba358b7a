# shellcheck shell=bash disable=SC2154,SC2317,SC2016 # lab_* and tap_* variables are those of tests/lab
# SPDX-License-Identifier: BSD-2-Clause
#
# What is common to the tests of services packet by packet. Each backend says who asks it, and is told by that.

sockets=$lab_build/tests/e2e/sockets
[ -x "$sockets" ] || skip_all "$sockets is not built (make check-build builds it)"
np_port=8000 # TCP and UDP: answers with its own name and the address of who asks
np_echo=8001 # TCP: sends back what it gets
np_state=$lab_scratch/services.yaml

# np_serve NAME: the servers of a pod.
np_serve() {
	on "$1" "$sockets" serve "$np_port" 1 "$1" &
	# More than 4096 bytes at once could fill its pipe, and it would wait for itself.
	on "$1" socat -b 4096 -t 10 "TCP4-LISTEN:$np_echo,reuseaddr,fork" PIPE &
	lab_wait on "$1" sh -c "ss -ltn | grep -q :$np_port && ss -lun | grep -q :$np_port && ss -ltn | grep -q :$np_echo"
}

# np_service NAME PORT BACKENDS [KEY: VALUE...]: for both protocols, with the node port PORT. A backend is a pod's name.
np_service() {
	local name=$1 port=$2 backends=$3 protocol pod
	shift 3
	for protocol in TCP UDP; do
		printf '  - name: default/%s:%s\n    protocol: %s\n    port: 80\n    node-port: %d\n' \
			"$name" "${protocol,,}" "$protocol" "$port"
		if [ $# -gt 0 ]; then printf '    %s\n' "$@"; fi
		if [ -z "$backends" ]; then continue; fi
		echo '    backends:'
		for pod in $backends; do printf '      - {ip: %s, port: %d}\n' "${lab_addr[$pod]}" "$np_port"; done
	done
}

# np_bulk IP POD: the traffic matrix' servers, at the same ports.
np_bulk() {
	local protocol port
	while read -r protocol port; do
		printf '  - name: default/bulk-%s:%s\n    protocol: %s\n    port: %d\n' "$2" "${protocol,,}" "$protocol" "$port"
		printf '    external-ips: [%s]\n    backends: [{ip: %s, port: %d}]\n' "$1" "${lab_addr[$2]}" "$port"
	done <<-END
		TCP $lab_tcp_port
		UDP $lab_udp_port
	END
}

# np_kept STATE: a service of one backend on node2, which is in that state, and another one.
np_kept() {
	printf '  - name: default/kept\n    port: 80\n    node-port: 30090\n    backends:\n'
	printf '      - {ip: %s, port: %d, state: %s}\n' "${lab_addr[node2-server]}" "$np_echo" "$1"
	if [ "$1" != active ]; then printf '      - {ip: %s, port: %d}\n' "${lab_addr[node1-server]}" "$np_echo"; fi
}

np_services() {
	echo services:
	np_service here 30080 node1-server 'cluster-ip: 10.96.0.10' 'external-ips: [203.0.113.1]'
	np_service there 30081 node2-server 'cluster-ip: 10.96.0.11' 'load-balancer-ips: [203.0.113.2]'
	np_service self 30082 node1-client 'cluster-ip: 10.96.0.12'
	np_service both 30083 'node1-server node2-server' 'cluster-ip: 10.96.0.13'
	np_service local 30084 node2-server 'external-traffic-policy: Local' 'external-ips: [203.0.113.5]'
	np_service ranged 30085 node1-server 'load-balancer-ips: [203.0.113.3]' 'source-ranges: [192.0.2.0/24]'
	np_service ours 30086 node1-server 'load-balancer-ips: [203.0.113.4]' 'source-ranges: [198.51.100.0/24]'
	np_service inner 30091 'node1-server node2-server' 'cluster-ip: 10.96.0.15' 'internal-traffic-policy: Local'
	np_service elsewhere 30092 node2-server 'cluster-ip: 10.96.0.16' 'internal-traffic-policy: Local'
	np_bulk 203.0.113.6 node1-server
	np_bulk 203.0.113.7 node2-server
	np_kept active
}

# np_ask FROM tcp|udp IP PORT: what a client hears from the address that it asks, or the name of its error.
np_ask() {
	local how=$2 addr="${3//./\\.}:$4"
	if [ "$how" = udp ]; then how=connected; fi
	on "$1" "$sockets" "$how" "$3" "$4" | sed "s/^$addr //; s/^\($addr \)\?answers //"
}

# np_both TITLE FROM IP PORT ANSWER-REGEX: by both protocols.
np_both() {
	local protocol
	for protocol in tcp udp; do
		like "$1, by $protocol" "$(np_ask "$2" "$protocol" "$3" "$4")" "$5"
	done
}

np_apply() {
	{ cat "$(lab_state_file node1)" && np_services; } >"$np_state"
	on node1 "$hrinstall" apply "$1" --state "$np_state"
}

# np_refused TITLE REASON IP PORT: nobody answers, and each packet is counted. Both protocols wait at once.
np_refused() {
	local before heard
	before=$(reason_count node1 "$2")
	heard=$(
		np_ask internet tcp "$3" "$4" &
		np_ask internet udp "$3" "$4" &
		wait
	)
	is "$1, by tcp and udp" "$(sort <<<"$heard")" $'EAGAIN\nEINPROGRESS'
	ok "and both counted as $2" test "$(reason_count node1 "$2")" -gt "$((before + 1))"
}

np_refusals() {
	np_both "outside -> NodePort, policy Local and no backend here" internet "${lab_addr[node1]}" 30084 '^ECONNREFUSED$'
	np_both "outside -> external IP, policy Local and no backend here" internet 203.0.113.5 80 '^ECONNREFUSED$'
	np_refused "outside -> load balancer's IP, not of its range" not-in-source-range 203.0.113.3 80
	np_refused "outside -> ClusterIP" is-cluster-ip 10.96.0.10 80
}

np_outside() {
	local node=${lab_addr[node1]}
	np_both "outside -> NodePort, backend here" internet "$node" 30080 "^node1-server 198\.51\.100\.10\$"
	np_both "outside -> NodePort, backend on another node" internet "$node" 30081 "^node2-server ${np_snat//./\\.}\$"
	np_both "outside -> external IP" internet 203.0.113.1 80 "^node1-server 198\.51\.100\.10\$"
	np_both "outside -> load balancer's IP, backend on another node" internet 203.0.113.2 80 "^node2-server ${np_snat//./\\.}\$"
	np_both "outside -> load balancer's IP for those of its range" internet 203.0.113.4 80 \
		"^node1-server 198\.51\.100\.10\$"
}

np_spread() {
	on internet "$sockets" spread "${lab_addr[node1]}" 30083 50 >"$tap_dir/spread"
	is "50 connections, 50 answers" "$(awk '{ n += $1 } $2 ~ /^node/ { m += $1 } END { print n, m }' "$tap_dir/spread")" "50 50"
	ok "of two backends" test "$(awk '$1 > 15' "$tap_dir/spread" | wc -l)" = 2
}

# np_word WORD TITLE: it comes back on the open connection.
np_word() {
	local got
	echo "$1" >&"${held[1]}"
	IFS= read -r -t 5 -u "${held[0]}" got
	is "$2" "$got" "$1"
}

np_survives() {
	local held held_PID
	coproc held { on internet socat -t 1 - "TCP4:${lab_addr[node1]}:30090,connect-timeout=5"; }
	np_word one "a connection to a backend on another node"
	ok "apply again" np_apply "$1"
	np_word two "it outlives an apply"
	{ echo services: && np_kept terminating; } >"$tap_dir/kept.yaml"
	ok "its backend terminates" on node1 "$hrinstall" service set "$tap_dir/kept.yaml"
	np_word three "and it outlives that"
	kill "$held_PID"
	wait "$held_PID" 2>/dev/null
}

np_pods() {
	np_both "pod -> ClusterIP, backend here" node1-client 10.96.0.10 80 "^node1-server ${lab_addr[node1-client]}\$"
	np_both "pod -> ClusterIP, backend on another node" node1-client 10.96.0.11 80 \
		"^node2-server ${lab_addr[node1-client]}\$"
	np_both "pod -> ClusterIP, backend itself" node1-client 10.96.0.12 80 "^node1-client 169\.254\.42\.1\$"
	np_both "pod -> NodePort, backend on another node" node1-client "${lab_addr[node1]}" 30081 \
		"^node2-server ${lab_addr[node1-client]}\$"
}

# From whom the pods are within the cluster: backends here alone.
np_internal() {
	local i
	for i in 1 2 3 4; do
		np_both "$1 -> ClusterIP, internal policy Local ($i)" "$1" 10.96.0.15 80 '^node1-server '
	done
	np_both "$1 -> ClusterIP, internal policy Local and no backend here" "$1" 10.96.0.16 80 '^ECONNREFUSED$'
}

# At the node's own sockets.
np_from_node() {
	local node=${lab_addr[node1]}
	if ! node_is_known; then return; fi
	np_both "node -> ClusterIP, backend here" node1 10.96.0.10 80 '^node1-server '
	np_both "node -> ClusterIP, backend on another node" node1 10.96.0.11 80 '^node2-server '
	np_both "node -> NodePort, backend here" node1 "$node" 30080 '^node1-server '
	np_both "node -> NodePort, backend on another node" node1 "$node" 30081 '^node2-server '
	np_both "node -> external IP" node1 203.0.113.1 80 '^node1-server '
	np_both "node -> load balancer's IP, backend on another node" node1 203.0.113.2 80 '^node2-server '
}

# Segments that the kernel puts together and datagrams that it takes apart, to a backend here and to one elsewhere.
np_bulks() {
	local from ip
	for from in internet node1-client; do
		for ip in 203.0.113.6 203.0.113.7; do
			ok "$from -> $ip: $lab_tcp_mb MB" traffic_tcp "$from" "$ip"
			ok "$from -> $ip: datagrams" traffic_udp "$from" "$ip"
			ok "$from -> $ip: 8,000 bytes in one datagram, and back" np_big_udp "$from" "$ip"
		done
	done
}

np_big_udp() {
	head -c 8000 /dev/urandom >"$lab_scratch/8000" &&
		on "$1" socat -b 16384 -t 2 - "UDP4:$2:$lab_udp_port,readbytes=8000" <"$lab_scratch/8000" >"$lab_scratch/8000.back" &&
		cmp "$lab_scratch/8000" "$lab_scratch/8000.back"
}

np_up() {
	local pod
	lab_up
	on router ip route add 203.0.113.0/24 via "${lab_addr[node1]}"
	on router ip route add 10.96.0.0/16 via "${lab_addr[node1]}"
	np_bundle=$(bundle_of "$@" hostns-only) || return
	ok "node2 takes the bundle ($*)" node_apply node2 "$np_bundle"
	ok "node1 takes it and services" np_apply "$np_bundle"
	traffic_file
	for pod in node1-client node1-server node2-server; do
		ok "servers listen in $pod" np_serve "$pod"
		ok "$pod reaches its node" on "$pod" ping -n -q -c 1 -W 2 "${lab_addr[${pod%-*}-gateway]}"
	done
	ok "outside reaches node1" on internet ping -n -q -c 1 -W 2 "${lab_addr[node1]}"
	for pod in node1-server node2-server; do ok "servers of $pod for more" traffic_serve "$pod"; done
}

# nodeport_test MODE NAT-ADDRESS VARIANT...: MODE is bpf or legacy; the name of whom a backend on node2 sees.
nodeport_test() {
	local mode=$1 node
	np_snat=$2
	shift 2
	np_up "$@" || {
		fail "the example compiles as $*"
		return
	}
	np_snat=${lab_addr[$np_snat]}
	for node in node1 node2; do ok "netfilter of $node is watched" netfilter_watch "$node"; done
	np_outside
	np_pods
	np_internal node1-client
	for node in node1 node2; do
		if [ "$mode" != bpf ]; then continue; fi
		is "no netfilter hook of $node has seen any of it" "$(netfilter_seen "$node")" \
			"prerouting=0 input=0 forward=0 output=0 postrouting=0"
	done
	np_from_node
	np_refusals
	np_spread
	np_bulks
	np_survives "$np_bundle"
}
