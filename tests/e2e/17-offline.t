#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # awk programs
#
# Two sources, one kernel: what the running kernel does when it is asked, and what its own BTF says of it, never
# contradict each other. Unknown contradicts nothing, but must not be all that there is.

# shellcheck source=tests/tap.sh
. "$(dirname -- "$0")/../tap.sh"

cd "$(dirname -- "$0")/../.." || exit 1
hrprobe=$(readlink -f -- "${O:-build}/hrprobe")
btf=/sys/kernel/btf/vmlinux
[ "$(id -u)" -eq 0 ] || skip_all "needs root to ask the kernel"
[ -r "$btf" ] || skip_all "the kernel has no BTF"

# answers FILE ARGS...: "feature yes|no|unknown" per line
answers() {
	local file=$1
	shift
	run "$hrprobe" --verbose "$@"
	awk '$1 ~ "^(program|helper|map|attach)/" { sub(",", "", $2); print $1, $2 }' "$tap_out" | sort >"$file"
}

answers "$tap_dir/live"
answers "$tap_dir/offline" --btf "$btf" --release "$(uname -r)"
is "both answer for the same features" "$(cut -d' ' -f1 "$tap_dir/offline")" "$(cut -d' ' -f1 "$tap_dir/live")"
contradictions=$(join "$tap_dir/live" "$tap_dir/offline" | awk '$2 != $3 && $2 != "unknown" && $3 != "unknown"')
is "no answer contradicts another" "$contradictions" ""
unknown=$(grep -c ' unknown$' "$tap_dir/offline")
is "BTF and a release leave nothing unknown that hooks need" "$(grep ' unknown$' "$tap_dir/offline" | grep -v /cgroup_ | head)" ""
diag "$(wc -l <"$tap_dir/offline") features, $unknown of them unknown offline"

if [ -r /proc/config.gz ]; then
	answers "$tap_dir/configured" --btf "$btf" --release "$(uname -r)" --kconfig /proc/config.gz
	is "nor with the kernel's configuration" \
		"$(join "$tap_dir/live" "$tap_dir/configured" | awk '$2 != $3 && $2 != "unknown" && $3 != "unknown"')" ""
fi
done_testing
