# shellcheck shell=bash disable=SC2154,SC2016 # lab_* variables are lab.sh's; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What passes in the lab, and where it passes: traffic of three kinds whose arrival is checked, counters on
# every netfilter hook of a node, a counter on a pod's host-side interface. Sourced after lab.sh.

lab_hooks=(prerouting input forward output postrouting)
lab_tcp_port=7001
lab_udp_port=7002
lab_source_port=7003
lab_tcp_mb=${LAB_TCP_MB:-50} # less where the machine is emulated
lab_file=$lab_scratch/${lab_tcp_mb}MB
lab_file_digest= # of traffic_file

# Counts packets from or to a pod address at every hook, before anything else that is there.
netfilter_watch() {
	local hook
	{
		echo 'table ip hr_lab {'
		for hook in "${lab_hooks[@]}"; do
			cat <<-RULES
				counter $hook { }
				chain $hook {
					type filter hook $hook priority -400; policy accept;
					ip saddr 10.233.0.0/16 counter name "$hook" return
					ip daddr 10.233.0.0/16 counter name "$hook"
				}
			RULES
		done
		echo '}'
	} | on "$1" nft -f -
}

netfilter_reset() {
	on "$1" nft reset counters table ip hr_lab >/dev/null
}

# netfilter_seen NODE: "prerouting=0 input=0 ..."; a question mark where nobody counts.
netfilter_seen() {
	on "$1" nft list counters table ip hr_lab |
		awk 'BEGIN { n["prerouting"] = n["input"] = n["forward"] = n["output"] = n["postrouting"] = "?" }
		     $1 == "counter" { hook = $2 }
		     $1 == "packets" { n[hook] = $2 }
		     END { printf "prerouting=%s input=%s forward=%s output=%s postrouting=%s\n",
			   n["prerouting"], n["input"], n["forward"], n["output"], n["postrouting"] }'
}

# netfilter_hook NODE HOOK: packets at one hook.
netfilter_hook() {
	netfilter_seen "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# snmp NAME GROUP FIELD: a counter of its /proc/net/snmp.
snmp() {
	on "$1" awk -v group="$2:" -v field="$3" '
		$1 == group && !n { for (i = 1; i <= NF; i++) if ($i == field) n = i; next }
		$1 == group { print $n }' /proc/net/snmp
}

# Packets that left a node's interface: whatever went through its tc egress. redirect_peer does not.
egress_seen() {
	on "$1" cat "/sys/class/net/$2/statistics/tx_packets"
}

# A pod that asks for its gateway's MAC gets an ARP reply through the interface: with the entry made permanent,
# packets of the traffic under test are the only ones left to count.
egress_quiet() {
	on "$1" ip neigh change "$2" dev eth0 nud permanent
}

traffic_file() {
	[ -e "$lab_file" ] || head -c "$((lab_tcp_mb * 1000000))" /dev/urandom >"$lab_file"
	lab_file_digest=$(sha256sum <"$lab_file")
}

is_listening() {
	on "$1" ss -Hln "$2" "src $3" | grep -q .
}

# traffic_serve NAME [ADDR]: a TCP server that answers with the digest of what it got, and a UDP echo. Bound to
# the one address, because an unbound UDP server may answer from another.
traffic_serve() {
	local name=$1 addr=${2:-${lab_addr[$1]}}
	on "$name" socat "TCP4-LISTEN:$lab_tcp_port,bind=$addr,reuseaddr,fork" EXEC:sha256sum &
	on "$name" socat -T 5 "UDP4-RECVFROM:$lab_udp_port,bind=$addr,fork" PIPE &
	lab_wait is_listening "$name" -t "$addr:$lab_tcp_port" &&
		lab_wait is_listening "$name" -u "$addr:$lab_udp_port"
}

# The address that a server at NAME sees as the client's: traffic_serve_source NAME once, then source_seen FROM NAME.
traffic_serve_source() {
	on "$1" socat "TCP4-LISTEN:$lab_source_port,bind=${lab_addr[$1]},reuseaddr,fork" \
		SYSTEM:'echo $SOCAT_PEERADDR' 2>/dev/null &
	lab_wait is_listening "$1" -t "${lab_addr[$1]}:$lab_source_port"
}

source_seen() {
	on "$1" timeout 5 socat -t 2 - "TCP4:${lab_addr[$2]}:$lab_source_port,connect-timeout=2" </dev/null
}

# traffic_icmp FROM ADDR: three small ones and three that need fragments, each answered.
traffic_icmp() {
	on "$1" ping -n -q -c 3 -i 0.05 -W 2 "$2" && on "$1" ping -n -q -s 4000 -c 3 -i 0.05 -W 2 "$2"
}

# traffic_udp FROM ADDR: five datagrams, each comes back as it was.
traffic_udp() (
	trap '' PIPE
	coproc client { on "$1" socat -t 0.1 - "UDP4:$2:$lab_udp_port"; }
	exec {from}<&"${client[0]}" {to}>&"${client[1]}"
	for i in 1 2 3 4 5; do
		want=$(printf 'datagram %d %1200s' "$i" .)
		printf '%s\n' "$want" >&"$to"
		IFS= read -r -t 2 -u "$from" got || got=nothing
		[ "$got" = "$want" ] || {
			echo "datagram $i: ${got:0:20} came back"
			exit 1
		}
	done
)

# traffic_tcp FROM ADDR: a file of lab_tcp_mb (50 MB) arrives as it was sent, by the receiver's own digest.
traffic_tcp() {
	local digest
	digest=$(on "$1" timeout 30 socat -t 20 - "TCP4:$2:$lab_tcp_port,connect-timeout=5" \
		<"$lab_file") || return
	[ "$digest" = "$lab_file_digest" ] || {
		printf 'digest of what arrived: %s, of what was sent: %s\n' "$digest" "$lab_file_digest"
		return 1
	}
}
