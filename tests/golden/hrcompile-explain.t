#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrcompile --explain from outside: what it says of keys and macros, by a ConfigMap and without, and how it
# refuses. That every name can be explained is tests/unit/test_explain.c's business.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"
example=examples/cilium-config.yaml # as messages name it

# explains TITLE REGEX ARGS...: succeeds without a word on stderr, and a line of the output matches.
explains() {
	local title=$1 regex=$2
	shift 2
	run "$hrcompile" --templates bpf-templates "$@"
	if [ "$status" -ne 0 ] || [ -s "$tap_err" ]; then
		fail "$title" "status $status, $(cat "$tap_err")"
		return
	fi
	like "$title" "$(cat "$tap_out")" "$regex"
}

# refuses TITLE STATUS REGEX ARGS...: nothing on stdout, and a line on stderr matches.
refuses() {
	local title=$1 wanted=$2 regex=$3
	shift 3
	run "$hrcompile" "$@"
	is "$title" "$status:$(cat "$tap_out")" "$wanted:"
	like "$title: says so" "$(cat "$tap_err")" "$regex"
}

# --- from the tables alone --------------------------------------------------------------------------

explains "a key says what it changes" '^  Changes: +masquerade in BPF instead of iptables' \
	--explain enable-bpf-masquerade
explains "and which macros depend on it" '^  Macros: +ENABLE_HOST_ROUTING ' --explain enable-bpf-masquerade
explains "and what this datapath does not do of a key" '^  Not provided: +ARP replies for service addresses \(gap; ' \
	--explain enable-l2-announcements
explains "and which one chooses backends by Maglev" '^  Macros: +ENABLE_MAGLEV' --explain bpf-lb-algorithm
explains "and which rules of which releases look at it" ' HR-MASQ-OFF \(note, up to 1.14\): ' \
	--explain enable-bpf-masquerade
explains "a default that changed is told with its releases" '^  Default: +"6h" \(up to 1.14\)$' \
	--explain bpf-ct-timeout-regular-tcp
explains "and the new one too" '^ +"2h13m20s" \(1.15 and later\)$' --explain bpf-ct-timeout-regular-tcp
explains "a type that changed is told with its releases" '^ +bool, true or false .*\(1.19 and later\)$' \
	--explain kube-proxy-replacement
explains "a value that releases dropped is told with theirs" '^  Values: +"probe" \(up to 1.12\)$' \
	--explain kube-proxy-replacement
explains "a key of some releases names them" '^  Releases: +1.14 and later$' --explain routing-mode
explains "a key for the agent says that nothing built depends on it" '^  Scope: +agent: changes nothing' \
	--explain debug
explains "a key that the agent does not read says so" '^  Scope: +other: not read by the agent' \
	--explain etcd-config
explains "a deprecated name leads to its key" '^bpf-ct-global-tcp-max \(asked for as ct-global-max-entries-tcp\)$' \
	--explain ct-global-max-entries-tcp
explains "a macro says what it means" '^  Means: +1: pod packets go past the host stack' \
	--explain ENABLE_HOST_ROUTING
explains "and which keys it comes from" '^  Keys: +enable-host-legacy-routing$' --explain ENABLE_HOST_ROUTING
explains "and which objects it may change, by what they include" '^  May change: +bpf_host.o, bpf_overlay.o$' \
	--explain LOCAL_NODE_ID
explains "a macro in a header may change all that include it" '^  May change: +bpf_lxc.o, bpf_host.o, bpf_overlay.o, bpf_sock.o$' \
	--explain PREALLOCATE_MAPS
explains "a macro that no key changes says so" '^  Keys: +none: the same for every ConfigMap$' \
	--explain NODES_MAP_SIZE

# --- by a ConfigMap ---------------------------------------------------------------------------------

explains "a value is told with its place" '^  Value: +"True" \(examples/cilium-config.yaml:20:26\)$' \
	--explain enable-bpf-masquerade "$example"
explains "and with what is in force" '^  In force: +masquerade: bpf ' --explain enable-bpf-masquerade "$example"
explains "and whether a rule holds" ' HR-IPTABLES-MASQUERADE does not hold here \(legacy\): ' \
	--explain enable-bpf-masquerade "$example"
explains "a default is told as one, with its release" '^  Value: +"" \(default of 1.12\)$' --explain devices "$example"
explains "a key of another release has no value" '^  Value: +none: Cilium 1.12 has no such key$' \
	--explain routing-mode "$example"
explains "a size is told with its entries" '^  In force: +map ct-tcp: 524288 entries' \
	--explain bpf-ct-global-tcp-max "$example"
