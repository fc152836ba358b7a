#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that ok calls by name
#
# hrcompile --fleet: several ConfigMaps for several targets in one run.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

cd "$tap_dir" || exit 1
export XDG_CACHE_HOME=$tap_dir/cache

# config NAME IPV6 KPR [KEY VALUE]...
config() {
	local name=$1 ipv6=$2 kpr=$3
	shift 3
	{
		printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\ndata:\n'
		printf '  enable-ipv6: "%s"\n  kube-proxy-replacement: %s\n  enable-ipv4-masquerade: "false"\n' "$ipv6" "$kpr"
		if [ $# -gt 0 ]; then printf '  %s: "%s"\n' "$@"; fi
	} >"$name.yaml"
}

# target NAME KERNEL-FIELDS
target() {
	printf '{ "schema": "hostroute.node/1", "kernel": { "release": "%s", "base": "all"%s } }\n' "$2" "$3" >"$1.json"
}

fleet() {
	run "$hrcompile" --fleet --templates "$top/bpf-templates" --cilium-version 1.12 "$@" </dev/null
}

config prod false probe tunnel vxlan
config edge false probe tunnel vxlan enable-host-legacy-routing true
config firm false strict tunnel vxlan
config six true strict
target new 6.12.0 ''
target old 5.9.0 ', "missing_helpers": [["sched_cls", "redirect_peer"], ["sched_cls", "redirect_neigh"]]'
two=(--target new.json --target old.json)

fleet "${two[@]}" -o out prod.yaml edge.yaml
is "every combination of two configs and two targets is built" "$status:$(grep -c . "$tap_out")" 0:6
like "a capable kernel gets BPF" "$(cat "$tap_out")" "prod +new +1\.12 +BPF$"
like "an old one falls back, and the table says why" "$(cat "$tap_out")" "prod +old +1\.12 +Legacy +.*\(HR-"
like "a config that asks for legacy says so" "$(cat "$tap_out")" "edge +new +1\.12 +Legacy +.*\(HR-LEGACY-FORCED\)"
is "fleet.json has the same rows" \
	"$(tr -d ' \n' <out/fleet.json | grep -oE '"mode":"[A-Za-z]+"' | tr '\n' ' ')" \
	'"mode":"BPF" "mode":"Legacy" "mode":"Legacy" "mode":"Legacy" '

"$hrcompile" --quiet --templates "$top/bpf-templates" --cilium-version 1.12 --target old.json -o alone prod.yaml >/dev/null
is "a bundle of a fleet is the bundle that a run of its own makes" "$(diff -r alone out/prod/old 2>&1)" ""
is "equal objects are one file" "$(stat -c %i out/prod/old/bpf_lxc.o)" "$(stat -c %i out/edge/new/bpf_lxc.o)"
not_ok "different ones are not" test "$(stat -c %i out/prod/new/bpf_lxc.o)" = "$(stat -c %i out/prod/old/bpf_lxc.o)"
like "the last line counts them" "$(tail -n 1 "$tap_out")" '^4 of 4 combinations have a bundle; 16 objects, 9 of them stored$'
is "everybody may read it" "$(find out -type d ! -perm 755 -o -type f ! -perm 644)" ""

fleet "${two[@]}" -o out --format json prod.yaml
is "another run replaces the whole fleet" "$status:$(ls out)" $'0:fleet.json\nprod'
is "the JSON document is fleet.json" "$(cat "$tap_out")" "$(cat out/fleet.json)"

fleet "${two[@]}" -o strict firm.yaml
is "strict does with no less: only a target that has everything gets a bundle" "$status:$(ls strict/firm)" "$input:new"
like "and the row of the other says what of" "$(cat "$tap_out")" "firm +old +1\.12 +none +.*NodePort.*\[HR-OWN-NODEPORT\]"

fleet -o out prod.yaml six.yaml
is "a config that cannot be built is a row, and status $input" "$status:$(grep -c ' none ' "$tap_out")" "$input:1"
like "its row says why" "$(cat "$tap_out")" "six +any +1\.12 +none +.*IPv6"
is "the others are there" "$(ls -d out/*/*)" out/prod/any

cp -r out before
fleet -o out six.yaml
is "when nothing can be built, what was there stays" "$status:$(diff -r before out 2>&1)" "$input:"
fleet -o fresh six.yaml
is "and nothing new appears" "$status:$(ls -d fresh* 2>/dev/null)" "$input:"

fleet -o alone prod.yaml
not_ok "a bundle is not replaced by a fleet" test "$status" = 0
like "and the error says what is there" "$(cat "$tap_err")" "alone exists and is not a fleet"
run "$hrcompile" --templates "$top/bpf-templates" -o out prod.yaml
not_ok "nor a fleet by a bundle" test "$status" = 0

mkdir -p other && cp prod.yaml other/prod.yml
fleet -o out prod.yaml other/prod.yml
is "two configs of one name are misuse" "$status:$(cat "$tap_err")" \
	"$usage:hrcompile: error: --fleet: two inputs are named prod (see hrcompile --help)"
fleet -o out -
is "stdin has no name" "$status" "$usage"
run "$hrcompile" --target new.json --target old.json prod.yaml
is "several targets without --fleet are misuse" "$status" "$usage"
run "$hrcompile" prod.yaml edge.yaml
is "and so are several configs" "$status" "$usage"
is "no stage is left" "$(find . -name '*.tmp.*')" ""

done_testing
