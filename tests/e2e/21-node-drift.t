#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2154,SC2031 # functions that ok calls by name; variables of the files below; on is a subshell
#
# What somebody else undoes of an apply beside programs and maps: a device set down, a route deleted, a sysctl changed.
# The status names it and changes nothing; apply repairs it.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

drift_of() {
	on "$1" "$hrinstall" status --format prometheus | sed -n 's/^hostroute_drift //p'
}

is_content() {
	run node_status node1
	is "$1: status is content" "$status" 0
	unlike "$1: and names no drift" "$(cat "$tap_out")" '^Drift:'
	is "$1: nor does it count any" "$(drift_of node1)" 0
}

# drifts NAME LINE COMMAND...: after COMMAND on node1 the status says LINE, an extended regular expression.
drifts() {
	local name=$1 line=$2
	shift 2
	ok "$name: $*" on node1 "$@"
	node_snapshot node1 >"$tap_dir/drifted"
	run node_status node1
	is "$name: is drift, by exit status" "$status" 12
	like "$name: named, with what to do" "$(cat "$tap_out")" "^Drift: +$line: run apply again\$"
	is "$name: one line" "$(grep -c '^Drift:' "$tap_out")" "$(drift_of node1)"
	like "$name: in JSON" "$(on node1 "$hrinstall" status --format json)" "^    \"$line\",?\$"
	node_snapshot node1 >"$tap_dir/after"
	is_file "$name: asking changes nothing" "$tap_dir/after" "$tap_dir/drifted"
	ok "$name: apply" node_apply node1 "$bundle"
	is "$name: repairs it" "$(drift_of node1)" 0
}

routes='the routes to pods \(ip route show proto 114\) are not those that were applied'

# Traffic of the node to a pod, and of a pod to another node, is what this is about.
links_and_routes() {
	local mode=$1 device
	drifts "$mode: hr_host down" 'hr_host is down' ip link set hr_host down
	drifts "$mode: hr_host down and up again" "$routes" sh -c 'ip link set hr_host down; ip link set hr_host up'
	ok "$mode: the node reaches its pod" on node1 ping -n -q -c 1 -W 5 "${lab_addr[node1-client]}"
	for device in hr_vxlan hr_geneve; do
		if on node1 test -e "/sys/class/net/$device"; then
			drifts "$mode: $device down" "$device is down" ip link set "$device" down
		fi
	done
	if [ "$mode" != 'native without routes' ]; then
		drifts "$mode: a route gone" "$routes" ip route del 10.233.65.0/24
	fi
	drifts "$mode: a route of ours too many" "$routes" ip route add 198.51.100.0/24 dev enp0s2 proto 114
}

# What only apply is to change: conf of interfaces of ours, of a pod, of a NIC, of all of them.
sysctls() {
	local mode=$1 conf=/proc/sys/net/ipv4/conf
	drifts "$mode: a sysctl of ours" 'net\.ipv4\.conf\.hr_net\.rp_filter is 2 instead of 0' \
		sh -c "echo 2 >$conf/hr_net/rp_filter"
	drifts "$mode: of a pod" 'net\.ipv4\.conf\.lxc_client\.forwarding is 0 instead of 1' \
		sh -c "echo 0 >$conf/lxc_client/forwarding"
	drifts "$mode: strict for all" 'net\.ipv4\.conf\.all\.rp_filter is 1' sh -c "echo 1 >$conf/all/rp_filter"
	on node1 sh -c "echo 2 >$conf/all/rp_filter"
	is_content "$mode: loose for all, which is in nobody's way"
	on node1 sh -c "echo 0 >$conf/all/rp_filter"
}

# life_of MODE VARIANT...: MODE is for the descriptions.
life_of() {
	local mode=$1
	shift
	bundle=$(bundle_of "$@") || {
		fail "$mode: the example compiles"
		return
	}
	ok "$mode: apply" node_apply node1 "$bundle"
	is_content "$mode: fresh"
	links_and_routes "$mode"
	if [ "$mode" = vxlan ]; then sysctls "$mode"; fi # the same in all modes
	on node1 ip route add 198.51.100.0/24 dev enp0s2
	is_content "$mode: a route of somebody else"
	on node1 ip route del 198.51.100.0/24
	ok "$mode: a pod goes" on node1 "$hrinstall" endpoint del --ip 10.233.64.94
	is_content "$mode: without it"
	ok "$mode: and comes back" on node1 "$hrinstall" endpoint add --ip 10.233.64.94 --interface lxc_server \
		--mac 02:00:0a:e9:40:5e --identity 4712
	is_content "$mode: with it"
	ok "$mode: remove" on node1 "$hrinstall" remove
}

life_of vxlan vxlan
# Not every kernel has it: 41-bpf-geneve.t is about that.
if on router ip link add probe type geneve external 2>/dev/null && on router ip link del probe; then
	life_of geneve geneve
fi
life_of native native auto-routes
life_of 'native without routes' native
life_of 'legacy vxlan' vxlan legacy
done_testing
