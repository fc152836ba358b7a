# shellcheck shell=bash disable=SC2016 # texts in single quotes expand inside the namespaces
# SPDX-License-Identifier: BSD-2-Clause
#
# What a node looks like from outside hostroute: everything hrinstall may touch, as text that two snapshots
# can be compared by. Sourced after lab.sh.

# node_snapshot NODE: links, addresses, routes, rules, nftables, qdiscs, filters, attached programs, files, sysctls.
node_snapshot() {
	on "$1" sh -c '
		ip -d link; ip -d addr; ip route show table all; ip rule; nft list ruleset
		for dev in /sys/class/net/*; do
			dev=${dev##*/}
			tc qdisc show dev "$dev"
			tc filter show dev "$dev" ingress
			tc filter show dev "$dev" egress
		done
		bpftool net show
		find /sys/fs/bpf /run/hostroute /run/cilium | sort; grep cgroup2 /proc/mounts
		grep -rs "" /proc/sys/net/ipv4 /proc/sys/net/core | sort' 2>/dev/null
}

# node_objects NODE: "prog 12", "map 34", "link 5" for all that is pinned or attached in the node. The kernel
# lists objects of the whole machine, so later checks ask for these ids only.
node_objects() {
	on "$1" sh -c '
		find /sys/fs/bpf -type f -o -type l | while read -r pin; do
			for kind in prog map link; do
				bpftool "$kind" show pinned "$pin" 2>/dev/null |
					sed -n "s/^\([0-9]*\):.*/$kind \1/p; s/.*prog \([0-9]*\).*/prog \1/p"
			done
		done
		bpftool net show | sed -n "s/.*prog_id \([0-9]*\).*/prog \1/p; s/.* id \([0-9]*\)\$/prog \1/p"' |
		sort -u | with_their_maps
}

with_their_maps() {
	local kind id
	while read -r kind id; do
		echo "$kind $id"
		[ "$kind" = prog ] || continue
		bpftool prog show id "$id" | sed -n 's/.*map_ids \([0-9,]*\).*/\1/p' | tr ',' '\n' |
			sed 's/^/map /'
	done | sort -u
}

# objects_gone FILE: none of the objects listed in FILE exists any more.
objects_gone() {
	local kind id
	while read -r kind id; do
		if bpftool "$kind" show id "$id"; then return 1; fi
	done <"$1"
}
