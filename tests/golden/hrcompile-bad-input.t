#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ConfigMaps that somebody wants hrcompile to choke on: each gets clear errors and nothing else, within bounded
# memory, and the old bundle stays as it was.

# shellcheck disable=SC2317 # functions that others call by name
# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

mkdir "$tap_dir/work"
cd "$tap_dir/work" || exit 1
memory_kib=262144 # of address space

# What stands in for an old bundle.
mkdir bundle
printf '{"schema": "hostroute.bundle/1"}\n' >bundle/manifest.json

in_bounds() {
	(
		ulimit -v "$memory_kib" || exit 99
		exec "$hrcompile" --quiet -o bundle "$@"
	)
}

# Sanitizers map terabytes of address space.
if ! in_bounds --version >/dev/null 2>&1; then
	diag "without a limit of memory: this build does not start with $memory_kib KiB"
	in_bounds() { "$hrcompile" --quiet -o bundle "$@"; }
fi

# bad TITLE REGEX [ERRORS]: standard input is refused by that many errors (1), the first of which matches. A
# position comes with the line it points at, which is part of its message.
bad() {
	local title=$1 regex=$2 errors=${3:-1} wrong=
	cat >bad.yaml
	run in_bounds bad.yaml
	rm bad.yaml
	[ "$status" -eq "$input" ] || wrong+="exit status $status, not $input; "
	[ "$(grep -c ': error: ' "$tap_err")" -eq "$errors" ] || wrong+="not $errors errors; "
	[ "$(grep -c -v -e '^  ' -e "^[.]\{3\} and" -e ": warning: " "$tap_err")" -eq "$errors" ] || wrong+="other lines; "
	grep -m 1 ': error: ' "$tap_err" | grep -Eq -- "^bad.yaml:$regex" || wrong+="no match of /$regex/; "
	[ "$(wc -c <"$tap_err")" -lt $((errors * 1000)) ] || wrong+="endless lines; "
	[ "$(find . | sort | tr '\n' ' ')" = ". ./bundle ./bundle/manifest.json " ] || wrong+="files have changed; "
	if [ -z "$wrong" ]; then pass "$title"; else fail "$title" "$wrong" "$(cut -c 1-300 "$tap_err")"; fi
}

# good TITLE: standard input, a small config of this datapath in some dress, is valid.
good() {
	cat >good.yaml
	run in_bounds --check good.yaml
	is "$1" "$status:$(cat "$tap_err")" 0:
	rm good.yaml
}

header() {
	printf 'kind: ConfigMap\nmetadata:\n  name: cilium-config\ndata:\n'
}

# configmap LINES...: a ConfigMap whose data is these lines, in which \ works as in printf.
configmap() {
	header
	printf '%b\n' "$@"
}

# times N TEXT: the text so many times.
times() {
	# shellcheck disable=SC2046,SC2059 # many words; a format of our own
	printf "%0.s$2" $(seq "$1")
}

valid() {
	configmap '  enable-ipv6: "false"' '  kube-proxy-replacement: "disabled"' '  enable-host-legacy-routing: "true"' \
		'  enable-ipv4-masquerade: "false"'
}

# --- size and depth -----------------------------------------------------------------------------------

truncate -s 100M "$tap_dir/large"
bad "100 MB are refused by their size" ' error: larger than 4 MiB$' <"$tap_dir/large"
rm "$tap_dir/large"
run in_bounds - < <(valid && times 600000 '# filler\n')
is "so is a pipe that does not end in time" "$status:$(cat "$tap_err")" "$input:<stdin>: error: larger than 4 MiB"
bad "a bomb of aliases does not go off" '1:4: error: anchors are not supported' 20 < <(
	printf 'a: &a ["x","x","x","x","x","x","x","x","x"]\n'
	for n in b c d e f g h i; do
		printf '%s: &%s [%s"x"]\n' "$n" "$n" "$(times 9 "*$(printf '%s' "$n" | tr b-i a-h),")"
	done
)
bad "lists in lists" '1:65: error: nested too deeply$' < <(times 100000 '[')
bad "objects in objects" '1:[0-9]+: error: nested too deeply$' < <(times 100000 '{"a":')
bad "a value of 3 MB" '5:10: error: debug: "x{64}[.]{3}" is not a boolean' < <(
	header
	printf '  debug: "'
	times 3000000 x
	printf '"\n'
)
bad "a key of 900 bytes is only unknown" '6:8: error: mtu: "x" is not an integer' < <(
	header
	printf '  '
	times 900 x
	printf ': "true"\n  mtu: "x"\n'
)
bad "a key given 40,000 times" '6:3: error: a is given twice, first in line 5' 20 < <(
	header
	times 40000 '  a: "1"\n'
)
bad "200,000 keys" '[0-9]+:[0-9]+: error: too many values$' < <(
	header
	times 200000 '  a: "1"\n'
)

