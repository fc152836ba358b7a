#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrprobe from outside, where the answer does not depend on the machine it runs on: exit statuses, input
# that is refused, and what the config alone decides.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

# with KEY VALUE: the example with another value of a key.
with() {
	sed -E "s|^  $1: .*|  $1: \"$2\"|" "$example"
}

# says TITLE STATUS REGEX ARGS...: exit status, and one complaint on stderr that matches.
says() {
	local title=$1 want=$2 regex=$3 wrong=
	shift 3
	run "$hrprobe" "$@" </dev/null
	[ "$status" -eq "$want" ] || wrong+="exit status $status, not $want; "
	[ "$(grep -c -v '^  ' "$tap_err")" -eq 1 ] || wrong+="not one complaint; "
	grep -Eq -- "$regex" "$tap_err" || wrong+="stderr does not match /$regex/; "
	if [ -z "$wrong" ]; then pass "$title"; else fail "$title" "$wrong$(cat "$tap_err")"; fi
}

says "an unknown option" $usage '--frobnicate' --frobnicate
says "an operand" $usage 'surplus|operand|argument' surplus
says "a format there is not" $usage 'yaml' --format yaml
says "a pod CIDR with host bits" $usage '10.0.0.1/8' --config "$example" --pod-cidr 10.0.0.1/8
says "an IPv6 pod CIDR with host bits" $usage 'fd01::1/96' --config "$example" --pod-cidr fd01::1/96
says "a node IP of neither family" $usage 'fd00::g' --config "$example" --node-ip fd00::g
says "a release whose rules this build does not have" $usage '1\.20.*1\.9 to 1\.19' --config "$example" --cilium-version 1.20
says "every release without a config" $usage 'all needs --config' --cilium-version all
for odd in '--format labels' '--format env' '--require legacy' '--functional'; do
	# shellcheck disable=SC2086 # two words
	says "every release with $odd" $usage 'all goes with --format text or json' \
		--config "$example" --cilium-version all $odd
done
run "$hrprobe" --config "$example" --cilium-version all
is "every release of a config, the refused ones too, is a success" "$status" 0
like "with a row for each" "$(cat "$tap_out")" '^1\.9 +.*HR-'
like "and why" "$(cat "$tap_out")" '^1\.16 +refused: HR-KPR-MODE: .*\("probe"\)$'
says "a file that does not exist" $input 'no-such-file.yaml.*No such file' --config no-such-file.yaml
says "indentation lost in copying" $input 'indentation' --config tests/unit/data/configmap/flat.txt

printf 'data: [\n' >"$tap_dir/broken.yaml"
says "invalid YAML, with its place" $input 'broken.yaml:[0-9]+:[0-9]+: error' --config "$tap_dir/broken.yaml"
with enable-ipv4 yes >"$tap_dir/yes.yaml"
says "a value that the agent would not read" $refused 'yes.yaml:23:16: error: enable-ipv4: "yes"' \
	--config "$tap_dir/yes.yaml"

with tunnel gre >"$tap_dir/gre.yaml"
run "$hrprobe" --config "$tap_dir/gre.yaml"
is "a config that the agent would refuse" "$status" $refused
like "with the key that it would name" "$(cat "$tap_out")" 'tunnel'

with enable-host-legacy-routing True >"$tap_dir/legacy.yaml"
run "$hrprobe" --config "$tap_dir/legacy.yaml"
is "legacy that the config decides alone" "$status" $legacy
like "is what the status line says" "$(cat "$tap_out")" '^Host Routing: +Legacy$'
run "$hrprobe" --config "$tap_dir/legacy.yaml" --require legacy
is "and is success where legacy is required" "$status" 0
run "$hrprobe" --quiet --config "$tap_dir/legacy.yaml"
is "--quiet leaves the status alone, and says nothing" "$status:$(cat "$tap_out" "$tap_err")" $legacy:

sed 's/^  debug:/  debugg:/' "$tap_dir/legacy.yaml" >"$tap_dir/typo.yaml"
says "an unknown key is a warning with the nearest one" $legacy 'warning:.*debugg.*did you mean debug' \
	--config "$tap_dir/typo.yaml"

run "$hrprobe" --config "$tap_dir/legacy.yaml"
like "auto says which release it read, and why" "$(cat "$tap_out")" \
	'^Read as Cilium 1\.12: kube-proxy-replacement: probe ends with 1\.12 '
