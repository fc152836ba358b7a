#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317,SC2031 # tap_* and status are those of tests/tap.sh; functions called by name; on is a subshell
#
# Geneve, through its device: the traffic matrix, and the way to another protocol and back. A kernel without geneve
# says so, and the node stays as it was.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"

kernel_has_geneve() {
	on router ip link add probe type geneve external && on router ip link del probe
}

# The modules of a VM are those that tests/vm/modules chose: forgetting one is no lack of the kernel.
expect_refusal() {
	local bundle
	if grep -qw geneve "/lib/modules/$(uname -r)/modules.order" 2>/dev/null; then
		fail "the geneve module of this kernel is there"
		return
	fi
	bundle=$(bundle_of geneve)
	node_snapshot node1 >"$tap_dir/before"
	run node_apply node1 "$bundle"
	not_ok "no geneve in this kernel: apply fails" test "$status" -eq 0
	is "and says why in one line" "$(grep -v '^hrinstall: warning' "$tap_err")" \
		"hrinstall: error: create hr_geneve: this kernel has no geneve devices (module geneve)"
	node_snapshot node1 >"$tap_dir/after"
	is_file "and the node is untouched" "$tap_dir/after" "$tap_dir/before"
}

listens() { on node1 bpftool -j map dump pinned /sys/fs/bpf/hostroute/hr_monitor | tr -d ' \n' | grep -q '"0x01"'; }

monitored_by_geneve() {
	local monitor
	on node1 "$hrinstall" monitor >"$tap_dir/events" 2>"$tap_dir/events.err" &
	monitor=$!
	ok "a monitor listens" lab_wait listens
	ok "a ping while it does" on node1-client ping -n -q -c 1 -W 5 "${lab_addr[node2-server]}"
	kill -INT "$(pgrep -P "$monitor" hrinstall || echo "$monitor")"
	wait "$monitor"
	like "an event shows what is inside, and the nodes" "$(cat "$tap_dir/events")" \
		"${lab_addr[node1-client]} -> ${lab_addr[node2-server]} icmp .* in geneve ${lab_addr[node1]} -> ${lab_addr[node2]} vni [0-9]+"
}

traffic_by_geneve() {
	local geneve vxlan node
	if ! { geneve=$(bundle_of geneve) && vxlan=$(bundle_of vxlan); }; then
		fail "the bundles compile"
		return
	fi
	for node in node1 node2; do
		ok "$node takes VXLAN first" node_apply "$node" "$vxlan"
		ok "and then Geneve" node_apply "$node" "$geneve"
		not_ok "which leaves no vxlan device on $node" on "$node" ip link show hr_vxlan
		is "the MTU of hr_geneve is the NIC's" "$(on "$node" cat /sys/class/net/hr_geneve/mtu)" 1500
		like "a second apply finds nothing to do" "$(node_apply "$node" "$geneve" --dry-run 2>&1)" 'othing to do'
	done
	traffic_file
	ok "servers listen" traffic_servers
	for row in "node1-client node2-server" "node2-client node1-server" "node1 node2-server"; do
		# shellcheck disable=SC2086 # words
		set -- $row
		for kind in icmp udp tcp; do
			ok "$1 -> $2: $kind by Geneve" "traffic_$kind" "$1" "${lab_addr[$2]}"
		done
	done
	monitored_by_geneve
	ok "remove" on node1 "$hrinstall" remove
	not_ok "takes hr_geneve" on node1 ip link show hr_geneve
}

lab_up
if kernel_has_geneve 2>/dev/null; then
	traffic_by_geneve
else
	expect_refusal
fi
done_testing
