#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2317 # shell texts of their own; functions that refused calls by name
#
# What hrinstall and hrcompile say to bad input: one line that names the thing, the documented exit status,
# and the node, or the old bundle, as it was.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

usage=2 input=3 environment=4
bundle=$(bundle_of vxlan) || {
	fail "the example compiles"
	done_testing
}
state=$(lab_state_file node1)
node_snapshot node1 >"$tap_dir/before"

# complaints: what a user must read. A position comes with the line it points at, which is part of it.
complaints() {
	grep -c -v '^  ' "$tap_err"
}

# refused TITLE STATUS REGEX CMD...
refused() {
	local title=$1 want=$2 regex=$3 wrong=
	shift 3
	run "$@"
	[ "$status" -eq "$want" ] || wrong+="exit status $status, not $want; "
	[ "$(complaints)" -eq 1 ] || wrong+="$(complaints) lines, not one; "
	grep -Eq -- "$regex" "$tap_err" || wrong+="stderr does not match /$regex/; "
	node_snapshot node1 >"$tap_dir/after"
	cmp -s "$tap_dir/before" "$tap_dir/after" || wrong+="the node has changed; "
	if [ -z "$wrong" ]; then
		pass "$title"
	else
		fail "$title" "$wrong stderr:" "$(cat "$tap_err")"
	fi
}

install_on_node1() {
	on node1 "$hrinstall" "$@"
}

# bundle_with FILE CMD...: a copy of the bundle in which CMD has changed FILE.
bundle_with() {
	local file=$1
	shift
	rm -rf "$tap_dir/bundle"
	cp -r "$bundle" "$tap_dir/bundle"
	"$@" "$tap_dir/bundle/$file"
}

# state_with SED-SCRIPT
state_with() {
	sed "$1" "$state" >"$tap_dir/state.yaml"
}

flip_a_byte() {
	local byte
	byte=$(od -An -tu1 -j 200 -N 1 "$1")
	printf '%b' "\\x$(printf '%02x' $((byte ^ 1)))" |
		dd of="$1" bs=1 seek=200 conv=notrunc status=none
}

# By copies that nobody may read: the checkout may lie below a directory that is root's alone.
apply_as_nobody() {
	install -m 755 "$hrinstall" "$lab_scratch/hrinstall"
	install -m 644 "$state" "$lab_scratch/node1.yaml"
	cp -r "$bundle" "$lab_scratch/nobodys"
	on node1 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all \
		"$lab_scratch/hrinstall" apply "$lab_scratch/nobodys" --state "$lab_scratch/node1.yaml"
}

without_bpffs() {
	on node1 unshare --mount sh -c 'umount /sys/fs/bpf && exec "$0" "$@"' "$hrinstall" "$@"
}

refused "no command" $usage 'command|--help' install_on_node1
refused "an unknown command" $usage 'frobnicate' install_on_node1 frobnicate
refused "apply without a bundle" $usage 'bundle|BUNDLE' install_on_node1 apply --state "$state"
refused "apply without a state" $usage '--state' install_on_node1 apply "$bundle"
refused "an unknown attach mode" $usage 'netkit' \
	install_on_node1 apply "$bundle" --state "$state" --attach netkit
refused "a bundle that is not there" $input 'no-such-bundle' \
	install_on_node1 apply "$tap_dir/no-such-bundle" --state "$state"
refused "a state file that is not there" $input 'no-such-state' \
	install_on_node1 apply "$bundle" --state "$tap_dir/no-such-state.yaml"

state_with 's/^node:/node: [/'
refused "a state file that is not YAML" $input 'state.yaml:[0-9]+:[0-9]+: error' \
	install_on_node1 apply "$bundle" --state "$tap_dir/state.yaml"
state_with 's/10.233.64.93/10.233.99.93/'
refused "an endpoint outside the pod CIDR" $input 'state.yaml:[0-9]+:[0-9]+: error:.*10.233.99.93' \
	install_on_node1 apply "$bundle" --state "$tap_dir/state.yaml"
