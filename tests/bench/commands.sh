# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What the three programs cost to run, and what they make: time, system calls, instructions, map memory.

bench_probe() {
	local calls
	on node1 "$bench/times" 20 "$hrprobe --config $config" "bpftool feature probe kernel" >"$work/probe"
	calls=$(on node1 strace -f -qq -c -e trace=bpf -o "$work/calls" "$hrprobe" --config "$config" \
		>/dev/null 2>&1; awk '$NF == "bpf" { print $4 }' "$work/calls")
	heading "hrprobe, live, with the example config"
	row "wall, ms" "< 20" "$(column "$work/probe" 0 2 | spread)"
	row "CPU, ms" "" "$(column "$work/probe" 0 3 | spread %.0f)"
	row "bpf() calls" "< 60" "$calls"
	row "bpftool feature probe kernel, wall, ms" "(about 200)" "$(column "$work/probe" 1 2 | spread)"
}

# row_offline WHAT TARGET FILE
row_offline() {
	if [ ! -r "$3" ]; then
		row "$1, wall, ms" "$2" "(this machine has no such file)"
		return
	fi
	"$bench/times" 15 "$hrprobe --kernel $3 --config $config" >"$work/offline"
	row "$1, wall, ms" "$2" "$(column "$work/offline" 0 2 | spread)"
}

# This machine's kernels, and those that make check-kernels has fetched.
bench_offline() {
	local image
	heading "hrprobe, offline, with the example config"
	row_offline "BTF file" "< 50" /sys/kernel/btf/vmlinux
	for image in ${VMLINUZ:+"$VMLINUZ"} /boot/vmlinuz-* "$lab_build"/kernels/*/boot/vmlinuz-*; do
		if [ -r "$image" ]; then row_offline "${image##*/}" "< 500" "$image"; fi
	done
}

bench_compile() {
	local build="$hrcompile --quiet --templates $lab_root/bpf-templates -o $work/again"
	"$bench/times" 7 "$build --no-cache $config" >"$work/compile"
	$build --cache "$work/cache" "$config" >/dev/null 2>&1
	"$bench/times" 30 "$build --cache $work/cache $config" >"$work/warm"
	heading "hrcompile, all objects of the example"
	row "cold, CPU, ms" "< 1000" "$(column "$work/compile" 0 3 | spread %.0f)"
	row "cold, wall, ms" "" "$(column "$work/compile" 0 2 | spread %.0f)"
	row "warm (nothing changed), wall, ms" "< 10" "$(column "$work/warm" 0 2 | spread)"
}

bench_size() {
	grep -oE '[a-z_]+ \([0-9]+ instructions' "$work/compiled" | tr -d '(' >"$work/size"
	heading "instructions, each program with the functions that it takes along"
	row "from_container" "< 1500" "$(awk '$1 == "from_container" { print $2 }' "$work/size")"
	row "all programs" "< 6000" "$(awk '{ n += $2 } END { print n }' "$work/size")"
}

# The first number behind a word, summed over all lines.
sum_of() {
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) n += $(i + 1) } END { print n + 0 }'
}

bench_loaded() {
	local insns memory
	insns=$(on node1 sh -c 'for p in /sys/fs/bpf/hostroute/progs/*; do bpftool prog show pinned "$p"; done' |
		sum_of xlated)
	memory=$(on node1 sh -c '
		for m in /sys/fs/bpf/hostroute/*; do [ -f "$m" ] && bpftool map show pinned "$m"; done' |
		sum_of memlock)
	heading "loaded on a node, before traffic"
	row "instructions" "< 6000 (Cilium: 32395)" "$((insns / 8))"
	row "map memory, KiB" "< 125952 (Cilium: 251904)" "$((memory / 1024))"
}

bench_commands() {
	bench_probe
	bench_offline
	bench_compile
	bench_size
	bench_loaded
}
