# shellcheck shell=bash disable=SC2016 # texts in single quotes expand inside the namespaces
# SPDX-License-Identifier: BSD-2-Clause
#
# The lab: the cluster of examples/cilium-config.yaml in private namespaces. Source it, call lab_enter
# first, then lab_up. It knows namespaces, links and addresses; what runs in them is the caller's business.
#
#     node1-client   node1-server            node2-client   node2-server
#     10.233.64.93   10.233.64.94            10.233.65.93   10.233.65.94
#          |              |                       |              |
#      lxc_client     lxc_server              lxc_client     lxc_server
#      ------- node1 ---------                 -------- node2 --------
#      enp0s2  192.168.64.8                     enp0s2  192.168.64.9
#              |                                        |
#              +------------- network (br0) ------------+
#                                  |
#                     router  192.168.64.1, 198.51.100.1
#                                  |
#                     internet  198.51.100.10
#
# Everything is inside one PID, mount and network namespace: when the script ends, however it ends, the
# kernel takes all of it away. Each node is a mount, network and cgroup namespace with its own /sys, bpffs,
# /run/hostroute and /run/cilium, so that the tools run in it with their defaults; its processes and those of its pods
# are in a cgroup of its own, which the process outside removes.

lab_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
lab_build=${O:-build}
case $lab_build in /*) ;; *) lab_build=$lab_root/$lab_build ;; esac
lab_scratch=/run/lab # in the lab's own tmpfs, so it goes with the lab
lab_interrupt=stop   # "ignore": Ctrl-C belongs to an interactive program inside
lab_rp_filter=2      # systemd's default on every distribution that has one

declare -A lab_addr=([router]=192.168.64.1 [internet]=198.51.100.10)
declare -A lab_holder=() # PID of the process that keeps a node's mount namespace

lab_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The first mount of cgroup v2.
lab_cgroup2() {
	awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

# lab_cgroup_remove DIR: a lab's cgroups, which the kernel keeps busy until the last process is gone.
lab_cgroup_remove() {
	local i
	for ((i = 0; i < 40; i++)); do
		find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
		if [ ! -e "$1" ]; then return; fi
		sleep 0.05
	done
	printf 'left behind: %s\n' "$1" >&2
}

# lab_cgroup_make ROOT: a cgroup for this lab in $lab_cgroup, locked in $lab_guard for as long as this process lives.
# The lock says whose it is: numbers of processes would not, for other labs count theirs in other PID namespaces.
lab_cgroup_make() {
	lab_cgroup=
	until [ -e "$lab_cgroup" ]; do # a sweep may be faster than the lock
		lab_cgroup=$(mktemp -d "$1/lab-XXXXXX") || return
		if exec {lab_guard}<"$lab_cgroup"; then flock "$lab_guard" || return; fi
	done
}

# lab_cgroup_sweep ROOT: takes away the cgroups of labs whose process outside was killed.
lab_cgroup_sweep() {
	local dir fd
	for dir in "$1"/lab-*; do
		if [ ! -d "$dir" ] || ! exec {fd}<"$dir"; then continue; fi
		if flock -n "$fd"; then lab_cgroup_remove "$dir"; fi
		exec {fd}<&-
	done
}

# Prints the first thing this machine lacks; false when it lacks nothing.
lab_missing() {
	local tool
	if [ "$(id -u)" -ne 0 ]; then
		echo "needs root, to create namespaces"
		return
	fi
	for tool in ip tc ss nft socat ping bpftool nsenter unshare setpriv flock pgrep; do
		if ! command -v "$tool" >/dev/null; then
			echo "needs $tool (make deps installs it)"
			return
		fi
	done
	if ! unshare --net --mount --pid --cgroup --fork true 2>/dev/null; then
		echo "may not create namespaces here"
		return
	fi
	if [ ! -w "$(lab_cgroup2)" ]; then
		echo "needs cgroup v2 (mount -t cgroup2 cgroup2 DIR)"
		return
	fi
	return 1
}

# True when the kernel has tcx (6.6), by its BTF; kernels old enough to have none have BTF.
lab_has_tcx() {
	grep -qa BPF_TCX_INGRESS /sys/kernel/btf/vmlinux
}

lab_is_inside() {
	[ -n "${LAB_OUTSIDE:-}" ] && [ "$$" -eq 1 ] &&
		[ "$(readlink /proc/self/ns/net)" != "$LAB_OUTSIDE" ]
}

# Kills what runs inside and ends by the same signal, so that a caller such as make stops as well.
lab_stop() {
	trap - "$1"
	kill -KILL "$2" 2>/dev/null
	wait "$2" 2>/dev/null
	lab_cgroup_remove "$3"
	kill -s "$1" "$$"
}

# lab_enter SCRIPT ARGS...: returns inside the lab's namespaces, with a tmpfs on /run. The process outside
# stays as their guard: a signal to it, or its death by SIGKILL, ends everything inside.
lab_enter() {
	local child signal rc=0
	if lab_is_inside; then
		# shellcheck disable=SC2153 # comes from outside
		lab_cgroup=$LAB_CGROUP
		unset LAB_OUTSIDE LAB_CGROUP
		mount -t tmpfs -o mode=755 lab /run || exit 1
		mkdir -p "$lab_scratch" /run/netns /run/hostroute /run/cilium || exit 1
		export TMPDIR=$lab_scratch XDG_CACHE_HOME=$lab_scratch/cache
		cd -- "$lab_root" || exit 1
		return
	fi
	lab_cgroup_sweep "$(lab_cgroup2)"
	lab_cgroup_make "$(lab_cgroup2)" || exit 1
	LAB_OUTSIDE=$(readlink /proc/self/ns/net) LAB_CGROUP=$lab_cgroup setpriv --pdeathsig KILL \
		unshare --net --mount --pid --fork --kill-child --mount-proc \
		bash "$@" <&0 {lab_guard}<&- &
	child=$!
	for signal in INT TERM HUP; do
		# shellcheck disable=SC2064 # both are known now and do not change
		trap "lab_stop $signal $child '$lab_cgroup'" "$signal"
	done
	if [ "$lab_interrupt" = ignore ]; then trap '' INT; fi
	wait "$child" || rc=$?
	lab_cgroup_remove "$lab_cgroup"
	exit "$rc"
}

# on NAME CMD...: runs CMD in a namespace of the lab; of a node and its pods in the node's cgroup, and in a node with
# the node's mounts as well.
on() (
	name=$1
	shift
	if [ -n "${lab_holder[${name%%-*}]:-}" ]; then
		echo 0 >"$lab_cgroup/${name%%-*}/cgroup.procs" || exit
	fi
	if [ -n "${lab_holder[$name]:-}" ]; then
		exec nsenter --target "${lab_holder[$name]}" --mount --net --cgroup --wd -- "$@"
	fi
	exec nsenter --net="/run/netns/$name" -- "$@"
)

# lab_wait CMD...: until CMD succeeds, at most a minute, for a machine that does other work.
lab_wait() {
	local i
	for ((i = 0; i < 1200; i++)); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.05
	done
	printf 'gave up waiting for: %s\n' "$*" >&2
	return 1
}

lab_state_file() {
	printf '%s/examples/lab/%s.yaml\n' "$lab_root" "$1"
}

# lab_node NODE KEY: a value of the `node` section of the node's state file.
lab_node() {
	awk -v key="$2:" '/^[^ #]/ { section = $1 } section == "node:" && $1 == key { print $2 }' \
		"$(lab_state_file "$1")"
}

# lab_pods NODE: its endpoints, one per line: interface, address, MAC.
lab_pods() {
	awk '/^[^ #]/ { section = $1 }
	     section != "endpoints:" { next }
	     $1 == "ip:" { ip = $2 }
	     $1 == "interface:" { dev = $2 }
	     $1 == "mac:" { print dev, ip, $2 }' "$(lab_state_file "$1")"
}

# A namespace with loopback up and without IPv6, whose address detection would make listings change by themselves.
lab_namespace() {
	ip netns add "$1" && nsenter --net="/run/netns/$1" sh -c '
		for conf in all default; do
			if [ -d /proc/sys/net/ipv6/conf/$conf ]; then
				echo 1 >/proc/sys/net/ipv6/conf/$conf/disable_ipv6 || exit 1
			fi
		done
		ip link set lo up'
}

# lab_cable NS1 DEV1 NS2 DEV2: a veth pair between two namespaces, both ends up.
lab_cable() {
	ip link add name "$2" netns "$1" type veth peer name "$4" netns "$3" &&
		on "$1" ip link set "$2" up && on "$3" ip link set "$4" up
}

# lab_sysctls NAME RP_FILTER SEND_REDIRECTS: a forwarding host, before its devices exist.
# New namespaces inherit the machine's conf/{all,default}: what routing depends on is set, not assumed.
lab_sysctls() {
	nsenter --net="/run/netns/$1" sh -c '
		echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter &&
		echo "$1" >/proc/sys/net/ipv4/conf/default/rp_filter &&
		for conf in all default; do
			echo "$2" >/proc/sys/net/ipv4/conf/$conf/send_redirects || exit 1
			for key in accept_local proxy_arp arp_ignore arp_announce; do
				echo 0 >/proc/sys/net/ipv4/conf/$conf/$key || exit 1
			done
		done' sh "$2" "$3"
}

lab_make_network() {
	lab_namespace network &&
		on network ip link add br0 type bridge stp_state 0 forward_delay 0 &&
		on network ip link set br0 up
}

lab_make_router() {
	lab_namespace router && lab_namespace internet && lab_sysctls router 0 0 &&
		lab_cable router eth0 network to-router &&
		on network ip link set to-router master br0 &&
		lab_cable router eth1 internet eth0 &&
		on router ip addr add 192.168.64.1/24 dev eth0 &&
		on router ip addr add 198.51.100.1/24 dev eth1 &&
		on internet ip addr add 198.51.100.10/24 dev eth0 &&
		on internet ip route add default via 198.51.100.1
}

# The process that holds a node: `ip netns exec` gives it a mount namespace with the right sysfs.
lab_hold_node() {
	local ready=$lab_scratch/$1.ready
	mkdir "$lab_cgroup/$1" || return
	sh -c 'echo 0 >"$3" && exec ip netns exec "$1" unshare --cgroup sh -c "
		mount -t bpf bpf /sys/fs/bpf && mount -t tmpfs tmpfs /run/hostroute &&
		mount -t tmpfs tmpfs /run/cilium && : >$2 && exec sleep infinity"' \
		sh "$1" "$ready" "$lab_cgroup/$1/cgroup.procs" &
	lab_holder[$1]=$!
	lab_wait test -e "$ready"
}

lab_make_pod() {
	local node=$1 interface=$2 addr=$3 mac=$4 gateway=$5 pod
	pod=$node-${interface#lxc_}
	lab_addr[$pod]=$addr
	lab_namespace "$pod" && lab_cable "$pod" eth0 "$node" "$interface" &&
		on "$pod" ip link set eth0 address "$mac" &&
		on "$pod" ip addr add "$addr/32" dev eth0 &&
		on "$pod" ip route add "$gateway" dev eth0 scope link &&
		on "$pod" ip route add default via "$gateway" dev eth0 mtu 1450
}

lab_make_node() {
	local node=$1 gateway interface addr mac
	gateway=$(lab_node "$node" router-ip)
	lab_addr[$node]=$(lab_node "$node" ip)
	lab_addr[$node-gateway]=$gateway
	lab_namespace "$node" && lab_sysctls "$node" "$lab_rp_filter" 1 && lab_hold_node "$node" &&
		lab_cable "$node" enp0s2 network "to-$node" &&
		on network ip link set "to-$node" master br0 &&
		on "$node" ip addr add "${lab_addr[$node]}/24" dev enp0s2 &&
		on "$node" ip route add default via 192.168.64.1 || return
	while read -r interface addr mac; do
		lab_make_pod "$node" "$interface" "$addr" "$mac" "$gateway" || return
	done < <(lab_pods "$node")
}

lab_up() {
	if ! { lab_make_network && lab_make_router && lab_make_node node1 && lab_make_node node2; }; then
		lab_die "the lab could not be built"
	fi
}

# A second network: enp0s3 of both nodes, 192.168.65.8 and .9, on a bridge of its own. The agents take a veth for a NIC
# only where a default route uses it; this one's metric keeps it unused.
lab_second_network() {
	local node
	on network ip link add br1 type bridge stp_state 0 forward_delay 0 &&
		on network ip link set br1 up || return
	for node in node1 node2; do
		lab_cable "$node" enp0s3 network "to-$node-2" &&
			on network ip link set "to-$node-2" master br1 &&
			on "$node" ip addr add "192.168.65.${lab_addr[$node]##*.}/24" dev enp0s3 &&
			on "$node" ip route add default via 192.168.65.1 dev enp0s3 metric 500 || return
	done
}

# For those who speak to pods by their own addresses: pods that speak first are masqueraded.
lab_router_learns_pods() {
	local node
	for node in node1 node2; do
		on router ip route add "$(lab_node "$node" pod-cidr)" via "${lab_addr[$node]}" || return
	done
}

# lab_config VARIANT...: the example ConfigMap, changed as the words say.
lab_config() {
	local word script=()
	for word in "$@"; do
		case $word in
		vxlan | bpf) ;;
		legacy) script+=(-e 's/^\(  enable-host-legacy-routing:\).*/\1 "True"/') ;;
		device) script+=(-e '1i # hrcompile: --vxlan device') ;;
		geneve) script+=(-e 's/^\(  tunnel:\).*/\1 geneve/') ;;
		native)
			script+=(-e 's/^\(  tunnel:\).*/\1 disabled/'
				-e 's/^  ipam:/  ipv4-native-routing-cidr: 10.233.0.0\/16\n&/M')
			;;
		strict) script+=(-e 's/^\(  kube-proxy-replacement:\).*/\1 strict/') ;;
		maglev) script+=(-e 's/^  ipam:/  bpf-lb-algorithm: maglev\n&/M') ;;
		dsr | hybrid) script+=(-e "s/^  ipam:/  bpf-lb-mode: $word\n&/M") ;;
		hostns-only) script+=(-e 's/^  ipam:/  bpf-lb-sock-hostns-only: "true"\n&/M') ;;
		ip-masq-agent) script+=(-e 's/^\(  enable-ip-masq-agent:\).*/\1 "True"/') ;;
		four-ports) script+=(-e 's/^  ipam:/  node-port-range: 30000,65531\n&/M') ;;
		short-timeouts)
			script+=(-e 's/^  ipam:/  bpf-ct-timeout-regular-any: 12s\n&/M'
				-e 's/^  ipam:/  bpf-ct-timeout-regular-tcp-syn: 2s\n&/M'
				-e 's/^  ipam:/  bpf-ct-timeout-regular-tcp-fin: 1s\n&/M')
			;;
		short-service-timeouts) # of datagrams and of what has ended; connections have theirs
			script+=(-e 's/^  ipam:/  bpf-ct-timeout-service-any: 6s\n&/M' -e 's/^  ipam:/  bpf-ct-timeout-regular-tcp-fin: 1s\n&/M')
			;;
		egress=*) script+=(-e "s/^  ipam:/  egress-masquerade-interfaces: ${word#*=}\n&/M") ;;
		random-fully) script+=(-e 's/^  ipam:/  iptables-random-fully: "True"\n&/M') ;;
		iptables-masq) script+=(-e 's/^\(  enable-bpf-masquerade:\).*/\1 "False"/') ;;
		skip-unreachable) # a key of 1.16, which reads some others differently
			script+=(-e '/^  \(disable-cnp-status-updates\|enable-remote-node-identity\):/d' -e 's/^  tunnel:.*/  routing-mode: native/'
				-e 's/^\(  kube-proxy-replacement:\).*/\1 "true"/'
				-e 's/^  auto-direct-node-routes:/  direct-routing-skip-unreachable: "true"\n&/')
			;;
		second-device) script+=(-e 's/^  auto-direct-node-routes:/  devices: enp0s2\n  direct-routing-device: enp0s3\n&/') ;;
		missing-device) script+=(-e 's/^  auto-direct-node-routes:/  direct-routing-device: enp0s9\n&/') ;;
		auto-routes) script+=(-e 's/^\(  auto-direct-node-routes:\).*/\1 "True"/') ;;
		*) lab_die "no such variant: $word" ;;
		esac
	done
	sed -e '' "${script[@]}" "$lab_root/examples/cilium-config.yaml"
}
