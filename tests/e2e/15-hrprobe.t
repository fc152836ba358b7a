#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # awk programs
#
# hrprobe in the lab's first node: the agent of the example's cluster reported three lines there
# (cilium status), and hrprobe predicts the same three.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

reported='KubeProxyReplacement: Probe [enp0s2 192.168.64.8]
Host Routing: BPF
Masquerading: BPF [enp0s2] 10.233.64.0/24 [IPv4: Enabled, IPv6: Disabled]'

probe_example() {
	run on node1 "$hrprobe" --config "$1" --pod-cidr "$(lab_node node1 pod-cidr)"
	predicted=$(sed -n 's/[[:space:]]\{1,\}/ /g; /^KubeProxyReplacement:\|^Host Routing:\|^Masquerading:/p' \
		"$tap_out")
}

node_snapshot node1 >"$tap_dir/before"
probe_example examples/cilium-config.yaml
is "the three lines are those the agent reported" "$predicted" "$reported"
is "BPF host routing is exit status 0" "$status" 0
is "nothing is said on stderr" "$(cat "$tap_err")" ""

# The annotation of the example holds an older configuration, in which all of these are the other way round.
sed '/last-applied-configuration/,/^ *{"apiVersion"/d' examples/cilium-config.yaml >"$tap_dir/plain.yaml"
is "the annotation is cut out for comparison" "$(grep -c apiVersion "$tap_dir/plain.yaml")" 1
cp "$tap_out" "$tap_dir/with"
probe_example "$tap_dir/plain.yaml"
is_file "the annotation's values do not leak into the verdict" \
	<(sed 's/[^ ]*\.yaml/FILE/g' "$tap_out") <(sed 's/[^ ]*\.yaml/FILE/g' "$tap_dir/with")

lab_config legacy >"$tap_dir/legacy.yaml"
probe_example "$tap_dir/legacy.yaml"
is "enable-host-legacy-routing is exit status 10" "$status" 10
like "and the line of that mode" "$predicted" '^Host Routing: Legacy$'
like "the key that decides is named" "$(cat "$tap_out")" enable-host-legacy-routing

run on node1 "$hrprobe" --config examples/cilium-config.yaml --format json
is "JSON has the same exit status" "$status" 0
ok "JSON is an object from the first to the last byte" awk \
	'NR == 1 && !/^\{/ { exit 1 } { last = $0 } END { exit last !~ /\}$/ }' "$tap_out"
like "JSON says the mode" "$(cat "$tap_out")" '"BPF"'

run on node1 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all \
	"$hrprobe" --config examples/cilium-config.yaml
is "without privilege the verdict is undetermined, not a guess" "$status" 20
unlike "and is not called BPF" "$(cat "$tap_out")" '^Host Routing: +BPF'

node_snapshot node1 >"$tap_dir/after"
is_file "the node is as it was" "$tap_dir/after" "$tap_dir/before"
done_testing
