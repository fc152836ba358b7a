# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What a pod costs to add, on a node with room for a thousand.

# many_pods_node NAME ADDR OPTION...: a node with room for a thousand pods.
many_pods_node() {
	local name=$1 addr=$2
	shift 2
	site_node "$name" "$addr" || return
	cat >"$work/$name.yaml" <<-STATE
		node:
		  ip: $addr
		  pod-cidr: 10.244.0.0/16
		  router-ip: 10.244.0.1
	STATE
	on "$name" "$hrinstall" apply "$work/bundle" --state "$work/$name.yaml" "$@" >/dev/null
}

# In tcx the kernel waits for an RCU grace period per attachment; tc filters do not.
bench_endpoints() {
	local from
	heading "endpoint add, one command per pod"
	if ! many_pods_node many 192.168.64.10 || ! on many "$bench/pods" "$hrinstall" 1000 >"$work/pods" ||
		! many_pods_node many-tc 192.168.64.11 --attach tc ||
		! on many-tc "$bench/pods" "$hrinstall" 300 >"$work/pods-tc"; then
		row "pods" "" "failed"
		return
	fi
	row "1000 pods, s" "< 1" "$(awk '$1 != "cpu" { n += $2 } END { printf "%.1f", n / 1000 }' "$work/pods")"
	for from in 1 301 901; do
		row "ms per pod, pods $from to $((from + 99))" "the same for all" \
			"$(awk -v from="$from" '$1 >= from && $1 < from + 100 { print $2 }' "$work/pods" | spread %.2f)"
	done
	row "CPU ms per pod" "" "$(column "$work/pods" cpu 2)"
	row "ms per pod by tc filters, 300 pods" "" \
		"$(awk '$1 != "cpu" { print $2 }' "$work/pods-tc" | spread %.2f)"
}
