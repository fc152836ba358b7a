#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2031,SC2317,SC2154 # functions that ok calls by name; variables of the files below
#
# Services for those outside: a NodePort of node1 with a backend on node1, which sees the client, and with one on
# node2, which sees a node; a load balancer's address that is routed to node1; who may use it. And for pods whose
# sockets do not know services.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
sockets=$lab_build/tests/e2e/sockets
[ -x "$sockets" ] || skip_all "$sockets is not built (make check-build builds it)"
lab_up
state=$tap_dir/state.yaml
vip=203.0.113.10

# service NAME PROTOCOL NODE-PORT BACKEND [LINE...]
service() {
	printf '  - name: default/%s\n    protocol: %s\n    port: 80\n    node-port: %s\n' "$1" "$2" "$3"
	printf '    backends: [{ip: %s, port: 8001}]\n' "${lab_addr[$4]}"
	shift 4
	if [ $# -gt 0 ]; then printf '    %s\n' "$@"; fi
}

write_state() {
	cat "$(lab_state_file node1)"
	echo services:
	service near TCP 30001 node1-server 'cluster-ip: 10.96.0.1'
	service near-udp UDP 30001 node1-server 'cluster-ip: 10.96.0.1'
	service far TCP 30002 node2-server 'cluster-ip: 10.96.0.2'
	service far-udp UDP 30002 node2-server 'cluster-ip: 10.96.0.2'
	service local TCP 30003 node2-server 'external-traffic-policy: Local'
	service vip TCP 30004 node1-server "load-balancer-ips: [$vip]" 'source-ranges: [198.51.100.0/24]'
	service denied TCP 30005 node1-server "load-balancer-ips: [203.0.113.11]" 'source-ranges: [192.0.2.0/24]'
}

# seen_by FROM PROTOCOL ADDRESS PORT: as whom the backend sees the one who asks; who asks hears only from that address.
seen_by() {
	echo hello | on "$1" timeout 10 socat -t 3 - "$2:$3:$4"
}

peer_of() {
	seen_by internet "$@"
}

serve() {
	# shellcheck disable=SC2016 # socat's variable
	on "$1" socat TCP4-LISTEN:8001,reuseaddr,fork SYSTEM:'echo $SOCAT_PEERADDR' &
	# shellcheck disable=SC2016
	on "$1" socat UDP4-LISTEN:8001,reuseaddr,fork SYSTEM:'echo $SOCAT_PEERADDR' &
	lab_wait on "$1" sh -c 'ss -ltn | grep -q :8001 && ss -lun | grep -q :8001'
}

# matrix TITLE FAR: FAR is the pattern of the address by which node2's pod knows the client.
matrix() {
	local node=${lab_addr[node1]} kind
	for kind in TCP4 UDP4; do
		like "$1: $kind to a backend on the node, which sees the client" "$(peer_of "$kind" "$node" 30001)" \
			"^${lab_addr[internet]}\$"
		like "$1: $kind to a backend on the other node, which sees this one" "$(peer_of "$kind" "$node" 30002)" "^$2\$"
	done
	is "$1: with a local traffic policy nobody here answers" "$(peer_of TCP4 "$node" 30003 2>&1 | grep -c refused)" 1
	like "$1: a load balancer's address" "$(peer_of TCP4 "$vip" 80)" "^${lab_addr[internet]}\$"
	is "$1: is not for those out of its ranges" "$(peer_of TCP4 203.0.113.11 80,connect-timeout=2 2>/dev/null)" ""
}

for name in node1-server node2-server; do serve "$name"; done
ok "the router knows where the addresses of services are" on router ip route add 203.0.113.0/24 via "${lab_addr[node1]}"

for mode in vxlan native; do
	words=("$mode")
	if [ "$mode" = native ]; then
		lab_router_learns_pods
		words+=(auto-routes)
	fi
	if ! bundle=$(bundle_of "${words[@]}"); then
		fail "the example compiles as ${words[*]}"
		done_testing
	fi
	write_state >"$state"
	ok "$mode: node1 serves" on node1 "$hrinstall" apply "$bundle" --state "$state"
	ok "$mode: and node2 is a node" node_apply node2 "$bundle"
	if [ "$mode" = vxlan ]; then
		status=$(node_status node1)
		for line in 'KubeProxyReplacement: +Probe \[enp0s2 192\.168\.64\.8\]' 'Host Routing: +BPF' \
			'Masquerading: +BPF \[enp0s2\] 10\.233\.64\.0/24 \[IPv4: Enabled, IPv6: Disabled\]'; do
			like "the users' first node has the line of their agent's status: ${line%%:*}" "$status" "^$line\$"
		done
		matrix "$mode" 10.233.64.1
	else
		matrix "$mode" "${lab_addr[node1]}"
	fi
done

# Where the sockets of pods are left alone, their packets are not.
if ! bundle=$(bundle_of vxlan hostns-only); then
	fail "the example compiles as vxlan hostns-only"
	done_testing
fi
for node in node1 node2; do ok "$node takes the bundle for its own sockets only" node_apply "$node" "$bundle"; done
ok "and node1 the services" on node1 "$hrinstall" apply "$bundle" --state "$state"
for kind in TCP4 UDP4; do
	for at in 1 2; do
		is "$kind from a pod to the ClusterIP of a pod of node$at" "$(seen_by node1-client "$kind" "10.96.0.$at" 80)" \
			"${lab_addr[node1-client]}"
	done
	is "$kind from a pod to itself by its service" "$(seen_by node1-server "$kind" 10.96.0.1 80)" 169.254.42.1
done
done_testing
