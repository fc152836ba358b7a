/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <linux/bpf.h> plus the enumerators that are younger than the headers we build against (6.1).
 * Macros, so that newer headers, where they are enumerators of the same value, do not clash.
 */
#ifndef HR_PROBE_BPF_UAPI_H
#define HR_PROBE_BPF_UAPI_H

#include <linux/bpf.h>

#define BPF_TCX_INGRESS 46 /* enum bpf_attach_type, since 6.6 */
#define BPF_TCX_EGRESS 47
#define BPF_LINK_TYPE_TCX 11 /* enum bpf_link_type, since 6.6 */

#endif
