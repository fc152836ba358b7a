#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that run calls by name
#
# Kernels that lack something: hrinstall refuses what cannot run here before it touches the node, and neither it
# nor hrprobe asks for what it does not need. On an old kernel the lack is real, elsewhere it is made.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

is_as_before() {
	node_snapshot node1 >"$tap_dir/after"
	is_file "$1" "$tap_dir/after" "$tap_dir/before"
}

# lacking WHAT BUNDLE PATTERN: the bundle is refused, and stderr names what lacks.
lacking() {
	run node_apply node1 "$2"
	is "$1: apply is refused, by exit status" "$status" 4
	is "$1: in one line" "$(wc -l <"$tap_err")" 1
	like "$1: that names it" "$(cat "$tap_err")" "this kernel lacks $3.*bpf_lxc"
	is_as_before "$1: the node is untouched"
	run node_apply node1 "$2" --dry-run
	is "$1: a dry run says the same" "$status" 4
	run node_status node1
	is "$1: nothing is installed" "$status" 13
}

# A kernel built without CONFIG_DEBUG_INFO_BTF: the directory of its BTF is not there.
without_btf() {
	# shellcheck disable=SC2016 # expands in there
	on node1 unshare --mount sh -c 'mount -t tmpfs -o ro none /sys/kernel/btf && exec "$@"' sh "$@"
}

if ! { nothing=$(bundle_calling_nothing) && newer=$(bundle_calling_newer) && vxlan=$(bundle_of vxlan); }; then
	fail "the bundles compile"
	done_testing
fi
node_snapshot node1 >"$tap_dir/before"

lacking "a helper that no kernel has" "$nothing" '.*4000'
if grep -qa BPF_FUNC_skb_set_tstamp /sys/kernel/btf/vmlinux; then
	ok "a helper of 5.18 that this kernel has: apply" node_apply node1 "$newer"
	ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
	ok "remove" on node1 "$hrinstall" remove
else
	lacking "a helper of 5.18" "$newer" '.*skb_set_tstamp'
fi

run without_btf test -e /sys/kernel/btf/vmlinux
is "the kernel's BTF is hidden" "$status" 1
run without_btf "$hrprobe" --config examples/cilium-config.yaml
is "without BTF: hrprobe still learns all it needs" "$status" 0
like "and says BPF" "$(cat "$tap_out")" '^Host Routing: +BPF'
ok "without BTF: apply" without_btf "$hrinstall" apply "$vxlan" --state "$(lab_state_file node1)"
ok "and pods reach each other" traffic_icmp node1-client 10.233.64.94
ok "remove" on node1 "$hrinstall" remove
is_as_before "the node is as it was found"
done_testing
