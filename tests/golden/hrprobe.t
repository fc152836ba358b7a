#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrprobe from outside, where the answer does not depend on the machine it runs on: exit statuses, input
# that is refused, and what the config alone decides.

# shellcheck source=tests/tap.sh
. "$(dirname -- "$0")/../tap.sh"

cd "$(dirname -- "$0")/../.." || exit 1
hrprobe=$(readlink -f -- "${O:-build}/hrprobe")
example=examples/cilium-config.yaml
[ -x "$hrprobe" ] || {
	fail "${O:-build}/hrprobe is built"
	done_testing
}
usage=2 input=3 legacy=10 refused=11

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
says "a pod CIDR with host bits" $usage '10.0.0.1/8' --config $example --pod-cidr 10.0.0.1/8
says "a release whose rules this build does not have" $usage '1\.18' --config $example --cilium-version 1.18.7
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

run "$hrprobe" --config - <"$tap_dir/legacy.yaml"
is "the ConfigMap may come by standard input" "$status" $legacy
ok "--help" "$hrprobe" --help
done_testing
