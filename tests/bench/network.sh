# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# TCP between pods of the same and of two nodes: BPF host routing against the other ways to forward, all sites in
# turns within a round, so that what disturbs the machine disturbs all.

tcp_rounds=21
tcp_ms=100 # one measurement
tcp_port=7100
# Who runs where is not left to luck: a round trip is all on the first CPU, a stream has its sender on the last one.
declare -A tcp_cpu=([pingpong]=0 [stream]=$(($(nproc) - 1)))

# site_bundle_of NAME CONFIG OPTION...: site NAME with a bundle.
site_bundle_of() {
	bench_bundle "bundle-$1" "${@:2}" && site_up "$1" bundle "$work/bundle-$1"
}

# Sites by name. Those that cannot be made are missing from the table's rows.
tcp_sites() {
	site_bundle_of bpf "$config"
	site_bundle_of plain <(bench_unmasqueraded "$config")
	site_bundle_of device "$config" --vxlan device
	site_bundle_of legacy <(lab_config legacy)
	site_bundle_of native <(lab_config native auto-routes)
	site_up veth veth
	site_up nft nft
	site_up kernel kernel
}

# tcp_round ROUND: a line "ROUND SITE PLACE KIND NUMBER" per measurement. Every other round goes backwards.
tcp_round() {
	local kind place site to order
	order=$(printf '%s\n' "${!site_index[@]}" | sort "$([ $(($1 % 2)) = 0 ] && echo -r || echo -s)")
	for kind in pingpong stream; do
		for place in 1 2; do
			for site in $order; do
				to=${lab_addr[$site$place-server]}
				printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$site" "$place" "$kind" \
					"$(on "${site}1-client" taskset -c "${tcp_cpu[$kind]}" "$tcp" "$kind" "$to" "$tcp_port" "$tcp_ms" || echo 0)"
			done
		done
	done
}

# tcp_ratio PLACE KIND SITE OTHER: SITE as a multiple of OTHER, round by round.
tcp_ratio() {
	awk -F '\t' -v OFS='\t' -v place="$1" -v kind="$2" '$3 == place && $4 == kind { print $1, $2, $5 }' "$work/tcp" |
		rounds_ratio "$3" "$4"
}

# tcp_row WHAT TARGET PLACE SITE OTHER
tcp_row() {
	local kind
	for kind in "$4" "$5"; do
		if [ -z "${site_index[$kind]:-}" ]; then
			row "$1" "$2" "(nothing to measure: the site \"$kind\" could not be made)"
			return
		fi
	done
	for kind in pingpong stream; do
		row "$1, $kind" "$2" "$(tcp_ratio "$3" "$kind" "$4" "$5" | spread %.2f)"
	done
}

# tcp_number WHAT PLACE SITE
tcp_number() {
	local kind unit
	for kind in pingpong stream; do
		unit=$([ "$kind" = stream ] && echo Mbit/s || echo round trips/s)
		row "$1, $kind, $unit" "" "$(awk -F '\t' -v place="$2" -v kind="$kind" -v site="$3" '
			$2 == site && $3 == place && $4 == kind { print $5 }' "$work/tcp" | spread %.0f)"
	done
}

tcp_table() {
	heading "TCP on one node: BPF as a multiple of"
	tcp_row "routes to veths" "> 1" 1 bpf veth
	tcp_row "conntrack and 50 nft rules" "> 1" 1 bpf nft
	tcp_row "legacy host routing" "> 1" 1 bpf legacy
	tcp_row "itself without masquerade" "> 0.95" 1 bpf plain
	tcp_number "itself" 1 bpf
	heading "TCP, two nodes, VXLAN: as a multiple of"
	tcp_row "hostroute --vxlan device" ">= 1" 2 bpf device
	tcp_row "the kernel's VXLAN device" ">= 1" 2 bpf kernel
	tcp_row "legacy host routing" "> 1" 2 bpf legacy
	tcp_row "itself without masquerade" "> 0.95" 2 bpf plain
	tcp_number "itself" 2 bpf
	heading "TCP, two nodes, no tunnel: as a multiple of"
	tcp_row "routes to veths" "> 1" 2 native veth
	tcp_row "conntrack and 50 nft rules" "> 1" 2 native nft
	tcp_number "itself" 2 native
}

bench_network() {
	tcp=$lab_build/tests/bench/tcp
	tcp_sites
	if ! site_serve "$tcp_port" 1 2; then
		heading "TCP"
		row "servers" "" "failed"
		return
	fi
	rounds "$tcp_rounds" tcp_round "$work/tcp"
	tcp_table
}
