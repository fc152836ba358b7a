/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks of functional.def, in the process that functional.c starts for them. */
#ifndef HR_PROBE_FUNCTIONAL_CHECKS_H
#define HR_PROBE_FUNCTIONAL_CHECKS_H

#include "probe/functional.h"

/* Runs them all. Leaves the network namespace of the process; opens what only the process's end closes. */
void functional_checks(struct functional *out);

#endif
