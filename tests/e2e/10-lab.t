#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that ok and lab_wait call by name
#
# The lab itself, without hostroute: its cables, addresses and checks work with plain kernel routing, its
# counters count, and nothing of it outlives the process that made it.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

# What the kernel needs to play the datapath's part.
plain_routing() {
	local node other interface addr
	for node in node1 node2; do
		other=node$((3 - ${node#node}))
		on "$node" ip addr add "${lab_addr[$node-gateway]}/32" dev lo
		on "$node" ip route add "$(lab_node "$other" pod-cidr)" via "${lab_addr[$other]}"
		while read -r interface addr; do
			on "$node" ip route add "$addr" dev "$interface"
			on "$node-${interface#lxc_}" ip neigh flush dev eth0 # what failed before
		done < <(lab_pods "$node" | cut -d ' ' -f 1,2)
	done
}

not_ok "pods do not reach each other before anybody routes" traffic_icmp node1-client 10.233.64.94
not_ok "the router knows no pod address" sh -c \
	"nsenter --net=/run/netns/router ip route | grep 10.233"

plain_routing
lab_router_learns_pods
netfilter_watch node1
traffic_file
for name in node1-server node2-server internet; do traffic_serve "$name"; done
egress_before=$(egress_seen node1 lxc_server)

for to in node1-server node2-server internet; do
	for kind in icmp udp tcp; do
		ok "node1-client reaches $to by plain routing: $kind" \
			"traffic_$kind" node1-client "${lab_addr[$to]}"
	done
done
for hook in prerouting forward postrouting; do
	ok "plain routing moves the counter of $hook" test "$(netfilter_hook node1 $hook)" -gt 0
done
ok "plain routing delivers through the pod's interface" \
	test "$(egress_seen node1 lxc_server)" -gt "$egress_before"
netfilter_reset node1
is "counters start again at nothing" "$(netfilter_seen node1)" \
	"prerouting=0 input=0 forward=0 output=0 postrouting=0"
not_ok "an altered file does not pass for the one sent" eval \
	'lab_file_digest=other traffic_tcp node1-client 10.233.64.94'

# A second lab, inside this one, so that what it leaves can be seen from here.
inner_start() {
	env --default-signal=INT "$lab_root/tests/lab/lab" \
		sh -c 'echo up; exec sleep 654321' >"$tap_dir/inner" &
	inner=$!
	lab_wait test -s "$tap_dir/inner"
}

inner_is_gone() {
	[ "$(pgrep -c -f 'sleep [6]54321')" -eq 0 ]
}

for signal in INT TERM KILL; do
	rm -f "$tap_dir/inner"
	ok "a second lab comes up inside the first" inner_start
	kill -s "$signal" "$inner"
	wait "$inner" 2>/dev/null
	ok "after SIG$signal no process of the lab is left" lab_wait inner_is_gone
done

# Labs that run beside each other count processes in PID namespaces of their own, and each sweeps when it starts.
sweep_from_elsewhere() {
	# shellcheck disable=SC2016 # expands in there
	unshare --pid --fork --mount-proc bash -c '. "$1" && lab_cgroup_sweep "$2"' sh "$lab_root/tests/lab/lab.sh" "$1"
}

living_cgroup_survives() (
	root=$lab_cgroup
	lab_cgroup_make "$root" || return
	sweep_from_elsewhere "$root"
	test -d "$lab_cgroup"
)

ok "a lab's cgroup survives the sweep of another lab" living_cgroup_survives
ok "and is there when its process has gone" ls -d "$lab_cgroup"/lab-*
sweep_from_elsewhere "$lab_cgroup"
not_ok "a sweep takes it away then" ls -d "$lab_cgroup"/lab-*
lab_cgroup_sweep "$(lab_cgroup2)" # of the one that was killed above
is "another lab leaves no name of a namespace here" "$(ip netns list | grep -c .)" 9
done_testing
