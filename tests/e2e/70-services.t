#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that ok calls by name
#
# Services of a state, of kubectl's output and of single changes, as the datapath's tables have them.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

bundle=$(bundle_of vxlan) || {
	fail "the example compiles"
	done_testing
}
state=$tap_dir/state.yaml
service() { on node1 "$hrinstall" service "$@"; }
# dump MAP: an entry per line.
dump() {
	on node1 bpftool map dump pinned "/sys/fs/bpf/hostroute/$1" | tr -d ' \n' | sed 's/{"key"/\n&/g' | grep '"key"' | sed 's/[],]*$//' | sort
}
# entries MAP: how many it has.
entries() { dump "$1" | wc -l; }
# counts: of backends, slots, frontends.
counts() { echo "$(entries hr_backends4) $(entries hr_slots4) $(entries hr_frontends4)"; }
tables() { for map in backends4 slots4 aff_match4 src_ranges4 frontends4; do dump "hr_$map"; done; }
# listed NAME: its backends. A frontend's first line has 6 words more in front of a backend than the others.
listed() {
	service list | awk -v name="$1" '$2 == "=>" { if (own) print $3; next } { own = $3 == name } own { print $6 }' |
		sort -u | paste -sd' '
}
# apply [SERVICES-YAML [OPTION...]]: node1's state, and services behind it.
apply() {
	{ cat "$(lab_state_file node1)" && printf '%s\n' "${1-}"; } >"$state"
	[ $# -gt 0 ] && shift
	run on node1 "$hrinstall" apply "$bundle" --state "$state" "$@"
}
web='services:
  - name: default/web:http
    port: 80
    cluster-ip: 10.96.0.10
    node-port: 30080
    load-balancer-ips: [192.0.2.2]
    source-ranges: [198.51.100.0/24, 0.0.0.0/0]
    session-affinity: 60
    backends:
      - {ip: 10.233.64.93, port: 8080}
      - {ip: 10.233.65.95, port: 8080}'
dns='  - {name: kube-system/dns, protocol: UDP, port: 53, cluster-ip: 10.96.0.11, backends: [{ip: 10.233.64.93, port: 53}]}'

apply
is "a state without services" "$status:$(counts)" "0:0 0 0"
apply "$web
$dns"
is "services are entered" "$status:$(counts)" "0:3 3 4"
is "from the backends up" "$(grep -o 'write map hr_[a-z_4]*' "$tap_out" | cut -d' ' -f3 | paste -sd' ')" \
	"hr_backends4 hr_slots4 hr_aff_match4 hr_src_ranges4 hr_frontends4"
is "backends to keep, and source ranges" "$(entries hr_aff_match4) $(entries hr_src_ranges4)" "6 2"
like "and listed" "$(service list)" '^10\.96\.0\.10:80/TCP +ClusterIP +default/web:http +1 => 10\.233\.64\.93:8080 \(active\)$'
like "also what is on every address" "$(service list)" '^\*:30080/TCP +NodePort +default/web:http '
is "with all backends" "$(listed default/web:http)" "10.233.64.93:8080 10.233.65.95:8080"
like "as JSON too" "$(service list --format json | tr -d ' \n')" '"ip":"10.96.0.10","port":80,"protocol":"TCP","served":true,"affinity":60,"backends":\[{"ip":"10.233.64.93","port":8080,'
apply "$web
$dns"
like "a second apply has nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'
apply
like "and neither has one without services" "$(cat "$tap_out")" '[Nn]othing to do'
tables >"$tap_dir/both"

service set - >"$tap_out" <<'END'
services:
  - {name: default/api, port: 443, cluster-ip: 10.96.0.12, backends: [{ip: 10.233.64.93, port: 8080}, {ip: 10.233.65.95, port: 6443}]}
END
is "a service is entered beside them" "$(counts)" "4 5 5"
like "and listed" "$(service list)" '^10\.96\.0\.12:443/TCP +ClusterIP +default/api '
service set - >"$tap_out" <<'END'
services:
  - {name: default/api, port: 443, cluster-ip: 10.96.0.12, backends: [{ip: 10.233.65.95, port: 6443}]}
END
is "and replaced" "$(counts):$(listed default/api)" "4 4 5:10.233.65.95:6443"
is "with what is new before what goes" \
	"$(grep -o 'hr_[a-z]*4.*' "$tap_out" | paste -sd';')" \
	"hr_backends4: 1 changed;hr_slots4: 1 added;hr_frontends4: 1 changed;hr_slots4: 2 removed"
service set - >/dev/null 2>"$tap_err" <<'END'
services:
  - {name: default/thief, port: 80, cluster-ip: 10.96.0.10}
END
like "what another has is refused" "$(cat "$tap_err")" "10.96.0.10:80/TCP is another service's"
run service set /dev/null
is "a file without services is refused" "$status" 3
run service del default/api
is "a service is deleted" "$status:$(counts)" "0:3 3 4"
tables >"$tap_dir/after"
is_file "and nothing of it stays" "$tap_dir/after" "$tap_dir/both"
run service del default/api
is "a second time there is nothing to do" "$status:$(cat "$tap_out")" "0:nothing to do"
apply
like "which apply agrees with" "$(cat "$tap_out")" '[Nn]othing to do'


on node1 touch /run/hostroute/services/changing
run service del kube-system/dns
is "after a change that did not end there are no others" "$status:$(counts)" "4:3 3 4"
apply
is "nor an apply without services" "$status" 4
like "but the tables are listed" "$(service list 2>/dev/null)" '^10\.96\.0\.10:80/TCP +- +- '
apply "$web
$dns"
is "one with them repairs it" "$status" 0
run service del kube-system/dns
is "and changes go on" "$status:$(counts)" "0:2 2 3"

apply '' --services "$lab_root/tests/unit/data/kube/cluster.json"
is "kubectl's output replaces them" "$status:$(listed kube-system/kube-dns:dns)" "0:10.233.64.50:5354"
is "the old ones are gone" "$(listed kube-system/dns)" ""
apply "$web" --services "$lab_root/tests/unit/data/kube/cluster.json"
is "services from two places are refused" "$status" 3

many() {
	local i
	echo services:
	echo '  - name: default/many'
	echo '    node-port: 30001'
	echo '    backends:'
	for ((i = 0; i < 4000; i++)); do echo "      - {ip: 10.233.$((i / 250 + 70)).$((i % 250 + 1)), port: $1}"; done
}
apply "$(many 1)"
is "thousands of backends" "$status:$(entries hr_slots4)" 0:4000
apply 'services: []'
is "an empty list removes all" "$status:$(counts)" "0:0 0 0"
like "of which none is listed" "$(service list | wc -l)" '^1$'
# several PORT: services of which some share a file of the store, which has 256.
several() {
	local i
	echo services:
	for ((i = 1; i <= 300; i++)); do
		echo "  - {name: bench/s$i, port: $i, cluster-ip: 10.96.0.13, backends: [{ip: 10.233.64.93, port: $1}]}"
	done
}
service set - >/dev/null < <(several 1)
service set - >/dev/null < <(several 2)
is "several are changed at once, and remembered" \
	"$(counts):$(service list | grep -c ' bench/s[0-9]* .*10\.233\.64\.93:2 ')" "1 300 300:300"
service del bench/s7 >/dev/null
is "one that goes leaves the others of its file" "$(counts):$(service list | grep -c ' bench/s')" "1 299 299:299"
apply
like "which the store then has as the tables do" "$(cat "$tap_out")" '[Nn]othing to do'
ok "remove" on node1 "$hrinstall" remove
run service list
is "with nothing installed there is none to list" "$status" 4
run service set - <<<"$web"
is "nor to change" "$status" 4
done_testing
