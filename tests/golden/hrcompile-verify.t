#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a bundle says of itself, and hrcompile --verify, which does not believe it: lists and digests of files, the
# bill of materials, and the running kernel's verifier.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

cd "$tap_dir" || exit 1

# compile DIR TEMPLATES
compile() {
	"$hrcompile" --quiet --no-cache --templates "$2" -o "$1" "$top/examples/cilium-config.yaml" >/dev/null
}
compile good "$top/bpf-templates"

# --- what a bundle says -----------------------------------------------------------------------------

# Name and digest of every listed file, one per line.
listed() {
	perl -MJSON::PP -0777e 'print "$_->{sha256}  $_->{file}\n" for @{ decode_json(<>)->{files} }' "$1/manifest.json"
}
is "the manifest lists every other file with its digest" "$(listed good)" \
	"$(cd good && find . -type f ! -name manifest.json -printf '%P\0' | sort -z | xargs -0 sha256sum)"

# sbom_check DIR: prints what the bill of materials lacks of SPDX 2.3's required fields, or contradicts.
sbom_check() {
	# shellcheck disable=SC2016 # perl's
	perl -MJSON::PP -MDigest::SHA=sha1_hex -0777e '
		my $dir = shift;
		my $d = decode_json(do { open my $f, "<", "$dir/sbom.spdx.json"; <$f> });
		sub need { my ($o, $what, @keys) = @_; for (@keys) { print "$what lacks $_\n" unless defined $o->{$_} } }
		need($d, "document", qw(spdxVersion dataLicense SPDXID name documentNamespace creationInfo packages files relationships));
		print "version\n" unless $d->{spdxVersion} eq "SPDX-2.3" and $d->{dataLicense} eq "CC0-1.0";
		print "namespace\n" unless $d->{documentNamespace} =~ m{^https://[^#]+-[0-9a-f]{64}$};
		need($d->{creationInfo}, "creationInfo", qw(created creators));
		print "created\n" unless $d->{creationInfo}{created} =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
		print "creator\n" unless $d->{creationInfo}{creators}[0] =~ /^Tool: hrcompile-\d/;
		my %id = ("SPDXRef-DOCUMENT" => 1);
		for my $o (@{ $d->{packages} }, @{ $d->{files} }) {
			print "id $o->{SPDXID}\n" if $o->{SPDXID} !~ /^SPDXRef-[A-Za-z0-9.-]+$/ or $id{ $o->{SPDXID} }++;
		}
		need($_, "package $_->{name}", qw(name SPDXID downloadLocation versionInfo licenseConcluded licenseDeclared copyrightText))
			for @{ $d->{packages} };
		my @sums;
		for my $f (@{ $d->{files} }) {
			need($f, "file $f->{fileName}", qw(fileName SPDXID checksums licenseConcluded licenseInfoInFiles copyrightText));
			my %sum = map { $_->{algorithm} => $_->{checksumValue} } @{ $f->{checksums} };
			open my $h, "<:raw", "$dir/$f->{fileName}" or print "no $f->{fileName}\n";
			my $data = <$h>;
			print "sha1 of $f->{fileName}\n" unless $sum{SHA1} eq sha1_hex($data);
			print "sha256 of $f->{fileName}\n" unless $sum{SHA256} eq Digest::SHA::sha256_hex($data);
			push @sums, $sum{SHA1};
		}
		my ($bundle) = grep { $_->{filesAnalyzed} } @{ $d->{packages} };
		print "verification code\n"
			unless $bundle->{packageVerificationCode}{packageVerificationCodeValue} eq sha1_hex(join "", sort @sums);
		my %type;
		for my $r (@{ $d->{relationships} }) {
			$type{ $r->{relationshipType} }++;
			print "relates $_\n" for grep { !$id{$_} } $r->{spdxElementId}, $r->{relatedSpdxElement};
		}
		print "describes\n" unless $type{DESCRIBES} == 1;
		print "contains\n" unless $type{CONTAINS} == @{ $d->{files} };
		printf "%d packages, %d files\n", scalar @{ $d->{packages} }, scalar @{ $d->{files} };
	' "$1"
}
is "the bill of materials has all that SPDX 2.3 requires" "$(sbom_check good 2>&1)" "4 packages, 5 files"
compile again "$top/bpf-templates"
is_file "it is the same whenever the bundle is" again/sbom.spdx.json good/sbom.spdx.json

# --- files ------------------------------------------------------------------------------------------

# broken TITLE REGEX: `broken` is not what its manifest says, which one row tells and no kernel hears of.
broken() {
	run "$hrcompile" --verify broken
	is "$1 is an input error, in one line" "$status:$(cat "$tap_err")" \
		"$input:hrcompile: error: broken: its files are not those of its manifest; no program was tried"
	like "$1: the file is named" "$(cat "$tap_out")" "$2"
	unlike "$1: no program was tried" "$(cat "$tap_out")" '^Verifier:'
	rm -r broken
}
cp -r good broken && printf 'x' | dd of=broken/bpf_lxc.o bs=1 seek=100 conv=notrunc status=none
broken "a changed object" '^bpf_lxc.o  *corrupted$'
cp -r good broken && echo >>broken/node_config.h
broken "a changed header" '^node_config.h  *corrupted$'
cp -r good broken && rm broken/sbom.spdx.json
broken "a missing file" '^sbom.spdx.json  *missing$'
cp -r good broken && cp good/bpf_lxc.o broken/bpf_more.o
broken "a file too many" '^bpf_more.o  *not in the manifest$'
cp -r good broken && sed -i "s/$(sha256sum good/bpf_lxc.o | cut -d' ' -f1)/$(printf '%064d' 0)/;" broken/manifest.json
broken "a manifest of other objects" '^bpf_lxc.o  *corrupted$'

run "$hrcompile" --verify "$top/bpf-templates"
is "what is no bundle is an input error" "$status:$(cat "$tap_out")" "$input:"
run "$hrcompile" --verify
is "no bundle at all is misuse" "$status:$(wc -l <"$tap_err")" "$usage:1"
run "$hrcompile" --verify --check good
is "verifying goes with no other command" "$status:$(wc -l <"$tap_err")" "$usage:1"

# --- another kernel, as far as no VM is needed ---------------------------------------------------------

# A bzImage as far as its magic goes, and an arm64 Image likewise.
printf 'HdrS' | dd of=vmlinuz bs=1 seek=514 status=none && truncate -s 4k vmlinuz
printf 'ARMd' | dd of=Image bs=1 seek=56 status=none && truncate -s 4k Image
mkdir -p bin tmp
export TMPDIR=$tap_dir/tmp

# refused TITLE STATUS REGEX ARGS...: one line of complaint, nothing on stdout, nothing left.
refused() {
	local title=$1 want=$2 regex=$3
	shift 3
	run "$hrcompile" --verify good "$@"
	is "$title" "$status:$(wc -l <"$tap_err"):$(grep -c '^Verifier:' "$tap_out"):$(ls -A tmp)" "$want:1:0:"
	like "$title: says so" "$(cat "$tap_err")" "$regex"
}
refused "an arm64 kernel is refused" "$environment" 'Image is an arm64 kernel: this build boots x86-64 kernels only$' --kernel Image
refused "what is no kernel is refused" "$environment" 'is not a kernel that boots here' --kernel good/manifest.json
refused "a kernel that is not there is named" "$environment" 'nowhere: No such file or directory$' --kernel nowhere
refused "--modules without --kernel is misuse" "$usage" 'goes with --verify and --kernel' --modules tmp
for option in --target --root --btf --kconfig; do
	refused "$option with --verify is misuse, not the running kernel" "$usage" 'a target cannot verify programs' $option good
done
run "$hrcompile" --verify good good
is "two bundles at once are misuse" "$status:$(cat "$tap_err")" \
	"$usage:hrcompile: error: --verify takes one bundle at a time (see hrcompile --help)"
refused "modules without modules.dep are an error" "$environment" 'read modules.dep \(depmod writes it\)' \
	--kernel vmlinuz --modules bin
run env PATH="$tap_dir/bin" "$hrcompile" --verify good --kernel vmlinuz
is "without QEMU there is one error" "$status:$(cat "$tap_err")" \
	"$environment:hrcompile: error: qemu-system-x86_64 is not installed: --verify --kernel boots the kernel in it"

# vm_leaves CONSOLE REPORT: what a QEMU of ours leaves behind.
vm_leaves() {
	printf '#!/bin/sh\nprintf %%b %q >console\nprintf %%b %q >report\n' "$1" "$2" >bin/qemu-system-x86_64
	chmod +x bin/qemu-system-x86_64
}
vm_leaves 'booting\nKernel panic - not syncing: nothing to do\n' ''
run env PATH="$tap_dir/bin:$PATH" "$hrcompile" --verify good --kernel vmlinuz
is "a VM that ends without a report is an error with its last words" "$status:$(cat "$tap_err")" \
	"$environment:hrcompile: error: vmlinuz: the VM ended without a report; the end of its console:
hrcompile:   booting
hrcompile:   Kernel panic - not syncing: nothing to do"
vm_leaves '' '{"schema": "hostroute.verify/1", "rele'
run env PATH="$tap_dir/bin:$PATH" "$hrcompile" --verify good --kernel vmlinuz
is "half a report is none" "$status:$(head -n 1 "$tap_err")" \
	"$environment:hrcompile: error: vmlinuz: the VM ended without a report; the end of its console:"
vm_leaves '' '{"schema": "hostroute.verify/1", "release": "6.1", "programs": [{"object": "../x"}]}\n'
run env PATH="$tap_dir/bin:$PATH" "$hrcompile" --verify good --kernel vmlinuz
is "a report that lies about its form is not taken" "$status:$(cat "$tap_err")" \
	"$environment:hrcompile: error: the VM's report: programs[0].object: malformed"
vm_leaves '' '{"schema": "hostroute.verify/1", "release": "6.1", "programs": []}\n'
run env PATH="$tap_dir/bin:$PATH" "$hrcompile" --verify good --kernel vmlinuz
is "a report without every program is not taken" "$status:$(cat "$tap_err")" \
	"$environment:hrcompile: error: vmlinuz: the VM's report is about other programs than the bundle's"
is "nothing is left of these VMs" "$(ls -A tmp)" ""
mkdir alone && cp "$hrcompile" alone
run alone/hrcompile --verify good --kernel vmlinuz
is "without the loader there is one error" "$status:$(cat "$tap_err")" \
	"$environment:hrcompile: error: there is no hrverify-init beside hrcompile (make builds it)"

# --- programs ---------------------------------------------------------------------------------------

if [ "$(id -u)" -ne 0 ]; then
	skip "the running kernel's verifier" "needs root"
	done_testing
fi

if command -v setpriv >/dev/null; then
	chmod 755 "$tap_dir" && chmod -R a+rX good
	run setpriv --bounding-set=-all --inh-caps=-all "$hrcompile" --verify good
	is "without privilege nothing can be loaded" "$status:$(wc -l <"$tap_err")" "$environment:1"
	like "and the error says what is missing" "$(cat "$tap_err")" 'loading programs needs root \(CAP_BPF and CAP_NET_ADMIN\)'
else
	skip "without privilege nothing can be loaded" "needs setpriv"
fi

run "$hrcompile" --verify good
is "the kernel takes the example's bundle" "$status:$(cat "$tap_err")" 0:
like "the digest of the whole is told" "$(cat "$tap_out")" \
	"^Bundle: .*good \(sha256 $(sha256sum good/manifest.json | cut -d' ' -f1)\)"
for row in "bpf_lxc.o from_container zero" "bpf_lxc.o from_container set" "bpf_host.o from_netdev zero" "bpf_host.o to_netdev set" "bpf_overlay.o from_overlay zero"; do
	like "figures for ${row}" "$(tr -s ' ' <"$tap_out")" "^$row [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* [0-9+]+ [1-9][0-9]* "
done

run "$hrcompile" --format json --verify good
is "as JSON: schema, outcomes, kernel" "$status:$(perl -MJSON::PP -0777e 'my $d = decode_json(<>);
	print "$d->{schema} $d->{rejected} $d->{exit_status} $d->{kernel}{runs_in} $d->{kernel}{release} ";
	print join ",", map { "$_->{program}/$_->{constants}" } grep { $_->{outcome} eq "accepted" && $_->{processed} >= 1 } @{ $d->{programs} }' "$tap_out")" \
	"0:hostroute.verify/1 0 0 host $(uname -r) $(printf '%s/zero,%s/set,' from_container{,} from_host{,} from_netdev{,} \
		to_netdev{,} from_overlay{,} connect4{,} connect6{,} sendmsg4{,} recvmsg4{,} recvmsg6{,} \
		getpeername4{,} getpeername6{,} post_bind4{,} post_bind6{,} | sed 's/,$//')"

# A program that reads where a packet's mark points to. The other objects are as they were.
cp -r "$top/bpf-templates" wrong
sed -i 's/^\tswitch (packet_protocol(ctx)) {$/\tif (*(volatile int *)(long)ctx->mark)\n\t\treturn 0;\n&/' wrong/bpf_lxc.c
line=$(grep -n 'volatile int' wrong/bpf_lxc.c | cut -d: -f1)
compile wrong-bundle wrong
run "$hrcompile" --verify wrong-bundle
is "a rejected program has an exit status of its own" "$status" "$rejected"
like "the rejection names object, program and errno" "$(cat "$tap_out")" \
	'^bpf_lxc.o: from_container \(constants: zero\) is rejected: (Permission denied|Invalid argument)$'
like "with the source line" "$(cat "$tap_out")" \
	"^  at bpf_lxc.c:${line:-none}: if \(\*\(volatile int \*\)\(long\)ctx->mark\)"
like "and the end of the verifier's log" "$(cat "$tap_out")" "^  \| R[0-9] invalid mem access '(inv|scalar)'"
like "the other programs are still tried" "$(tr -s ' ' <"$tap_out")" '^Verifier: 26 accepted, 2 rejected$'

# A map no kernel can make.
cp -r "$top/bpf-templates" greedy
sed -i '0,/__uint(max_entries, .*);/s//__uint(max_entries, 0xffffffff);/' greedy/lib/maps.h
compile greedy-bundle greedy
run "$hrcompile" --verify greedy-bundle
is "a map that cannot be made is a rejection" "$status" "$rejected"
like "in libbpf's words" "$(cat "$tap_out")" "^  \| libbpf: map '"

done_testing
