# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What connect() to a service costs a pod, by how many services there are: resolved at the socket, and by rules as
# kube-proxy has them, against connect() to the backend itself; all sites in turns within a round. And what it costs to
# enter many services, and to change one of them.

services_counts="1 1000 10000"
services_rounds=21
services_ms=50 # one measurement
services_port=7200
services_last=10.96.0.1 # the service that is asked is entered last, so that a list has it at its end

# services_list COUNT: their addresses.
services_list() {
	awk -v n="$1" -v last="$services_last" 'BEGIN {
		for (i = 1; i < n; i++) printf "10.%d.%d.%d\n", 97 + i / 65536, i / 256 % 256, i % 256
		print last }'
}

# services_yaml INDEX COUNT
services_yaml() {
	echo services:
	services_list "$2" | awk -v backend="$(site_net "$1" 1).20" -v port="$services_port" '
		{ printf "  - {name: bench/s%d, port: 80, cluster-ip: %s, backends: [{ip: %s, port: %d}]}\n", NR, $1, backend, port }'
}

# What a node with services in BPF is.
site_served() {
	local node=$1 index=$2 n=$3 bundle=$4 count=$5
	if [ "$n" != 1 ]; then return; fi
	services_yaml "$index" "$count" >"$work/$node.services" && site_bundle "$node" "$index" "$n" "$bundle" &&
		on "$node" "$hrinstall" service set "$work/$node.services" >"$work/$node.log" 2>&1
}

# kube-proxy's chains in nftables' words, as iptables-nft enters them: one rule after the other until one matches.
site_proxied() {
	local node=$1 index=$2 n=$3 count=$4
	if [ "$n" != 1 ]; then return; fi
	site_veth "$node" "$index" "$n" || return
	services_list "$count" | awk -v backend="$(site_net "$index" 1).20" -v port="$services_port" '
		{ sep[NR] = "chain SEP-" NR " { ip protocol tcp counter dnat to " backend ":" port "; }"
		  svc[NR] = "chain SVC-" NR " { counter jump SEP-" NR "; }"
		  rule[NR] = "ip daddr " $1 " tcp dport 80 counter jump SVC-" NR }
		END {
			print "table ip bench {"
			for (i = 1; i <= NR; i++) print sep[i] "\n" svc[i]
			print "chain SERVICES {"
			for (i = 1; i <= NR; i++) print rule[i]
			print "}\nchain prerouting { type nat hook prerouting priority -100; counter jump SERVICES; }\n}" }' |
		on "$node" nft -f -
}

services_sites() {
	local count
	site_up direct veth
	for count in $services_counts; do
		site_up "bpf_$count" served "$work/bundle" "$count"
		site_up "rules_$count" proxied "$count"
	done
}

# services_round ROUND: a line "ROUND SITE MICROSECONDS" per site. Every other round goes backwards.
services_round() {
	local site to port
	for site in $(printf '%s\n' "${!site_index[@]}" | sort "$([ $(($1 % 2)) = 0 ] && echo -r || echo -s)"); do
		to=$services_last port=80
		if [ "$site" = direct ]; then to=${lab_addr[direct1-server]} port=$services_port; fi
		printf '%s\t%s\t%s\n' "$1" "$site" \
			"$(on "${site}1-client" taskset -c 0 "$tcp" connect "$to" "$port" "$services_ms" || echo 0)"
	done
}

services_table() {
	local how count
	heading "connect() to a service, to its backend = 1"
	for how in bpf rules; do
		for count in $services_counts; do
			row "$([ $how = bpf ] && echo "in BPF" || echo "by kube-proxy's rules"), $count services" \
				"$([ $how = bpf ] && echo "flat")" "$(rounds_ratio "${how}_$count" direct <"$work/connects" | spread %.2f)"
		done
	done
	row "to the backend, microseconds" "" "$(column <(cut -f 2- "$work/connects") direct 2 | spread %.1f)"
}

bench_connects() {
	site_index=()
	tcp=$lab_build/tests/bench/tcp
	services_sites
	if ! site_serve "$services_port" 1; then
		heading "connect() to a service"
		row "servers" "" "failed"
		return
	fi
	rounds "$services_rounds" services_round "$work/connects"
	services_table
}

# services_of_ten COUNT PORT: as many services, of ten backends each at that port.
services_of_ten() {
	awk -v n="$1" -v port="$2" 'BEGIN {
		print "services:"
		for (i = 0; i < n; i++) {
			printf "  - {name: bench/s%d, port: 80, cluster-ip: 10.%d.%d.%d, backends: [", i, 97 + i / 65536, i / 256 % 256, i % 256
			for (j = 0; j < 10; j++) printf "%s{ip: 10.244.%d.%d, port: %d}", j ? ", " : "", i / 25 % 256, i % 25 * 10 + j, port
			print "]}"
		} }'
}

bench_applies() {
	local state=$work/many.yaml set="$hrinstall service set $work"
	heading "10,000 services of ten backends each"
	site_node served 192.168.64.12
	printf 'node:\n  ip: 192.168.64.12\n  pod-cidr: 10.245.0.0/24\n  router-ip: 10.245.0.1\n' >"$state"
	{ cat "$state" && services_of_ten 10000 8000; } >"$work/all.yaml"
	{ cat "$state" && echo 'services: []'; } >"$work/none.yaml"
	services_of_ten 1 8001 >"$work/one.yaml"
	services_of_ten 1 8002 >"$work/other.yaml"
	sed '/^data:/a\  bpf-lb-map-max: "262144"' "$config" >"$work/large.yaml"
	if ! bench_bundle large "$work/large.yaml" || ! on served "$hrinstall" apply "$work/large" --state "$state" >/dev/null; then
		row "services" "" "failed"
		return
	fi
	on served "$bench/times" 5 "$hrinstall apply $work/large --state $work/all.yaml" \
		"$hrinstall apply $work/large --state $work/none.yaml" >"$work/applies"
	on served "$hrinstall" apply "$work/large" --state "$work/all.yaml" >/dev/null
	on served "$bench/times" 15 "$set/one.yaml" "$set/other.yaml" >"$work/changes"
	row "all applied, ms" "< 2000" "$(column "$work/applies" 0 2 | spread %.0f)"
	row "one of them changed, ms" "< 20" "$(column "$work/changes" 1 2 | spread)"
	row "entries, from the tables" "100000" "$(on served bpftool map dump pinned /sys/fs/bpf/hostroute/hr_slots4 | grep -c '"key": {')"
}

bench_services() {
	bench_connects
	bench_applies
}
