/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libbpf has to say goes to the debug log: it warns about errors that its caller expects and handles
 * (an existing qdisc), and what its caller reports is reported by log_err().
 */
#ifndef HR_INSTALL_LIBBPF_LOG_H
#define HR_INSTALL_LIBBPF_LOG_H

/* Routes libbpf's messages to log_debug(). Call it before libbpf; any number of times. */
void log_capture_libbpf(void);

#endif
