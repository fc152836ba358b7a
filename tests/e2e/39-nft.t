#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2154 # functions that ok calls by name; variables of the files below
#
# The life of the nftables table that masquerades: made, left alone, repaired, replaced, undone, removed, and never at
# the cost of anybody else's tables.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

foreign_tables() {
	on node1 nft -f - <<-'RULES'
		table ip nat {
			chain mine { type nat hook postrouting priority 110; policy accept; ip daddr 192.0.2.1 masquerade; }
		}
		table inet hostroute {
			chain mine { ip daddr 192.0.2.2 accept; }
		}
	RULES
}

has_table() {
	on node1 nft list table ip hostroute
}

is_as_before() {
	node_snapshot node1 >"$tap_dir/after"
	is_file "$1" "$tap_dir/after" "$tap_dir/before"
}

life() {
	run node_apply node1 "$masq" --dry-run
	like "a dry run names the table" "$(cat "$tap_out")" 'would write nftables table ip hostroute'
	is_as_before "and changes nothing"
	ok "apply" node_apply node1 "$masq"
	like "status says who masquerades" "$(node_status node1)" \
		'^Masquerading: +IPTables \[IPv4: Enabled, IPv6: Disabled\]$'
	like "and so does its JSON" "$(on node1 "$hrinstall" status --format json)" '"masquerading": "iptables"'
	on node1 nft -a list ruleset >"$tap_dir/rules"
	run node_apply node1 "$masq"
	like "applying it again finds nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'
	on node1 nft -a list ruleset >"$tap_dir/rules2"
	is_file "and writes no rule again" "$tap_dir/rules2" "$tap_dir/rules"
}

drift() {
	local what=$1
	shift
	on node1 nft "$@"
	run node_status node1
	is "$what: is drift, by exit status" "$status" 12
	like "$what: status says what" "$(cat "$tap_out")" "^Drift: .*table ip hostroute"
	unlike "$what: and claims no masquerading" "$(cat "$tap_out")" '^Masquerading: +IPTables'
	run node_apply node1 "$masq"
	is "$what: apply repairs that alone" "$(head -n -1 "$tap_out")" \
		"write nftables table ip hostroute, which masquerades"
	run node_status node1
	is "$what: status is content" "$status" 0
}

replaced() {
	ok "a bundle that masquerades in BPF takes over" node_apply node1 "$bpf"
	not_ok "and the table is gone" has_table
	ok "the other one comes back" node_apply node1 "$masq"
	ok "and so does its table" has_table
	ok "remove" on node1 "$hrinstall" remove
	is_as_before "remove leaves the node, and the tables of others, as they were"
}

refused() {
	on node1 nft add table ip hostroute
	node_snapshot node1 >"$tap_dir/before-refusal"
	run node_apply node1 "$masq"
	is "a table of that name that is not ours is refused" "$status" 4
	like "in one line that names it" "$(cat "$tap_err")" 'nftables table ip hostroute exists'
	node_snapshot node1 >"$tap_dir/after"
	is_file "and the node is untouched" "$tap_dir/after" "$tap_dir/before-refusal"
	on node1 nft delete table ip hostroute
}

# A program that is attached after the table was written finds its priority taken by a filter for another protocol.
undone() {
	on node1 tc qdisc add dev lxc_server clsact
	on node1 tc filter add dev lxc_server ingress protocol ip prio 1 bpf bytecode '1,6 0 0 0'
	node_snapshot node1 >"$tap_dir/before-failure"
	run node_apply node1 "$masq" --attach tc
	is "an apply that fails after the table was written says so" "$status" 4
	node_snapshot node1 >"$tap_dir/after"
	is_file "and takes the table back with the rest" "$tap_dir/after" "$tap_dir/before-failure"
	on node1 tc qdisc del dev lxc_server clsact
}

if ! { masq=$(bundle_of vxlan legacy iptables-masq) && bpf=$(bundle_of vxlan); }; then
	fail "the example compiles"
	done_testing
fi
ok "somebody else has tables" foreign_tables
node_snapshot node1 >"$tap_dir/before"
life
drift "a rule that went" flush chain ip hostroute postrouting
drift "a rule that came" insert rule ip hostroute postrouting accept
drift "a table that is gone" delete table ip hostroute
replaced
refused
undone
is_as_before "the node is as it was found"
done_testing
