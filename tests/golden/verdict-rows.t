#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What real agents of eight releases decided, row by row, against the real hrprobe: each row becomes a ConfigMap and
# a node-facts file, and its report must agree in mode, exit status, first cause, masquerade, kube-proxy
# replacement, map sizes, effective state and status lines. tests/golden/rows.c converts and compares;
# tests/unit/verdict_causes.def says which rule is which reason of the rows.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

rows=$(readlink -f -- "${O:-build}/tests/golden/rows")
fixtures=../shared/fixtures/verdicts
built "$rows"
[ -d "$fixtures" ] || skip_all "no $fixtures"

# replay FILE: runs every row of one release, and tells of each group of rows.
replay() {
	local file=$1 release dir count row rc verdict group number
	release=$(basename -- "$file" .jsonl)
	dir=$tap_dir/$release
	mkdir -- "$dir"
	count=$("$rows" write "$file" "$dir") || count=0
	for ((row = 0; row < count; row++)); do
		rc=0
		"$hrprobe" --config "$dir/$row.config" --node-facts "$dir/$row.node" \
			--cilium-version "$release" --format json \
			>"$dir/$row.report" 2>"$dir/$row.err" </dev/null || rc=$?
		echo $rc >"$dir/$row.status"
	done
	"$rows" check "$file" "$dir" >"$dir/groups" || fail "the rows of $release can be compared"
	total=$((total + count))
	while read -r verdict group number; do
		if [ "$verdict" = ok ]; then
			pass "$release $group: $number rows agree"
		else
			fail "$release $group: $number rows agree"
		fi
	done <"$dir/groups"
}

total=0
for file in "$fixtures"/*.jsonl; do
	replay "$file"
done
ok "there are rows at all" [ "$total" -gt 0 ]
done_testing
