/* SPDX-License-Identifier: BSD-2-Clause */
/* What hrcompile puts into the VM of --verify --kernel, and hrverify-init finds there. */
#ifndef HR_COMPILER_VM_LAYOUT_H
#define HR_COMPILER_VM_LAYOUT_H

#define VM_OBJECTS "objects" /* every file in it is an object to load, called so in the report */
#define VM_MODULES "modules" /* every file in it is a module, loaded in the order of their names */
#define VM_CONSOLE "dev/console" /* 5:1; the kernel's words and the loader's errors */
#define VM_REPORT "dev/ttyS1" /* 4:65; the report, and nothing else */

#endif
