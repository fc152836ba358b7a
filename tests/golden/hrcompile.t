#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrcompile from outside. First what it prints: a folder per case under hrcompile/, with `args`, its input,
# and `stdout`, `stderr`, `status` as they should be; `hrcompile.t --update` writes the last three, to be
# read before they are believed. Then what it leaves on disk.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

templates=(--templates "$top/bpf-templates")

# --- what it prints ---------------------------------------------------------------------------------

# Runs in the case's folder, so that messages name files as they lie there.
run_case() {
	local -a words
	read -ra words <args
	run "$hrcompile" "${words[@]}" </dev/null
	echo "$status" >"$tap_dir/status"
}

compare_case() {
	local name=$1 wrong=
	for part in status stdout stderr; do
		cmp -s -- "$part" "$tap_dir/$part" || wrong+=$(diff -u -L "$part wanted" -L "$part got" -- "$part" "$tap_dir/$part")$'\n'
	done
	if [ -z "$wrong" ]; then pass "$name"; else fail "$name" "$wrong"; fi
}

for case in "$top"/tests/golden/hrcompile/*/; do
	cd "$case" || exit 1
	run_case
	if [ "${1:-}" = --update ]; then cp "$tap_dir"/{status,stdout,stderr} .; fi
	compare_case "$(basename "$case" | tr - ' ')"
done
cd "$tap_dir" || exit 1

# --- keys that are refused --------------------------------------------------------------------------

# config [KEY VALUE]...: a ConfigMap that this datapath takes, and these keys.
config() {
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\ndata:\n'
	printf '  enable-ipv6: "false"\n  kube-proxy-replacement: disabled\n  enable-host-legacy-routing: "true"\n'
	printf '  enable-ipv4-masquerade: "false"\n'
	if [ $# -gt 0 ]; then printf '  %s: "%s"\n' "$@"; fi
}

config >plain.yaml
run "$hrcompile" --check plain.yaml
is "a config within the scope has nothing to complain of" "$status:$(cat "$tap_err")" 0:

while read -r key value; do
	config "$key" "$value" >refused.yaml
	run "$hrcompile" --check refused.yaml
	is "$key: $value is refused in one line that names it" "$status:$(grep -v '^  ' "$tap_err" | cut -d' ' -f1-4)" \
		"$input:refused.yaml:10:$((${#key} + 5)): error: $key: \"$value\""
done <<-END
	enable-ipsec true
	enable-wireguard true
	encrypt-node true
	enable-host-firewall true
	enable-policy always
	policy-audit-mode true
	enable-bpf-tproxy true
	enable-envoy-config true
	enable-local-redirect-policy true
	datapath-mode lb-only
	cni-chaining-mode generic-veth
	ipam eni
	enable-endpoint-routes true
	enable-local-node-route false
	cluster-id 256
	enable-ipv4-egress-gateway true
	install-egress-gateway-routes true
	enable-vtep true
	enable-srv6 true
	vlan-bpf-bypass 4000
	sockops-enable true
	install-no-conntrack-iptables-rules true
	enable-xdp-prefilter true
	bpf-lb-acceleration native
	node-port-acceleration native
	enable-bandwidth-manager true
	enable-custom-calls true
	enable-recorder true
	enable-mke true
END

# --- other forms of the same input ------------------------------------------------------------------

defines() {
	run "$hrcompile" --emit-headers "$1"
	grep '^#define' "$tap_out"
}

wanted=$(defines "$example")
like "the example's header defines the mode" "$wanted" '^#define ENABLE_HOST_ROUTING 1$'

# Every key of the example but the one with several lines, which nothing depends on.
keys() {
	sed -n '/^data:/,/^kind:/s/^  \([a-z0-9-]*\): \(.*\)$/\1 \2/p' "$example" | grep -v '^etcd-config'
}
mkdir mounted
keys | while read -r key value; do
	value=${value#[\'\"]}
	printf '%s' "${value%[\'\"]}" >"mounted/$key"
done
is "a mounted directory gives the same header" "$(defines mounted)" "$wanted"

{
	printf '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config"}, "data": {\n'
	keys | grep -v '^kvstore-opt' | sed "s/^\([^ ]*\) \"\{0,1\}\([^\"]*\)\"\{0,1\}$/ \"\1\": \"\2\",/"
	printf ' "debug-verbose": ""}}\n'
} >config.json
is "JSON gives the same header" "$(defines config.json)" "$wanted"

is "standard input gives the same header" \
	"$("$hrcompile" --emit-headers - <"$example" 2>/dev/null | grep '^#define')" "$wanted"

# --- bundles ----------------------------------------------------------------------------------------

# All names and contents below a directory, in one line.
digest() {
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

run "$hrcompile" "${templates[@]}" -o one "$example"
is "the example compiles" "$status" 0
is "a bundle is these files" "$(ls one)" \
	'bpf_host.o
bpf_lxc.o
bpf_overlay.o
bpf_sock.o
manifest.json
node_config.h
sbom.spdx.json'
like "the summary names each program with its size" "$(cat "$tap_out")" \
	'^bpf_lxc.o  *from_container \([0-9]+ instructions\)'
like "and the digest of the manifest" "$(cat "$tap_out")" \
	"^Bundle:  *one \(sha256 $(sha256sum one/manifest.json | cut -d' ' -f1)\)"
"$hrcompile" --emit-headers "$example" >header.h 2>/dev/null
is_file "the bundle's header is the one that --emit-headers shows" one/node_config.h header.h
is "nothing is left beside it" "$(ls -d one*)" one

mkdir -p elsewhere/deep
cp -r "$top/bpf-templates" elsewhere/deep/templates
cp "$example" elsewhere/cilium-config.yaml
(cd elsewhere && "$hrcompile" --quiet --templates deep/templates -o deep/two cilium-config.yaml >/dev/null)
is "the same input gives the same bytes in another directory" "$(digest elsewhere/deep/two)" "$(digest one)"

run "$hrcompile" --format json "${templates[@]}" -o one "$example"
like "the JSON summary names the objects" "$(cat "$tap_out")" '"file": "bpf_overlay.o"'
is "an old bundle is replaced" "$(digest one)" "$(digest elsewhere/deep/two)"

config tunnel disabled auto-direct-node-routes true >native.yaml
run "$hrcompile" "${templates[@]}" -o native native.yaml
is "without a tunnel there is no overlay program" "$status:$(ls native)" \
	'0:bpf_host.o
bpf_lxc.o
manifest.json
node_config.h
sbom.spdx.json'

config ipv4-native-routing-cidr 10.233.0.0/16 egress-masquerade-interfaces 'eth0, ens+' iptables-random-fully true |
	sed '/enable-ipv4-masquerade/d' >netfilter.yaml
run "$hrcompile" --quiet "${templates[@]}" -o netfilter netfilter.yaml
is "the manifest says all that masquerading in the node's stack needs" \
	"$status:$(perl -MJSON::PP -0777e 'print JSON::PP->new->canonical->encode(decode_json(<>)->{masquerade})' netfilter/manifest.json)" \
	'0:{"address_device":"","egress_interfaces":["eth0","ens+"],"exclusion":"10.233.0.0/16","ip_masq_agent":false,"ip_masq_agent_config":"/etc/config/ip-masq-agent","mode":"iptables","random_ports":true}'
rm -r netfilter

# --- targets ----------------------------------------------------------------------------------------

printf '{"schema": "hostroute.node/1", "kernel": {"release": "6.1.0-9-amd64", "base": "all", "features": {"map/lpm_trie": "unknown"}}}\n' >half.json
run "$hrcompile" "${templates[@]}" --target half.json -o for-half "$example"
is "what a target may lack does not stop the build" "$status" 0
like "but is told" "$(cat "$tap_err")" \
	'^hrcompile: warning: bpf_lxc.o needs map type lpm_trie; whether half.json has it is not known'
like "the manifest names the kernel, not the file" "$(cat for-half/manifest.json)" '^ "target_kernel": "6.1.0-9-amd64"'
like "and why the ConfigMap was read as that release" "$(cat for-half/manifest.json)" \
	'^ "cilium_version_reason": "kube-proxy-replacement: probe ends with 1.12"'
is "objects are those for any kernel" "$(cat for-half/*.o | sha256sum)" \
	"$(cat one/*.o | sha256sum)"
rm -r for-half

printf '{"schema": "hostroute.node/1", "kernel": {"release": "5.4.0", "base": "all", "missing_helpers": [["sched_cls", "redirect_neigh"]]}}\n' >old.json
"${hrcompile%/*}/hrprobe" --node-facts old.json --format json >old-report.json
run "$hrcompile" --quiet --check --target old-report.json "$example"
like "a report of hrprobe is a target" "$status:$(cat "$tap_out")" 'redirect_neigh\(\) .* \(HR-REDIRECT-HELPERS\)$'
is "and says what the facts it was made from say" "$(cat "$tap_out")" \
	"$("$hrcompile" --quiet --check --target old.json "$example" | sed 's/old.json/old-report.json/')"

# --- failures leave the old bundle alone --------------------------------------------------------------

before=$(digest one)

# spared TITLE STATUS REGEX ARGS...: one complaint, and `one` and its surroundings as before.
spared() {
	local title=$1 want=$2 regex=$3
	shift 3
	run "$hrcompile" "$@"
	is "$title" "$status:$(digest one):$(ls -d one* native*)" "$want:$before:$(printf 'one\nnative\nnative.yaml' | sort)"
	like "$title: says so" "$(grep error: "$tap_err")" "$regex"
}

spared "no clang is an environment error" "$environment" \
	'^hrcompile: error: no-such-clang: not found; install clang or give --clang PATH$' \
	--clang no-such-clang "${templates[@]}" -o one "$example"
spared "another program is not clang" "$environment" \
	'^hrcompile: error: /.*/true: not a clang; install clang or give --clang PATH$' \
	--clang true "${templates[@]}" -o one "$example"
