/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel functions that programs call may live in modules, which must be loaded first. Which one has which is in
 * vm_modules.def; what a module depends on is in modules.dep (depmod(8)).
 */
#ifndef HR_COMPILER_VM_MODULES_H
#define HR_COMPILER_VM_MODULES_H

#include "common/buf.h"
#include "compiler/vm.h"

/*
 * Adds the modules that the objects of the request need to an initramfs, decompressed, in the order of loading.
 * Without request->modules, or where they lack one, a warning names the function. 0, or a negative errno after
 * logging one line.
 */
int vm_modules_add(const struct vm_request *request, struct buf *archive);

#endif
