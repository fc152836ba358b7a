# shellcheck shell=bash disable=SC2016 # awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The table that make bench prints, and the numbers in it: medians, with the quartiles in brackets.

heading() {
	printf '\n%-44s %-26s %s\n' "$1" target measured
}

# row WHAT TARGET MEASURED
row() {
	printf '  %-42s %-26s %s\n' "$@"
}

# "median [first quartile .. third]" of the numbers on stdin, with a printf format.
spread() {
	sort -g | awk -v f="${1:-%.1f}" '
		{ v[NR] = $1 }
		function at(q) { return sprintf(f, v[int((NR - 1) * q + 1.5)]) }
		END { if (NR) print at(0.5) " [" at(0.25) " .. " at(0.75) "]"; else print "nothing" }'
}

# column FILE KEY COLUMN: that column of the lines whose first one is KEY.
column() {
	awk -F '\t' -v key="$2" -v c="$3" '$1 == key { print $c }' "$1"
}

# rounds COUNT FUNCTION FILE: what FUNCTION prints of each round; the one before the first only warms up.
rounds() {
	local round
	for ((round = -1; round < $1; round++)); do "$2" "$round"; done | awk -F '\t' '$1 >= 0' >"$3"
}

# rounds_ratio A B: of lines "ROUND WHO NUMBER" on stdin, A as a multiple of B, round by round.
rounds_ratio() {
	awk -F '\t' -v a="$1" -v b="$2" '
		{ n[$1, $2] = $3; rounds[$1] }
		END { for (r in rounds) if (n[r, a] > 0 && n[r, b] > 0) print n[r, a] / n[r, b] }'
}