# --- bytes --------------------------------------------------------------------------------------------

bad "nothing" ' error: no ConfigMap in it$' </dev/null
bad "NUL bytes only" '1:1: error: not valid YAML: control characters' < <(printf '\0\0\0\0')
bad "a NUL in a value" '5:13: error: not valid YAML: control characters' < <(configmap '  debug: "tr\0ue"')
bad "an escaped NUL" '5:10: error: a value must not contain a NUL character$' < <(configmap '  debug: "tr\\0ue"')
bad "bytes that are not UTF-8" '5:13: error: not valid YAML: invalid leading UTF-8' \
	< <(configmap '  debug: "tr\0377\0376ue"')
bad "UTF-16" ' error: is UTF-16 text; save it as UTF-8$' < <(configmap '  debug: "true"' | iconv -t utf-16)
bad "a tab as indentation" '5:1: error: not valid YAML: a tab cannot indent; use blanks$' \
	< <(configmap '\tdebug: "true"')
bad "a position in a file with CRLF" '5:10: error: debug: "yes" is not a boolean' \
	< <(configmap '  debug: "yes"' | sed 's/$/\r/')
good "CRLF is no error" < <(valid | sed 's/$/\r/')
good "nor is a byte order mark" < <(valid | sed '1s/^/\xef\xbb\xbf/')
good "nor a tab between key and value" < <(valid | sed 's/: "/:\t"/')

# --- what Kubernetes would refuse ---------------------------------------------------------------------

bad "a key twice" '6:3: error: debug is given twice, first in line 5$' \
	< <(configmap '  debug: "true"' '  debug: "false"')
bad "values that are no strings, all of them" '5:10: error: debug: true is not a string; write "true"$' 6 \
	< <(configmap '  debug: true' '  mtu: 1500' '  devices: [eth0]' '  cluster-name: ~' '  ipam: {a: b}' '  bpf-lb-mode:')
bad "data that is a list" '3:7: error: data must be a mapping' \
	< <(printf 'kind: ConfigMap\nmetadata: {name: cilium-config}\ndata: [debug]\n')
bad "no data" '1:1: error: this ConfigMap has no data$' \
	< <(printf 'kind: ConfigMap\nmetadata: {name: cilium-config}\n')
json='{"kind": "ConfigMap", "metadata": {"name": "cilium-config"}, "data": {"debug": '
bad "JSON with a boolean" '1:80: error: debug: true is not a string; write "true"$' < <(printf '%strue}}' "$json")
bad "JSON that ends early" '2:1: error: not valid YAML: did not find' < <(printf '%s"true"\n' "$json")
good "immutable and binaryData change nothing" < <(
	valid
	printf 'immutable: true\nbinaryData:\n  logo: AAAA\n'
)
good "other documents are passed over" < <(
	printf 'kind: Secret\n---\n---\n'
	valid
	printf -- '---\nkind: Service\n...\n'
)

# --- as JSON ------------------------------------------------------------------------------------------

printf 'a: [' >broken.yaml
run "$hrcompile" --check --format json broken.yaml
is "a ConfigMap that cannot be read is a document" "$status:$(grep -c '"exit_status": 3' "$tap_out")" "$input:1"
for command in '--explain tunnel broken.yaml' '--diff broken.yaml broken.yaml' '--verify broken.yaml' '--verify nowhere'; do
	read -ra words <<<"$command"
	run "$hrcompile" --format json "${words[@]}"
	is "$command has no document without something to tell" "$status:$(wc -c <"$tap_out"):$(grep -c error: "$tap_err")" \
		"$input:0:$(case $command in --diff*) echo 2 ;; *) echo 1 ;; esac)"
done

done_testing
