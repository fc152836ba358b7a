/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel image in a throw-away VM: QEMU without network and disk, with one CPU, and an initramfs that holds the
 * static loader (hrverify-init), the objects, and the modules they need. By KVM where that works, else emulated.
 */
#ifndef HR_COMPILER_VM_H
#define HR_COMPILER_VM_H

#include "compiler/manifest.h"
#include "compiler/verify_load.h"

#define VM_LOADER "hrverify-init"
#define VM_MEMORY_MIB "512"
#define VM_SECONDS_KVM 20 /* then it is taken for one that does not work here */
#define VM_SECONDS_EMULATED 120

struct vm_request {
	const char *kernel; /* bzImage */
	const char *modules; /* what is lib/modules/RELEASE on a node; NULL: none */
	const char *bundle;
	const struct manifest *manifest; /* of the bundle */
};

/*
 * Boots the kernel, loads every object of the manifest, and reads the report; *runs_in becomes "kvm" or "tcg". 0, or
 * a negative errno after logging: no QEMU, no loader, another architecture, or no report, then with the last
 * lines of the console. Nothing is left behind; a signal ends the process after the same clean-up.
 */
int vm_verify(const struct vm_request *request, struct verify_result *out, const char **runs_in);

#endif