spared "an invalid config does not reach the disk" "$input" '^refused.yaml:10:15: error: enable-mke: ' \
	-o one refused.yaml
cp -r "$top/bpf-templates" broken
echo 'int broken = ;' >>broken/bpf_host.c
spared "a template that does not compile is shown with its object" "$environment" \
	'^hrcompile: error: clang could not compile bpf_host.c$' \
	--templates broken -o one "$example"
like "with clang's own words" "$(cat "$tap_err")" '^  bpf_host.c:[0-9]+:14: error: expected expression'
spared "a directory without templates is refused" "$environment" \
	'^hrcompile: error: mounted holds no datapath templates: ' \
	--templates mounted -o one "$example"
kernel() {
	printf '{"schema": "hostroute.node/1", "kernel": {"release": "4.9.0", "base": "all", %s}}\n' "$1"
}
kernel '"missing_maps": ["lpm_trie"]' >no-trie.json
spared "a target that cannot load an object is refused" "$environment" \
	'^hrcompile: error: bpf_lxc.o needs map type lpm_trie, which no-trie.json \(Linux 4.9.0\) does not have; Linux has it since 4.11$' \
	--target no-trie.json "${templates[@]}" -o one "$example"
run "$hrcompile" --format json --target no-trie.json "${templates[@]}" -o one "$example"
is "and as JSON, with the reason and no bundle" \
	"$status:$(grep -cE '^ "(error": "bpf_.*lpm_trie|bundle": null|exit_status": 4)' "$tap_out")" "$environment:3"