state_with 's/lxc_client/lxc_missing/'
refused "an endpoint's interface that does not exist" $environment 'lxc_missing' \
	install_on_node1 apply "$bundle" --state "$tap_dir/state.yaml"
refused "a device that does not exist" $environment 'nosuch0' \
	install_on_node1 apply "$bundle" --state "$state" --device nosuch0

bundle_with manifest.json sed -i 's#hostroute.bundle/1#hostroute.bundle/9#'
refused "a bundle of another schema" $input 'hostroute.bundle/9' \
	install_on_node1 apply "$tap_dir/bundle" --state "$state"
bundle_with bpf_lxc.o flip_a_byte
refused "a corrupted object" $input 'bpf_lxc.o' \
	install_on_node1 apply "$tap_dir/bundle" --state "$state"
bundle_with bpf_host.o rm
refused "a bundle that lacks an object" $input 'bpf_host.o' \
	install_on_node1 apply "$tap_dir/bundle" --state "$state"

refused "no root" $environment 'root|privilege|permi|CAP_' apply_as_nobody
refused "no bpffs" $environment '/sys/fs/bpf' without_bpffs apply "$bundle" --state "$state"
refused "a directory that is no bpffs" $environment "$tap_dir" \
	install_on_node1 apply "$bundle" --state "$state" --bpffs "$tap_dir"

on node1 ip link add hr_host type bridge
node_snapshot node1 >"$tap_dir/before"
refused "a device of our name that is not ours" $environment 'hr_host' \
	install_on_node1 apply "$bundle" --state "$state"
on node1 ip link del hr_host
node_snapshot node1 >"$tap_dir/before"

refused "an endpoint before there is a bundle" $environment 'apply|not set up|no bundle' \
	install_on_node1 endpoint add --ip 10.233.64.93 --interface lxc_client --mac 02:00:0a:e9:40:5d

ok "after all of that the node takes the bundle" node_apply node1 "$bundle"
node_snapshot node1 >"$tap_dir/before"
refused "an endpoint address that is none" $usage '10.233.64' install_on_node1 \
	endpoint add --ip 10.233.64 --interface lxc_client --mac 02:00:0a:e9:40:5d
refused "an endpoint on an interface that does not exist" $environment 'lxc_missing' install_on_node1 \
	endpoint add --ip 10.233.64.95 --interface lxc_missing --mac 02:00:0a:e9:40:5f
bundle_with bpf_lxc.o flip_a_byte
refused "a corrupted object over a working bundle" $input 'bpf_lxc.o' \
	install_on_node1 apply "$tap_dir/bundle" --state "$state"
ok "and that one still works" traffic_icmp node1-client "${lab_addr[node1-server]}"

# hrcompile: the old bundle is what must not change.
old=$tap_dir/old
cp -r "$bundle" "$old"
bundle_digest() {
	(cd "$old" && find . -type f -exec sha256sum {} + | sort)
}
before=$(bundle_digest)
refused "no clang" $environment '/no/such/clang' \
	"$hrcompile" --quiet --templates bpf-templates --clang /no/such/clang -o "$old" examples/cilium-config.yaml
lab_config legacy | sed 's/^\(  enable-ipv4:\).*/\1 "yes"/' >"$tap_dir/config.yaml"
refused "a value of the wrong type" $input 'config.yaml:[0-9]+:[0-9]+: error: .*enable-ipv4' \
	"$hrcompile" --quiet -o "$old" "$tap_dir/config.yaml"
refused "a config that is not there" $input 'no-such-config' \
	"$hrcompile" --quiet -o "$old" "$tap_dir/no-such-config.yaml"
is "the old bundle is whole after each of them" "$(bundle_digest)" "$before"
is "and nothing lies beside it" "$(find "$tap_dir" -maxdepth 1 -name 'old*' | wc -l)" 1
done_testing
