# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What one packet costs in each program, as tests/bench/packets measures it.

# One row per case of packets.c, "CASE|TARGET"; a case it does not print has no row.
packet_rows() {
	cat <<-'ROWS'
		container to local pod|< 3 (Cilium: 16)
		container to remote pod|< 5 (Cilium: 11.9)
		container to remote pod, by device|
		NIC to pod|< 3 (Cilium: 13)
		NIC to pod, from outside|< 3 (Cilium: 13)
		NIC to pod, VXLAN|< 3 and VXLAN's room
		VXLAN's room|
		overlay to pod|< 3 (Cilium: 14)
		masquerade, established|< 5 (Cilium: 7.6)
		masquerade, UDP, port kept|< 5
		masquerade, TCP, port kept|< 5
		masquerade, TCP, port changed|< 5
		answer, UDP, port kept|
		answer, TCP, port kept|
		answer, TCP, port changed|
	ROWS
}

# packet_table PREFIX HEADING: PREFIX is that of the lines in the output of packets.
packet_table() {
	local name target
	heading "$2"
	while IFS='|' read -r name target; do
		if ! grep -q "^$1$name	" "$work/packets"; then continue; fi
		row "$name" "$([ -n "$1" ] || echo "$target")" \
			"$(column "$work/packets" "$1$name" 2 | spread %.2f), $(column "$work/packets" "$1$name" 3 | spread %.1f) ns"
	done < <(packet_rows)
	row "the control program" "" "$(column "$work/packets" "$1control" 3 | spread %.1f) ns"
}

# What masquerade costs packets that it leaves alone, round by round.
packet_overheads() {
	local name
	while IFS='|' read -r name _; do
		if ! grep -q "^plain $name	" "$work/packets"; then continue; fi
		row "$name" "< 1.05" "$(awk -F '\t' -v name="$name" '
			$1 == name { with = $2 }
			$1 == "plain " name { print with / $2 }' "$work/packets" | spread %.2f)"
	done < <(packet_rows)
}

# Templates that make room for VXLAN as often as packets wants it in one packet.
packet_templates() {
	local file=$work/templates/lib/vxlan.h mark='flags | BPF_F_ADJ_ROOM_ENCAP_L2_ETH'
	cp -r "$lab_root/bpf-templates" "$work/templates" && grep -qF "$mark" "$file" &&
		sed -i "s/$mark/BPF_F_ADJ_ROOM_FIXED_GSO/" "$file"
}

# The example and its variants, in directories called as the harness's bundles are.
packet_bundles() {
	local native=$work/native.yaml plain=$work/plain.yaml
	bench_unmasqueraded "$config" >"$plain" && lab_config native >"$native" && packet_templates &&
		bench_bundle bundles/masq-native "$native" && bench_bundle bundles/native <(bench_unmasqueraded "$native") &&
		bench_bundle bundles/masq-bpf "$config" --templates "$work/templates" &&
		bench_bundle bundles/bpf "$plain" --templates "$work/templates" &&
		bench_bundle bundles/device "$plain" --vxlan device
}

bench_packets() {
	local object=$lab_build/tests/bench/control.bpf.o
	if ! packet_bundles || ! HR_BUNDLES=$work/bundles "$lab_build/tests/bench/packets" "$object" >"$work/packets"; then
		heading "per packet"
		row "packets" "" "failed"
		return
	fi
	packet_table "" "per packet, multiple of a control program"
	heading "the same, as a multiple of it without masquerade"
	packet_overheads
	packet_table "cold " "the same, caches emptied before each packet"
}