explains "a macro is told with its value" '^  Value: +1$' --explain ENABLE_HOST_ROUTING "$example"
explains "and with the places of its keys" '^ +kube-proxy-replacement: "probe" \(examples/cilium-config.yaml:46:27\)$' \
	--explain ENABLE_HOST_ROUTING "$example"

run "$hrcompile" --templates bpf-templates --explain tunnel --explain debug --explain TUNNEL_MODE "$example"
is "several names are told one after the other" "$status:$(grep -v '^ ' "$tap_out" | tr '\n' ' ')" \
	'0:tunnel  debug  TUNNEL_MODE '

cat >"$tap_dir/overrides.yaml" <<-'END'
	apiVersion: cilium.io/v2
	kind: CiliumNodeConfig
	metadata: {name: all}
	spec:
	  nodeSelector: {}
	  defaults:
	    tunnel-port: "4789"
END
cat >"$tap_dir/base.yaml" <<-'END'
	kind: ConfigMap
	data:
	  enable-ipv6: "false"
	  tunnel-port: "8473"
	  ct-global-max-entries-tcp: "4096"
END
run "$hrcompile" --cilium-version 1.14 --explain tunnel-port --node-config "$tap_dir/overrides.yaml" "$tap_dir/base.yaml"
like "an override is in force, at its own place" "$(cat "$tap_out")" '^  Value: +"4789" \(.*/overrides.yaml:7:18\)$'
like "and what it overrides is told" "$(cat "$tap_out")" '^  Ignored: +tunnel-port: "8473" \(.*/base.yaml:4:16\)$'
explains "the name in the ConfigMap is told when it is another" '^  Written as: +ct-global-max-entries-tcp$' \
	--cilium-version 1.12 --explain bpf-ct-global-tcp-max "$tap_dir/base.yaml"

# --- JSON -------------------------------------------------------------------------------------------

explains "JSON names its schema" '"schema": "hostroute.explain/1"' --format json --explain tunnel
explains "JSON has null for what only a ConfigMap knows" '"value": null' --format json --explain tunnel
explains "JSON has the value and its origin" '"origin": "examples/cilium-config.yaml:54:11"' \
	--format json --explain tunnel "$example"
run "$hrcompile" --templates bpf-templates --format json --explain tunnel --explain TUNNEL_MODE "$example"
is "JSON has these keys in this order" \
	"$(grep -oE '^   ?"[a-z_]+"' "$tap_out" | tr -d ' \n')" \
	'"name""asked""help""value""origin""written_as""ignored""in_force""map_size""periods""deprecated_name""values""macros""scope_rows""rules""name""help""value""keys""objects"'

# --- what cannot be explained -----------------------------------------------------------------------

mkdir "$tap_dir/empty"
run "$hrcompile" --templates "$tap_dir/empty" --explain TUNNEL_MODE
is "without templates the status says that a part is missing" "$status:$(grep -c . "$tap_err")" "$environment:1"
like "what is unknown is said to be" "$(cat "$tap_out")" '^  May change: +unknown'
like "and the rest is told" "$(cat "$tap_out")" '^  Keys: +tunnel'
refuses "an unknown name is misuse" "$usage" '^hrcompile: error: fooo: neither a key of Cilium nor a macro of this datapath$' \
	--explain fooo
refuses "a misspelt key gets the nearest one" "$usage" \
	'^hrcompile: error: enable-bpf-masquarade: .*\(did you mean enable-bpf-masquerade\?\)$' --explain enable-bpf-masquarade
refuses "a misspelt macro too" "$usage" '\(did you mean ENABLE_HOST_ROUTING\?\)$' --explain ENABLE_HOST_ROUTIN
refuses "a ConfigMap that cannot be read explains nothing" "$input" '^none.yaml: error: ' --explain tunnel none.yaml
refuses "two ConfigMaps are misuse" "$usage" 'one ConfigMap at a time' --explain tunnel "$example" "$example"
refuses "explaining and checking at once is misuse" "$usage" 'exclude each other' --check --explain tunnel "$example"

printf 'kind: ConfigMap\ndata:\n  enable-ipv6: "false"\n  enable-ipsec: "true"\n' >"$tap_dir/refused.yaml"
run "$hrcompile" --templates bpf-templates --cilium-version 1.12 --explain enable-ipsec --explain TUNNEL_MODE "$tap_dir/refused.yaml"
is "by a ConfigMap that is refused it explains, but does not succeed" "$status" "$input"
like "with the error" "$(cat "$tap_err")" 'refused.yaml:4:17: error: enable-ipsec: '
like "and the row that refuses" "$(cat "$tap_out")" '^  Not provided: +IPsec encryption \(refused; .*: asked for here$'
unlike "without values of macros, which there are none of" "$(cat "$tap_out")" '^  Value: +[01]$'

done_testing