run "$hrprobe" --config "$tap_dir/legacy.yaml" --cilium-version v1.16.3
is "a named release judges by its own rules" "$status" $refused
like "and warns of keys that it does not have" "$(cat "$tap_err")" \
	'warning: tunnel: not a key of Cilium 1\.16 \(up to 1\.14\)'

with kube-proxy-replacement strict >"$tap_dir/strict.yaml"
cat >"$tap_dir/node.yaml" <<-'EOF'
	apiVersion: cilium.io/v2alpha1
	kind: CiliumNodeConfig
	metadata: {name: edge}
	spec:
	  nodeSelector: {matchLabels: {pool: edge}}
	  defaults:
	    enable-host-legacy-routing: "true"
EOF
run "$hrprobe" --config "$tap_dir/strict.yaml" --cilium-version 1.13 --node-config "$tap_dir/node.yaml" \
	--node-label pool=edge --format json
is "a CiliumNodeConfig overrides the ConfigMap on a node that it selects" "$status" $legacy
like "and is the origin of its values" "$(cat "$tap_out")" '"enable-host-legacy-routing": ".*/node.yaml:7:33"'
run "$hrprobe" --config "$tap_dir/strict.yaml" --cilium-version 1.13 --node-config "$tap_dir/node.yaml" \
	--node-label pool=core --format json
like "and not on another" "$(cat "$tap_out")" '"enable-host-legacy-routing": ".*/strict.yaml:[0-9]+:[0-9]+"'
says "a label without a value" $usage 'pool.*key=value' --config "$example" --node-label pool
says "node configs without a config" $usage 'need --config' --node-config "$tap_dir/node.yaml"

run "$hrprobe" --config "$tap_dir/legacy.yaml" --format labels
is "labels give the verdict" "$status:$(grep -c '^hostroute.example/verdict=legacy$' "$tap_out")" $legacy:1
is "every label and its value is one that Kubernetes takes" "$(grep -vE \
	'^hostroute\.example/[a-z][a-z-]*=[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$' "$tap_out")" ""

run "$hrprobe" --config "$tap_dir/legacy.yaml" --format macros
cp "$tap_out" "$tap_dir/macros.h"
ok "the macros are C, with every warning on" "${CC:-cc}" -Wall -Wextra -Werror -fsyntax-only -x c "$tap_dir/macros.h"
like "and answer what was asked" "$(cat "$tap_out")" 'HAVE_HELPER_SCHED_CLS_REDIRECT_PEER'

hostile="it's \`touch owned\` \$(touch owned) \"; \\' *.yaml"
cp "$tap_dir/legacy.yaml" "$tap_dir/$hostile"
run env -C "$tap_dir" "$hrprobe" --config "$hostile" --format env
# shellcheck disable=SC2016 # what the inner shell reads
is "the assignments are read by a shell, whatever is in them" \
	"$(env -C "$tap_dir" sh -c 'set -eu; eval "$1"; printf %s "$HR_VERDICT:$HR_EXIT_STATUS:$HR_CONFIG_SOURCE"' \
		- "$(cat "$tap_out")")" \
	"legacy:$legacy:$hostile"
not_ok "and nothing in them is run" test -e "$tap_dir/owned"
is "all four status lines are there" "$(grep -Ec \
	'^HR_(KUBE_PROXY_REPLACEMENT|HOST_ROUTING|MASQUERADING|BANDWIDTH_MANAGER)=' "$tap_out")" 4
is "each is one line" "$(grep -vEc "^HR_[A-Z0-9_]+='.*'\$" "$tap_out")" 0

run "$hrprobe" --config - <"$tap_dir/legacy.yaml"
is "the ConfigMap may come by standard input" "$status" $legacy
says "an object that does not exist" $input 'no-such.o.*No such file' --object no-such.o
says "an object that is none" $input 'cilium-config.yaml: not a BPF object' --object "$example"
says "a bundle without objects" $input 'examples: there is no object' --bundle examples
says "objects and a config at once" $usage 'not with --config' --object x.o --config "$example"
says "objects as labels" $usage 'text or json' --object x.o --format labels
says "packets through a kernel that does not run" $usage '--functional asks the running kernel' \
	--functional --kconfig no-such-file
ok "--help" "$hrprobe" --help
done_testing
