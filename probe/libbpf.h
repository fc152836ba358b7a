/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <bpf/libbpf.h> for files that also see probe/tri.h: libbpf's kconfig tristate has enumerators of
 * the same names and other values, which are renamed out of the way here.
 */
#ifndef HR_PROBE_LIBBPF_H
#define HR_PROBE_LIBBPF_H

#define TRI_NO LIBBPF_TRI_NO
#define TRI_YES LIBBPF_TRI_YES
#include <bpf/libbpf.h>
#undef TRI_NO
#undef TRI_YES

#endif
