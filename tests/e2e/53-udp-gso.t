#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317 # lab_* are others'; functions that ok calls by name
#
# UDP super-packets (UDP_SEGMENT) between nodes: what a pod sends at once stays one packet up to the other node, which
# must not take the VXLAN header off itself, because the kernel drops what is left then. The vxlan device does it,
# and each datagram arrives.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"

gso_port=7004
gso_size=1000
gso_bursts=10
gso_pieces=20 # of each
gso_file=$lab_scratch/datagrams
gso_option=17:103 # SOL_UDP, UDP_SEGMENT

# Numbered, so that no two are the same.
gso_datagrams() {
	awk -v n=$((gso_bursts * gso_pieces)) -v size=$gso_size '
		BEGIN { for (i = 0; i < n; i++) printf "%-*s\n", size - 1, "datagram " i }' >"$gso_file"
}

# A port for each way; those who listen stay until the lab goes.
gso_receive() {
	gso_got=$lab_scratch/$((++gso_port)).got
	on "$1" socat -u -v "UDP4-RECV:$gso_port,rcvbuf=4000000" "CREATE:$gso_got" 2>"$gso_got.log" &
	lab_wait is_listening "$1" -u ":$gso_port"
}

gso_send() {
	on "$1" socat -u -b $((gso_size * gso_pieces)) "OPEN:$gso_file" \
		"UDP4-SENDTO:$2:$gso_port,setsockopt-int=$gso_option:$gso_size"
}

gso_has_all() {
	[ "$(stat -c %s "$gso_got")" -ge "$(stat -c %s "$gso_file")" ]
}

# "COUNT of SIZE bytes", for each size of datagram that was received.
gso_sizes() {
	sed -n 's/^> .* length=\([0-9]*\) .*/\1/p' "$gso_got.log" | sort -n | uniq -c |
		awk '{ print $1 " of " $2 " bytes" }'
}

# gso_counts FROM-NODE TO-NODE: packets that left the pod for another node; those that the other node opened at its
# NIC, left to its stack there, and got from its vxlan device, with the bytes of the last.
gso_counts() {
	{
		node_status "$1" | sed -n 's/^from_container .* to-overlay /sent /p'
		node_status "$2" | sed -n 's/^\(from_[a-z]*\) .* \(to-[a-z-]*\) /\1:\2 /p'
	} | awk '{ packets[$1] += $2; bytes[$1] += $3 }
		END { print packets["sent"] + 0, packets["from_netdev:to-pod-peer"] + 0, packets["from_netdev:to-host"] + 0,
			packets["from_overlay:to-pod-peer"] + 0, bytes["from_overlay:to-pod-peer"] + 0 }'
}

# gso_since BEFORE AFTER
gso_since() {
	printf '%s\n' "$1" "$2" | awk 'NR == 1 { split($0, before) }
		NR == 2 { printf "sent %d, opened %d, left %d, from the device %d with %d bytes\n", $1 - before[1],
			$2 - before[2], $3 - before[3], $4 - before[4], $5 - before[5] }'
}

# gso_way TITLE FROM TO
gso_way() {
	local title="$1, $2 -> $3" from=${2%-*} to=${3%-*} datagrams=$((gso_bursts * gso_pieces)) before counted
	ok "$title: the receiver listens" gso_receive "$3"
	before=$(gso_counts "$from" "$to")
	ok "$title: bursts are sent" gso_send "$2" "${lab_addr[$3]}"
	lab_wait gso_has_all
	is "$title: every datagram arrives" "$(gso_sizes)" "$datagrams of $gso_size bytes"
	ok "$title: as it was sent" cmp "$gso_file" "$gso_got"
	counted=$(gso_since "$before" "$(gso_counts "$from" "$to")")
	if [[ $counted == "sent $datagrams,"* ]] && ! lab_has_tcx; then
		# 5.10 cuts them in the pod.
		is "$title: each datagram is one packet, which arrives by one of both ways" \
			"$(awk -F '[ ,]+' '{ print $2, $4 + $10 }' <<<"$counted")" "$datagrams $datagrams"
	else
		is "$title: each burst is one packet, which the device opens" "$counted" \
			"sent $gso_bursts, opened 0, left $gso_bursts, from the device $gso_bursts with $((gso_bursts * (gso_size * gso_pieces + 42))) bytes"
	fi
}

lab_up
if ! { bpf=$(bundle_of vxlan) && device=$(bundle_of vxlan device); }; then
	fail "the bundles compile"
	done_testing
fi
gso_datagrams
for node in node1 node2; do ok "$node takes the bundle" node_apply "$node" "$bpf"; done
gso_way "BPF to BPF" node1-client node2-server
ok "node2 takes the device's bundle" node_apply node2 "$device"
gso_way "BPF to a device" node1-client node2-server
gso_way "a device to BPF" node2-client node1-server
done_testing
