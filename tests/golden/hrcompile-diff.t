#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrcompile --diff from outside: ConfigMaps, bundles, and a ConfigMap with what was last applied. What counts
# as a difference is tests/unit/test_diff.c's business.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

export TMPDIR=$tap_dir/tmp XDG_CACHE_HOME=$tap_dir/cache
mkdir "$TMPDIR"
cd "$tap_dir" || exit 1
cp "$example" .

tool() {
	run "$hrcompile" --templates "$top/bpf-templates" --cache "$tap_dir/cache" "$@"
}

# says TITLE REGEX: of the last run, which must have succeeded.
says() {
	is "$1: succeeds" "$status:$(cat "$tap_err")" 0:
	like "$1" "$(cat "$tap_out")" "$2"
}

disruption() {
	sed -n 's/^Disruption: *//p' "$tap_out"
}

# config [KEY VALUE]...: a ConfigMap that this datapath takes, and these keys.
config() {
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\ndata:\n'
	printf '  enable-ipv6: "false"\n  kube-proxy-replacement: disabled\n  enable-host-legacy-routing: "true"\n'
	printf '  enable-ipv4-masquerade: "false"\n'
	if [ $# -gt 0 ]; then printf '  %s: "%s"\n' "$@"; fi
}

# --- with what was last applied ---------------------------------------------------------------------

tool --diff cilium-config.yaml
says "the example differs from what was last applied in its mode" \
	'^Disruption: +reload; mode changes: Legacy to BPF, traffic starts to bypass netfilter$'
while IFS='|' read -r what line; do
	says "it says: $what" "$line"
done <<-'END'
	debug was switched on|^  debug: "False" \(.*@last-applied:1:[0-9]+\) -> "True" \(cilium-config.yaml:17:10\)$
	BPF masquerade was switched on|^  enable-bpf-masquerade: "False" .* -> "True" \(cilium-config.yaml:20:26\)$
	legacy host routing was switched off|^  enable-host-legacy-routing: "True" .* -> "False" 
	host routing changes|^  host-routing: legacy -> bpf 
	masquerading changes|^  masquerade: iptables -> bpf 
	a macro changes|^  ENABLE_HOST_ROUTING: 0 -> 1$
	an object changes|^  bpf_lxc.o: changed \(sha256 [0-9a-f]{12} -> [0-9a-f]{12}\)$
END
is "four keys differ" "$(sed -n '/^Keys:/,/^[A-Z]/p' "$tap_out" | grep -c '^  ')" 4
is "nothing is left behind" "$(ls -A "$TMPDIR")" ""

tool --diff - <cilium-config.yaml
says "standard input can be compared with what was last applied to it" '^Old: +<stdin>@last-applied '

config >plain.yaml
tool --diff plain.yaml
is "a ConfigMap that kubectl apply never saw is refused" "$status:$(cat "$tap_out")" "$input:"
like "at its metadata" "$(cat "$tap_err")" '^plain.yaml:4:3: error: no annotation kubectl.kubernetes.io/last-applied-configuration '

mkdir mounted
printf 'false' >mounted/enable-ipv6
tool --diff mounted
is "a mounted directory too, since it has none" "$status:$(grep -c 'error: a mounted ConfigMap has no annotations' "$tap_err")" "$input:1"

sed 's/"enable-ipv4":"True"/"enable-ipv4":"perhaps"/' cilium-config.yaml >bad.yaml
tool --diff bad.yaml
is "an error in what was applied is told" "$status:$(cat "$tap_out")" "$input:"
like "with its place in there" "$(cat "$tap_err")" '^bad.yaml@last-applied:1:[0-9]+: error: enable-ipv4: "perhaps" is not a boolean'

# --- two ConfigMaps ---------------------------------------------------------------------------------

tool --diff plain.yaml plain.yaml
says "a ConfigMap does not differ from itself" '^No difference\.$'
is "and disrupts nothing" "$(disruption)" none

config debug true enable-ipv4 true >spelt.yaml
run "$hrcompile" --clang no-such-clang --templates "$top/bpf-templates" --diff plain.yaml spelt.yaml
says "a default made explicit is said to be one" '^  enable-ipv4: "true" \(default\) -> "true" \(spelt.yaml:11:16\), now-explicit$'
is "keys that change no macro disrupt nothing, and no compiler is needed to know" "$(disruption)" none

sed 's/disabled/strict/' plain.yaml >strict.yaml
tool --diff plain.yaml strict.yaml
says "a program is attached" '^  from_netdev: now device$'
like "and in the summary" "$(disruption)" '; attachments change'

config preallocate-bpf-maps true >eager.yaml
config preallocate-bpf-maps false >lazy.yaml
tool --diff eager.yaml lazy.yaml
says "a map of another shape is told with both" \
	'^  hr_endpoints4: hash, key 4, value [0-9]+, entries 65535, flags 0 -> hash, .*, flags 0x1: contents are lost$'
like "and in the summary" "$(disruption)" '^reload; maps lost: hr_endpoints4, hr_frontends4, .*, hr_nodes4$'

config tunnel disabled auto-direct-node-routes true ipv4-native-routing-cidr 10.0.0.0/8 >native.yaml
tool --diff plain.yaml native.yaml
says "a tunnel that goes away is told" \
	'^Disruption: .*; tunnel changes: vxlan port 8472 to no tunnel; attachments change; routes between nodes change$'
like "with the map that goes with it" "$(disruption)" 'maps lost: .*hr_ipcache4'

printf 'kind: ConfigMap\ndata:\n  enable-ipv6: "false"\n  enable-ipsec: "true"\n  enable-vtep: "true"\n' >refused.yaml
tool --cilium-version 1.12 --diff plain.yaml refused.yaml
is "a ConfigMap that is refused is not compared" "$status:$(cat "$tap_out")" "$input:"
like "and its errors are told" "$(cat "$tap_err")" '^refused.yaml:4:17: error: enable-ipsec: '

# --- bundles ----------------------------------------------------------------------------------------

"$hrcompile" --quiet --templates "$top/bpf-templates" --cache cache -o bundle plain.yaml >/dev/null 2>&1
tool --diff bundle plain.yaml
says "a bundle does not differ from the ConfigMap it was made of" '^No difference\.$'
tool --diff bundle native.yaml
says "a bundle is compared with another ConfigMap" '^  bpf_overlay.o: removed$'
tool --diff plain.yaml bundle
says "in either order" '^New: +bundle \(bundle, Cilium 1.[0-9]+, host routing: Legacy\)$'
tool --diff bundle
is "a bundle alone is nothing to compare" "$status:$(cat "$tap_out")" "$input:"

cp -r bundle damaged
echo >>damaged/bpf_lxc.o
tool --diff bundle damaged
is "a damaged bundle is not compared" "$status:$(cat "$tap_out")" "$input:"
like "and named" "$(cat "$tap_err")" 'damaged/bpf_lxc.o'

# --- without a compiler -----------------------------------------------------------------------------

run "$hrcompile" --clang no-such-clang --templates "$top/bpf-templates" --diff cilium-config.yaml
is "without clang the status says that a part is missing" "$status" "$environment"
like "the rest is told" "$(cat "$tap_out")" '^  enable-bpf-masquerade: "False" '
like "what is unknown is said to be" "$(disruption)" 'traffic starts to bypass netfilter; objects and maps unknown$'
like "and why" "$(cat "$tap_err")" 'error: no-such-clang: not found'
run "$hrcompile" --clang no-such-clang --templates "$top/bpf-templates" --format json --diff cilium-config.yaml
is "in JSON they are null" "$(grep -cE '^ "(objects|maps)": null,?$' "$tap_out")" 2
is "nothing is left behind by failures" "$(ls -A "$TMPDIR")" ""

# --- interrupted --------------------------------------------------------------------------------------

# A clang that has started and does not end.
cat >slow-clang <<-'END'
	#!/bin/sh
	case $1 in --version) echo 'clang version 14.0.6'; exit ;; esac
	echo $$ >>"$HOME/started"
	exec sleep 1000
