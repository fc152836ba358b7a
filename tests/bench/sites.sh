# shellcheck shell=bash disable=SC2154,SC2016 # sourced variables; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# Sites: two nodes each, with a client and a server on the first and a server on the second, all at the lab's one
# network at the same time, so that runs on them can be interleaved. A site is told from another by what forwards on
# its nodes: a bundle, or the kernel alone.

declare -A site_index=() # of the sites that the table at hand has made
sites_made=0             # by all tables: addresses are not used twice

# bench_bundle NAME CONFIG OPTION...: $work/NAME; false when hrcompile takes the ConfigMap or the option not.
bench_bundle() {
	local name=$1 from=$2
	shift 2
	mkdir -p "$(dirname -- "$work/$name")" &&
		"$hrcompile" --quiet --templates "$lab_root/bpf-templates" -o "$work/$name" "$@" - <"$from" >"$work/hrcompile.log" 2>&1
}

# A ConfigMap without masquerade.
bench_unmasqueraded() {
	sed 's/^\(  enable-ipv4-masquerade:\).*/\1 "False"/' "$1"
}

# site_node NAME ADDR: a node of the lab without pods.
site_node() {
	lab_namespace "$1" && lab_sysctls "$1" "$lab_rp_filter" 1 && lab_hold_node "$1" &&
		lab_cable "$1" enp0s2 network "to-$1" && on network ip link set "to-$1" master br0 &&
		on "$1" ip addr add "$2/24" dev enp0s2 &&
		on "$1" ip route add default via 192.168.64.1
}

# Node N (1 or 2) of site I: its address, and the first three bytes of its pods'.
site_addr() {
	echo "192.168.64.$((20 + 2 * $1 + $2))"
}

site_net() {
	echo "10.233.$((100 + 2 * $1 + $2))"
}

site_pods() {
	local node=$1 net=$2
	lab_make_pod "$node" lxc_client "$net.10" 02:00:00:00:01:10 "$net.1" &&
		lab_make_pod "$node" lxc_server "$net.20" 02:00:00:00:01:20 "$net.1"
}

site_state() {
	local index=$1 n=$2 net
	net=$(site_net "$index" "$n")
	cat <<-STATE
		node:
		  ip: $(site_addr "$index" "$n")
		  pod-cidr: $net.0/24
		  router-ip: $net.1
		remote-nodes:
		  - name: other
		    ip: $(site_addr "$index" $((3 - n)))
		    pod-cidr: $(site_net "$index" $((3 - n))).0/24
		endpoints:
		  - name: bench/client
		    ip: $net.10
		    interface: lxc_client
		    mac: 02:00:00:00:01:10
		    identity: 4711
		  - name: bench/server
		    ip: $net.20
		    interface: lxc_server
		    mac: 02:00:00:00:01:20
		    identity: 4712
	STATE
}

# site_bundle NODE INDEX N BUNDLE
site_bundle() {
	site_state "$2" "$3" >"$work/$1.yaml" &&
		on "$1" "$hrinstall" apply "$4" --state "$work/$1.yaml" >"$work/$1.log" 2>&1
}

# The kernel's own routes, the pods' host sides as next hops.
site_veth() {
	local node=$1 net
	net=$(site_net "$2" "$3")
	on "$node" ip addr add "$net.1/32" dev lo && on "$node" ip route add "$net.10" dev lxc_client &&
		on "$node" ip route add "$net.20" dev lxc_server &&
		on "$node" ip route add "$(site_net "$2" $((3 - $3))).0/24" via "$(site_addr "$2" $((3 - $3)))"
}

# What a node with an iptables service proxy and policies has: conntrack, and rules that every packet is held against.
site_nft() {
	site_veth "$@" || return
	{
		echo 'table ip bench {'
		echo 'chain forward { type filter hook forward priority 0; policy accept; ct state invalid drop'
		for ((i = 0; i < 50; i++)); do echo "ip saddr 172.30.$i.0/24 tcp dport 80 counter drop"; done
		echo '}'
		echo 'chain postrouting { type nat hook postrouting priority 100; ip daddr != 10.0.0.0/8 masquerade; }'
		echo '}'
	} | on "$1" nft -f -
}

# The same over the kernel's VXLAN device, which has one peer.
site_kernel() {
	local node=$1 far
	far=$(site_net "$2" $((3 - $3)))
	site_veth "$@" && on "$node" ip link add vx0 type vxlan id 4711 dstport 4789 \
		local "$(site_addr "$2" "$3")" remote "$(site_addr "$2" $((3 - $3)))" &&
		on "$node" ip link set vx0 up && on "$node" ip route replace "$far.0/24" via "$far.1" dev vx0 onlink
}

# site_up NAME HOW [BUNDLE]: makes a site; HOW is one of the functions above without its prefix.
site_up() {
	local name=$1 how=$2 index=$((sites_made++)) n node
	for n in 1 2; do
		node=$name$n
		site_node "$node" "$(site_addr "$index" "$n")" && site_pods "$node" "$(site_net "$index" "$n")" &&
			"site_$how" "$node" "$index" "$n" "${@:3}" || return
	done
	site_index[$name]=$index
}

# site_serve PORT N...: tcp's servers in the pods of those nodes of each site, until the lab goes.
site_serve() {
	local port=$1 site n pod
	shift
	for site in "${!site_index[@]}"; do
		for n in "$@"; do
			pod=$site$n-server
			on "$pod" taskset -c 0 "$tcp" serve "${lab_addr[$pod]}" "$port" &
			lab_wait is_listening "$pod" -t "${lab_addr[$pod]}:$port" || return
		done
	done
}
