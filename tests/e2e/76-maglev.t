#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317 # lab_* variables are those of tests/lab; functions that ok calls by name
#
# Backends by Maglev: a host on the internet asks both nodes for the same service, and gets the same backend from them.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

pods='node1-client node1-server node2-client node2-server'
first=41000 # of so many source ports
count=24

# services BACKENDS: the one that is asked, and another one.
services() {
	echo services:
	np_service web 30080 "$1"
	np_service other 30081 'node1-server node2-server'
}

# apply NODE BACKENDS: the state and its services; without BACKENDS those that there are.
apply() {
	if [ $# -lt 2 ]; then
		on "$1" "$hrinstall" apply "$bundle" --state "$(lab_state_file "$1")"
		return
	fi
	{ cat "$(lab_state_file "$1")" && services "$2"; } >"$tap_dir/$1.yaml"
	on "$1" "$hrinstall" apply "$bundle" --state "$tap_dir/$1.yaml"
}

# change BACKENDS: of the one service, on both nodes.
change() {
	local node
	{ echo services: && np_service web 30080 "$1"; } >"$tap_dir/change.yaml"
	for node in node1 node2; do on "$node" "$hrinstall" service set "$tap_dir/change.yaml" || return; done
}

# ask NODE tcp|udp: "PORT BACKEND" for each source port.
ask() {
	on internet "$sockets" from "$2" "${lab_addr[$1]}" 30080 "$first" "$count" | cut -d' ' -f1,2 >"$tap_dir/$1.$2"
}

pieces() { on "$1" bpftool map dump pinned /sys/fs/bpf/hostroute/hr_maglev4 | grep -c '"key": {'; }

lab_up
bundle=$(bundle_of vxlan maglev) || {
	fail "the example compiles with Maglev"
	done_testing
}
for node in node1 node2; do ok "$node takes the bundle and services" apply "$node" "$pods"; done
for pod in $pods; do
	ok "servers listen in $pod" np_serve "$pod"
	ok "$pod reaches its node" on "$pod" ping -n -q -c 1 -W 2 "${lab_addr[${pod%-*}-gateway]}"
done
for node in node1 node2; do ok "outside reaches $node" on internet ping -n -q -c 1 -W 2 "${lab_addr[$node]}"; done
like "the status says who chooses" "$(on node1 "$hrinstall" status --verbose)" 'Backend Selection: +Maglev \(Table Size: 16381\)'

for protocol in tcp udp; do
	ask node1 "$protocol"
	ask node2 "$protocol"
	is_file "the other node chooses the same backends, by $protocol" "$tap_dir/node2.$protocol" "$tap_dir/node1.$protocol"
	is "all of them have clients, by $protocol" "$(cut -d' ' -f2 "$tap_dir/node1.$protocol" | sort -u | paste -sd' ')" "$pods"
done

cp "$tap_dir/node1.tcp" "$tap_dir/before"
is "a table for each service and protocol" "$(pieces node1)" $((4 * 9))
ok "a backend goes" change "${pods% *}"
is "and its table with it" "$(pieces node1)" $((4 * 9))
for node in node1 node2; do
	ask "$node" tcp
	grep -v " ${pods##* }\$" "$tap_dir/before" >"$tap_dir/others"
	join "$tap_dir/others" "$tap_dir/$node.tcp" | cut -d' ' -f1,3 >"$tap_dir/others.now"
	is_file "new connections of others stay where they were, by $node" "$tap_dir/others.now" "$tap_dir/others"
	is "and all have one, by $node" "$(grep -c ' node[12]-[a-z]*$' "$tap_dir/$node.tcp")" "$count"
	unlike "none the one that is gone, by $node" "$(cat "$tap_dir/$node.tcp")" "${pods##* }"
done

ok "one backend is left" change node1-server
is "which needs no table" "$(pieces node1)" $((2 * 9))
ask node2 tcp
is "and all go there" "$(cut -d' ' -f2 "$tap_dir/node2.tcp" | sort -u)" node1-server
run on node1 "$hrinstall" service del default/other:tcp
like "a service goes with its table" "$(cat "$tap_out")" 'hr_maglev4: 9 removed'
ok "the state is applied again" apply node1 "$pods"
apply node1 "$pods" >"$tap_out"
like "and a second time there is nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'
maglev=$bundle
bundle=$(bundle_of vxlan)
ok "a bundle without Maglev takes the services over" apply node1
not_ok "and has no tables" on node1 test -e /sys/fs/bpf/hostroute/hr_maglev4
bundle=$maglev
ok "one with it takes them back" apply node1
is "and makes the tables of those that there are" "$(pieces node1)" $((4 * 9))
ask node1 tcp
is_file "the same as before" "$tap_dir/node1.tcp" "$tap_dir/before"
done_testing
