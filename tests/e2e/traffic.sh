# shellcheck shell=bash disable=SC2154 # lab_* and tap_* variables are those of tests/lab
# SPDX-License-Identifier: BSD-2-Clause
#
# The traffic matrix: who talks to whom, by ICMP, UDP and TCP, and what the mode claims about the way there.
# One table for every mode, so that BPF and legacy host routing are held to the same results.

traffic_router_knows=pods # "nodes": only what is masqueraded gets answers from outside

# from, to, and whether BPF host routing claims to keep it past the nodes' host stack
traffic_rows() {
	cat <<-'ROWS'
		node1-client  node1-server   past
		node1-client  node2-server   past
		node2-client  node1-server   past
		node1-client  internet       past
		internet      node1-server   past
		node1         node1-server   -
		node1         node2-server   -
		node1-client  node1          -
		node1-client  node1-gateway  -
		node1-client  node2          -
		node2         node1-client   -
	ROWS
}

traffic_is_pod() {
	case $1 in
	node1-gateway | node2-gateway) return 1 ;;
	node[12]-*) return 0 ;;
	esac
	return 1
}

# lxc_of node1-client: the pod's host-side interface.
lxc_of() {
	printf 'lxc_%s\n' "${1#node?-}"
}

traffic_servers() {
	local name
	for name in $(traffic_rows | awk '{ print $2 }' | sort -u); do
		case $name in
		*-gateway) traffic_serve "${name%-gateway}" "${lab_addr[$name]}" ;;
		*) traffic_serve "$name" ;;
		esac || return
	done
}

# Pods know their gateway from here on, so that no ARP reply is counted as a delivery.
traffic_quiet() {
	local pod
	for pod in "${!lab_addr[@]}"; do
		traffic_is_pod "$pod" || continue
		on "$pod" ping -n -q -c 1 -W 2 "${lab_addr[${pod%-*}]}" &&
			egress_quiet "$pod" "${lab_addr[${pod%-*}-gateway]}" || return
	done
}

# traffic_claim MODE FROM TO: after the row's traffic, where was it seen?
traffic_claim() {
	local mode=$1 title="$2 -> $3" node pod seen
	for node in node1 node2; do
		case "$2 $3" in *"$node-"*) ;; *) continue ;; esac
		if [ "$mode" = bpf ]; then
			is "$title: no netfilter hook of $node sees it" "$(netfilter_seen "$node")" \
				"prerouting=0 input=0 forward=0 output=0 postrouting=0"
		else
			seen=$(netfilter_seen "$node")
			like "$title: the forward path of $node sees it" "$seen" \
				'^prerouting=[1-9].* forward=[1-9].* postrouting=[1-9]'
		fi
	done
	for pod in "$2" "$3"; do
		traffic_is_pod "$pod" || continue
		seen=$(($(egress_seen "${pod%-*}" "$(lxc_of "$pod")") - egress_before[$pod]))
		if [ "$mode" = bpf ]; then
			is "$title: nothing goes to $pod through tc egress" "$seen" 0
		else
			ok "$title: all goes to $pod through tc egress" test "$seen" -gt 0
		fi
	done
}

traffic_row() {
	local mode=$1 from=$2 to=$3 claim=$4 kind node pod
	declare -A egress_before=()
	for node in node1 node2; do netfilter_reset "$node"; done
	for pod in "$from" "$to"; do
		traffic_is_pod "$pod" || continue
		egress_before[$pod]=$(egress_seen "${pod%-*}" "$(lxc_of "$pod")")
	done
	for kind in icmp udp tcp; do
		ok "$from -> $to: $kind" "traffic_$kind" "$from" "${lab_addr[$to]}"
	done
	if [ "$claim" = past ]; then traffic_claim "$mode" "$from" "$to"; fi
}

# traffic_matrix MODE: MODE is bpf or legacy; both nodes are set up.
traffic_matrix() {
	local from to claim
	traffic_file
	ok "servers listen" traffic_servers
	ok "every pod reaches its node" traffic_quiet
	for node in node1 node2; do
		ok "every netfilter hook of $node has a counter" netfilter_watch "$node"
	done
	while read -r from to claim; do
		traffic_row "$1" "$from" "$to" "$claim"
	done < <(traffic_rows | if [ "$traffic_router_knows" = pods ]; then cat; else grep -v '^internet'; fi)
}

# traffic_test MODE "VARIANT..." [APPLY-OPTION...]: a lab of its own, both nodes set up, the whole matrix.
traffic_test() {
	local mode=$1 variant=$2 bundle node
	shift 2
	lab_up
	if [ "$traffic_router_knows" = pods ]; then lab_router_learns_pods; fi
	# shellcheck disable=SC2086 # words
	bundle=$(bundle_of $variant) || {
		fail "the example compiles as $variant"
		return
	}
	for node in node1 node2; do
		ok "$node takes the bundle ($variant${*:+, $*})" node_apply "$node" "$bundle" "$@"
	done
	traffic_matrix "$mode"
}
