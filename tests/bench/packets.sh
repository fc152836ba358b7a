# shellcheck shell=bash disable=SC2154 # sourced variables
# SPDX-License-Identifier: BSD-2-Clause
#
# What one packet costs in each program, as tests/bench/packets measures it.

# One row per case of packets.c, "CASE|TARGET"; a case it does not print has no row.
packet_rows() {
	cat <<-'ROWS'
		container to local pod|< 3 (Cilium: 16)
		container to remote pod|< 5 (Cilium: 11.9)
		NIC to pod|< 3 (Cilium: 13)
		overlay to pod|< 3 (Cilium: 14)
		masquerade, established|< 5 (Cilium: 7.6)
	ROWS
}

# packet_table PREFIX HEADING: PREFIX is that of the lines in the output of packets.
packet_table() {
	local name target
	heading "$2"
	while IFS='|' read -r name target; do
		if ! grep -q "^$1$name	" "$work/packets"; then continue; fi
		row "$name" "$([ -n "$1" ] || echo "$target")" \
			"$(column "$work/packets" "$1$name" 2 | spread %.2f), $(column "$work/packets" "$1$name" 3 | spread %.0f) ns"
	done < <(packet_rows)
	row "the control program" "" "$(column "$work/packets" "$1control" 3 | spread %.0f) ns"
}

bench_packets() {
	local object=$lab_build/tests/bench/control.bpf.o
	mkdir -p "$work/bundles" && ln -sfn ../bundle "$work/bundles/bpf"
	HR_BUNDLES=$work/bundles "$lab_build/tests/bench/packets" "$object" >"$work/packets" || {
		heading "per packet"
		row "packets" "" "failed"
		return
	}
	packet_table "" "per packet, multiple of a control program"
	packet_table "cold " "the same, caches emptied before each packet"
}