spared "a directory that is no bundle is not replaced" "$environment" \
	'^hrcompile: error: mounted exists and is not a bundle; ' \
	"${templates[@]}" -o mounted "$example"
spared "a file is not replaced" "$environment" \
	'^hrcompile: error: config.json exists and is not a directory; ' \
	"${templates[@]}" -o config.json "$example"
spared "an output that cannot be created is named" "$environment" \
	'^hrcompile: error: .*config.json/bundle: Not a directory$' \
	"${templates[@]}" -o config.json/bundle "$example"

# A clang that has started and does not end.
cat >slow-clang <<-'END'
	#!/bin/sh
	case $1 in --version) echo 'clang version 14.9.9'; exit ;; esac
	echo $$ >>"$HOME/started"
	exec sleep 1000
END
chmod +x slow-clang

interrupted() {
	local signal=$1 pid
	rm -f started
	# A signal that whoever runs this test ignores would be ignored by hrcompile too.
	HOME=$PWD env --default-signal=TERM,HUP "$hrcompile" --quiet --clang ./slow-clang "${templates[@]}" -o one "$example" \
		>/dev/null 2>"$tap_err" &
	pid=$!
	until [ -s started ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	kill "-$signal" "$pid"
	status=0
	wait "$pid" 2>/dev/null || status=$?
	is "$signal ends hrcompile as signals do" "$status" "$((128 + $(kill -l "$signal")))"
	is "$signal leaves the old bundle and nothing else" "$(digest one):$(ls -d one*)" "$before:one"
	is "$signal leaves no compiler behind" "$(xargs ps -o pid= -o comm= -p <started | grep sleep)" ""
}
interrupted TERM
interrupted HUP

if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	mkdir full
	# shellcheck disable=SC2016 # expanded in there
	run unshare -m sh -c 'mount -t tmpfs -o size=32k none full && "$1" --templates "$2" -o full/bundle "$3"; s=$?
		ls -A full; exit $s' sh "$hrcompile" "$top/bpf-templates" "$example"
	is "a full disk is an environment error and leaves nothing" "$status:$(cat "$tap_out")" "$environment:"
else
	skip "a full disk is an environment error and leaves nothing" "needs root"
fi

# --- usage --------------------------------------------------------------------------------------------

while IFS='|' read -r title arguments; do
	read -ra words <<<"$arguments"
	run "$hrcompile" "${words[@]}"
	is "$title is misuse" "$status:$(wc -l <"$tap_err"):$(cat "$tap_out")" "$usage:1:"
done <<-END
	no ConfigMap|
	two ConfigMaps|plain.yaml plain.yaml
	an unknown option|--frobnicate plain.yaml
	a Cilium version without rules|--cilium-version 1.99 plain.yaml
	two kernels|--root / --kernel vmlinuz plain.yaml
	a release of no kernel|--release 6.1.0 plain.yaml
	ConfigMap and target from standard input|--target - -
	a memory size that is none|--memory 16Q plain.yaml
	no memory at all|--memory 0 plain.yaml
	a number of CPUs that is none|--cpus 0 plain.yaml
	a way to encapsulate that is none|--vxlan geneve plain.yaml
	checking and emitting at once|--check --emit-headers plain.yaml
	a header as JSON|--emit-headers --format json plain.yaml
END
run "$hrcompile" --check --cilium-version v1.12.7 plain.yaml
is "a patch release of a known version is fine" "$status" 0
like "and the summary says that it was given" "$(cat "$tap_out")" '^Cilium:  *1\.12 \(as given\)$'
for words in '--vxlan bpf' '--vxlan device' ''; do
	# shellcheck disable=SC2086 # words
	run "$hrcompile" --emit-headers $words "$top/examples/cilium-config.yaml"
	like "who encapsulates is in the header: ${words:-by default}" "$(cat "$tap_out")" \
		"^#define ENABLE_VXLAN_BPF $([ "$words" = '--vxlan device' ] && echo 0 || echo 1)\$"
	unlike "and no note says otherwise" "$(cat "$tap_err")" 'note: --vxlan'
done
run "$hrcompile" --check --vxlan bpf plain.yaml
is "asking for it with legacy host routing is no error" "$status" 0
like "but a note" "$(cat "$tap_err")" 'note: --vxlan bpf has no effect: it takes VXLAN with BPF host routing$'
run "$hrcompile" --help
like "--help goes to standard output" "$status:$(cat "$tap_out")" '^0:usage: hrcompile '

done_testing
