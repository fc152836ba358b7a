#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Masquerading in BPF with BPF host routing over VXLAN.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up vxlan || {
	done_testing
}
like "status says who masquerades and what is left out" "$(node_status node1)" \
	'^Masquerading: +BPF \[enp0s2\] 10\.233\.64\.0/24 \[IPv4: Enabled, IPv6: Disabled\]$'
entries=$(awk '$1 == "MemTotal:" {
	n = int(524288 * int($2 * 1024 * 0.0025) / 149422080)
	print n < 131072 ? 131072 : n
}' /proc/meminfo)
like "the table of flows has the size that this node's memory gives it" "$(node_status node1)" \
	"^hr_nat4 .* $entries\$"
run node_apply node1 "$(bundle_of vxlan)"
like "and a second apply has nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'
masq_past_the_stack
masq_errors
masq_halves
like "another node sees a pod with the node's address" "$(masq_peer node1-client node2)" \
	"^${lab_addr[node1]}:"
ok "a pod of another node is reached" traffic_icmp node1-client "${lab_addr[node2-server]}"

on node1 bpftool map delete pinned /sys/fs/bpf/hostroute/hr_devices4 key hex \
	"$(on node1 cat /sys/class/net/enp0s2/ifindex | awk '{ printf "%02x", $1 % 256 }')" 00 00 00
like "status does not claim a NIC without an address" "$(node_status node1)" \
	'^Masquerading: +incomplete \(0 of 1 NICs\)$'
bundle=$(bundle_of vxlan)
run node_apply node1 "$bundle"
like "apply writes what is missing, and only that" "$(cat "$tap_out")" 'write map hr_devices4: 1 added'
unlike "and loads nothing" "$(cat "$tap_out")" 'load '
done_testing
