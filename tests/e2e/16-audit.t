#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The node audit in the lab's first node: what is put in the way of pod traffic is found, each thing by its
# name, and a recording of the node says the same anywhere else.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

config=examples/cilium-config.yaml

# audit [OPTION...]: sets $now to one line "ID matched detail" per finding about node1, sorted.
audit() {
	run on node1 "$hrprobe" --config $config --format json "$@"
	now=$(findings "$tap_out")
}

findings() {
	awk -F'"' '/^  "audit"/ { inside = 1 }
		inside && $2 == "id" { id = $4 }
		inside && $2 == "matched" { matched = $4 }
		inside && $2 == "detail" { print id, matched, $4 }' "$1" | sort
}

# found TITLE REGEX: a line of the last audit matches.
found() {
	like "$1" "$now" "$2"
}

node_snapshot node1 >"$tap_dir/before"
audit
unlike "the lab's node as it is built has no ip rules" "$now" '^NODE-IP-RULES(-MARK)? yes'
unlike "and no netfilter rules" "$now" '^NODE-(NETFILTER|IPTABLES-LEGACY|KUBE-PROXY) yes'
is "the verdict is BPF" "$status" 0
node_snapshot node1 >"$tap_dir/after"
is_file "looking changes nothing" "$tap_dir/after" "$tap_dir/before"

on node1 sh -e -c '
	ip rule add fwmark 0x40 priority 50 table 77
	ip rule add from 10.0.0.0/8 priority 60 table 200
	ip route add 198.18.0.0/15 dev enp0s2 table 200
	ip addr add 169.254.20.10/32 dev lo
	ip addr add 10.96.0.10/32 dev lo
	ip link set enp0s2 mtu 1400
	echo 1 >/proc/sys/net/ipv4/conf/enp0s2/rp_filter
	echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
	echo 0 >/proc/sys/net/ipv4/conf/enp0s2/forwarding
	nft add table ip filter
	nft add chain ip filter FORWARD "{ type filter hook forward priority 0; }"
	nft add rule ip filter FORWARD counter
	nft add chain ip filter KUBE-SERVICES
	nft add chain ip filter ISTIO_POSTRT
	mount -t bpf bpf /sys/fs/bpf' || fail "the node is prepared"

audit --record-node-facts "$tap_dir/node.json"
is "findings do not change the exit status" "$status" 0
found "rules by mark" '^NODE-IP-RULES-MARK yes 50: fwmark 0x40/0xffffffff lookup 77$'
found "other rules" '^NODE-IP-RULES yes 60: from 10.0.0.0/8 lookup 200$'
found "routes in other tables" '^NODE-ROUTE-TABLES yes table 200: 1 IPv4$'
found "addresses on lo" '^NODE-LOCAL-ADDRESS yes 10.96.0.10 on lo$'
found "link-local addresses" '^NODE-LINK-LOCAL yes 169.254.20.10 on lo$'
found "a small MTU" '^NODE-SMALL-MTU yes enp0s2: 1400 of 1500$'
found "a strict reverse-path filter" '^NODE-RP-FILTER yes enp0s2$'
found "a device that does not forward" '^NODE-DEVICE-FORWARDING yes enp0s2$'
found "netfilter rules that forwarded packets cross" '^NODE-NETFILTER yes ip filter FORWARD: 1$'
found "kube-proxy by its chain" '^NODE-KUBE-PROXY yes'
found "Istio by its chain" '^NODE-ISTIO-PROBES yes'
found "a second BPF file system over the first" '^NODE-BPFFS-STACKED yes 2 mounts$'

run "$hrprobe" --config $config --format json --node-facts "$tap_dir/node.json"
is "the recording has the same exit status" "$status" 0
is "and the same findings" "$(findings "$tap_out")" "$now"
replayed() {
	sed '/"source":/d; /"bpf_calls":/d' "$1"
}
cp "$tap_out" "$tap_dir/replay"
audit
is_file "and the same report but for how the kernel's answers were learnt" \
	<(replayed "$tap_dir/replay") <(replayed "$tap_out")

run on node1 "$hrprobe" --config $config
like "text has a section for the node, problems first" "$(grep -A1 '^Node:' "$tap_out")" \
	'NODE-BPFFS-STACKED: problem: '
unlike "without the notes" "$(cat "$tap_out")" 'NODE-ROUTE-TABLES'
run on node1 "$hrprobe" --verbose --config $config
like "which --verbose adds" "$(cat "$tap_out")" 'NODE-ROUTE-TABLES: info: '

: >"$tap_dir/empty"
run "$hrprobe" --config $config --node-facts "$tap_dir/empty"
is "an empty file is no node" "$status" 3
run on node1 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all \
	"$hrprobe" --config $config --format json
now=$(findings "$tap_out")
found "without privilege netfilter is unknown" '^NODE-NETFILTER unknown'
found "what needs none is found all the same" '^NODE-IP-RULES yes'
done_testing
