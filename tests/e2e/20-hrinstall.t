#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that ok calls by name
#
# The life of a bundle on a node: planned, applied, applied again, replaced, endpoints coming and going,
# removed, killed half-way; and the node as it was afterwards, to the byte.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

install_on_node1() {
	on node1 "$hrinstall" "$@"
}

endpoint_ips() {
	install_on_node1 endpoint list | grep -o '10\.233\.64\.[0-9]*' | sort | tr '\n' ' '
}

is_as_before() {
	node_snapshot node1 >"$tap_dir/after"
	is_file "$1" "$tap_dir/after" "$tap_dir/before"
}

# life_of ATTACH-MODE
life_of() {
	local mode=$1 objects=$tap_dir/objects
	run node_apply node1 "$vxlan" --attach "$mode" --dry-run
	is "$mode: a dry run succeeds" "$status" 0
	like "$mode: and prints its plan" "$(cat "$tap_out")" 'from_container.*lxc_client|lxc_client.*from_container'
	is_as_before "$mode: and changes nothing"

	ok "$mode: apply" node_apply node1 "$vxlan" --attach "$mode"
	run node_status node1
	is "$mode: status succeeds" "$status" 0
	like "$mode: status says the mode of routing" "$(cat "$tap_out")" '^Host Routing: +BPF'
	like "$mode: status says how the pod's program is attached" "$(cat "$tap_out")" \
		"(lxc_client.*|from_container.*)$mode"
	like "$mode: status says who masquerades" "$(cat "$tap_out")" '^Masquerading: +BPF \[enp0s2\] '
	node_objects node1 >"$objects"
	like "$mode: programs are loaded" "$(cat "$objects")" '^prog [0-9]+'

	node_snapshot node1 >"$tap_dir/applied"
	run node_apply node1 "$vxlan" --attach "$mode"
	is "$mode: applying it again succeeds" "$status" 0
	like "$mode: and says that nothing is to do" "$(cat "$tap_out")" '[Nn]othing to do'
	node_snapshot node1 >"$tap_dir/after"
	is_file "$mode: and changes nothing" "$tap_dir/after" "$tap_dir/applied"
	node_objects node1 >"$tap_dir/objects2"
	is_file "$mode: and loads nothing" "$tap_dir/objects2" "$objects"

	life_of_endpoint "$mode"
	ok "$mode: legacy replaces it" node_apply node1 "$legacy" --attach "$mode"
	like "$mode: status says so" "$(node_status node1)" '^Host Routing: +Legacy'
	ok "$mode: and BPF replaces that" node_apply node1 "$vxlan" --attach "$mode"
	node_objects node1 >>"$objects"

	ok "$mode: remove" install_on_node1 remove
	is_as_before "$mode: remove leaves the node as it was found"
	ok "$mode: and no program, map or link" lab_wait objects_gone "$objects"
	run install_on_node1 remove
	is "$mode: removing it again succeeds" "$status" 0
	run node_status node1
	is "$mode: status says that nothing is installed" "$status" 13
}

life_of_endpoint() {
	local mode=$1
	is "$mode: endpoints are those of the state" "$(endpoint_ips)" "10.233.64.93 10.233.64.94 "
	ok "$mode: they reach each other" traffic_icmp node1-client 10.233.64.94
	ok "$mode: one goes" install_on_node1 endpoint del --ip 10.233.64.94
	ok "$mode: and can go again" install_on_node1 endpoint del --ip 10.233.64.94
	is "$mode: the other is listed" "$(endpoint_ips)" "10.233.64.93 "
	not_ok "$mode: the one that went is not reached" on node1-client ping -n -q -c 2 -i 0.1 -W 1 10.233.64.94
	ok "$mode: it comes back" install_on_node1 endpoint add --ip 10.233.64.94 --interface lxc_server \
		--mac 02:00:0a:e9:40:5e --identity 4712
	is "$mode: both are listed" "$(endpoint_ips)" "10.233.64.93 10.233.64.94 "
	ok "$mode: and reach each other" traffic_icmp node1-client 10.233.64.94
}

# A kernel that has no tcx is told so before anything is touched.
life_without_tcx() {
	run node_apply node1 "$vxlan" --attach tcx
	is "without tcx in the kernel: apply by tcx is refused, by exit status" "$status" 4
	like "and it says what lacks" "$(cat "$tap_err")" 'no tcx'
	is_as_before "and the node is untouched"
	ok "left to itself it takes tc" node_apply node1 "$vxlan"
	like "and status says so" "$(node_status node1)" 'lxc_client.*tc([^x]|$)'
	ok "remove" install_on_node1 remove
	is_as_before "the node is as it was found"
}

has_drifted() {
	node_status node1
	[ $? -eq 12 ]
}

# Somebody takes a program away behind our back. A kernel lets go of a link some time after its last name.
life_with_drift() {
	ok "tcx: apply" node_apply node1 "$vxlan" --attach tcx
	on node1 rm /sys/fs/bpf/hostroute/links/lxc_server_ingress
	lab_wait has_drifted
	run node_status node1
	is "a link that went missing is drift, by exit status" "$status" 12
	unlike "and status does not claim BPF host routing" "$(cat "$tap_out")" '^Host Routing: +BPF$'
	like "and names the interface" "$(cat "$tap_out")" 'lxc_server.*not attached'
	run node_apply node1 "$vxlan" --attach tcx
	like "apply repairs it" "$(cat "$tap_out")" 'attach from_container to lxc_server'
	run node_status node1
	is "and status is content" "$status" 0
}