END
chmod +x slow-clang
HOME=$PWD "$hrcompile" --clang ./slow-clang --templates "$top/bpf-templates" --no-cache --diff cilium-config.yaml \
	>"$tap_out" 2>"$tap_err" &
pid=$!
until [ -s started ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
kill -TERM "$pid"
status=0
wait "$pid" 2>/dev/null || status=$?
is "a signal ends it as signals do" "$status:$(cat "$tap_out")" 143:
is "and leaves nothing behind" "$(ls -A "$TMPDIR"):$(xargs ps -o comm= -p <started | grep sleep)" :

# --- JSON and usage ---------------------------------------------------------------------------------

tool --format json --diff cilium-config.yaml
is "JSON has these keys in this order" "$(grep -oE '^ "[a-z_]+"' "$tap_out" | tr -d ' \n')" \
	'"schema""tool_version""old""new""differs""disruption""bypass""keys""effective""macros""gaps""attachments""build""objects""maps"'
says "JSON says that traffic starts to bypass netfilter" '^ "bypass": "starts",$'

while IFS='|' read -r title arguments; do
	read -ra words <<<"$arguments"
	tool "${words[@]}"
	is "$title is misuse" "$status:$(wc -l <"$tap_err"):$(cat "$tap_out")" "$usage:1:"
done <<-END
	comparing nothing|--diff
	comparing three|--diff plain.yaml plain.yaml plain.yaml
	comparing standard input with itself|--diff - -
	comparing and checking at once|--diff --check plain.yaml
END

done_testing