life_across_modes() {
	ok "tc takes over from tcx" node_apply node1 "$vxlan" --attach tc
	unlike "and leaves no link behind" "$(on node1 find /sys/fs/bpf/hostroute/links)" _ingress
	ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
	ok "tcx takes over from tc" node_apply node1 "$vxlan" --attach tcx
	is "and leaves no filter behind" "$(on node1 tc filter show dev lxc_server ingress)" ""
	ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
	ok "remove" install_on_node1 remove
	is_as_before "the node is as it was found"
}

# A bpffs mounted over the first one hides all pins; what is attached stays attached.
life_under_second_bpffs() {
	ok "apply" node_apply node1 "$vxlan"
	on node1 mount -t bpf bpf /sys/fs/bpf
	run node_status node1
	is "pins that are out of sight are drift" "$status" 12
	ok "apply finds its programs without pins" node_apply node1 "$vxlan"
	ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
	ok "remove" install_on_node1 remove
	on node1 umount /sys/fs/bpf
	ok "remove takes the hidden pins once they are in sight" install_on_node1 remove
	is_as_before "the node is as it was found"
}

life_in_a_crowd() {
	local i pids=() failed=0
	for i in 1 2 3 4; do
		node_apply node1 "$vxlan" >"$tap_dir/apply.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || failed=1; done
	is "four applies at once succeed" "$failed" 0
	is "and one of them did the job" "$(cat "$tap_dir"/apply.? | grep -c '^applied')" 1
	ok "remove" install_on_node1 remove
	is_as_before "the node is as it was found"
}

# An apply that is killed after so many milliseconds, wherever that is, must not cost the node anything.
killed_after() {
	local ms=$1
	on node1 timeout -s KILL "0.$(printf '%03d' "$ms")" "$hrinstall" apply "$vxlan" \
		--state "$(lab_state_file node1)" >"$tap_dir/killed" 2>&1
	ok "killed after $ms ms: remove" install_on_node1 remove
	is_as_before "killed after $ms ms: the node is as it was found"
}

add_server() {
	install_on_node1 endpoint add --ip 10.233.64.94 --interface lxc_server --mac 02:00:0a:e9:40:5e
}

# Neither must an endpoint that is killed while it is added.
add_killed_after() {
	local ms=$1
	node_apply node1 "$vxlan" >"$tap_dir/applied"
	install_on_node1 endpoint del --ip 10.233.64.94 >"$tap_dir/deleted"
	on node1 timeout -s KILL "0.$(printf '%03d' "$ms")" "$hrinstall" endpoint add --ip 10.233.64.94 \
		--interface lxc_server --mac 02:00:0a:e9:40:5e >"$tap_dir/killed" 2>&1
	if [ "$2" = again ]; then
		ok "an add killed after $ms ms can be repeated" add_server
		ok "killed after $ms ms: then pods reach each other" traffic_icmp node1-client 10.233.64.94
	fi
	ok "an add killed after $ms ms: remove" install_on_node1 remove
	is_as_before "an add killed after $ms ms: the node is as it was found"
}

# An add costs the same however many endpoints there are: it touches one file of the record, its own.
add_touches_one_file() {
	local records='find /run/hostroute -type f ! -name lock -printf "%P %i %C@\n" | sort'
	node_apply node1 "$vxlan" >"$tap_dir/applied"
	install_on_node1 endpoint del --ip 10.233.64.94 >"$tap_dir/deleted"
	on node1 sh -c "$records" >"$tap_dir/before-add"
	ok "an endpoint is added" add_server
	on node1 sh -c "$records" >"$tap_dir/after-add"
	is "and the record has one more file, all others untouched" \
		"$(diff "$tap_dir/before-add" "$tap_dir/after-add" | sed -n 's/^\([<>]\) [^ ]*:\([a-z_]*\)\.json .*/\1 \2/p')" \
		"> lxc_server"
	is "of those that were there none is missing" \
		"$(comm -23 "$tap_dir/before-add" "$tap_dir/after-add")" ""
	not_ok "its address is refused to another interface" install_on_node1 endpoint add \
		--ip 10.233.64.94 --interface lxc_client --mac 02:00:0a:e9:40:5e
	not_ok "and its interface to another address" install_on_node1 endpoint add \
		--ip 10.233.64.95 --interface lxc_server --mac 02:00:0a:e9:40:5e
	ok "remove" install_on_node1 remove
	is_as_before "the node is as it was found"
}

if ! { vxlan=$(bundle_of vxlan) && legacy=$(bundle_of vxlan legacy); }; then
	fail "the example compiles"
	done_testing
fi
node_snapshot node1 >"$tap_dir/before"
life_of tc
if lab_has_tcx; then
	life_of tcx
	life_with_drift
	life_across_modes
else
	life_without_tcx
fi
life_under_second_bpffs
life_in_a_crowd
# LAB_KILL_MS: other moments, where all takes longer.
for ms in ${LAB_KILL_MS:-4 8 16 32 48 64 96}; do killed_after "$ms"; done
add_touches_one_file
for ms in 2 3 4 6 8; do add_killed_after "$ms" no; done
for ms in 3 5 12; do add_killed_after "$ms" again; done

on node1 timeout -s KILL 0.02 "$hrinstall" apply "$vxlan" --state "$(lab_state_file node1)" >/dev/null 2>&1
ok "after a killed apply the next one finishes the job" node_apply node1 "$vxlan"
ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
ok "remove" install_on_node1 remove
is_as_before "the node is as it was found"
done_testing
