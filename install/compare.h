/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goal against node: the steps that turn one into the other, and the record of it. Pure: a node that is as
 * the goal says gets an empty plan, which is also how an apply is verified.
 */
#ifndef HR_INSTALL_COMPARE_H
#define HR_INSTALL_COMPARE_H

#include "install/goal.h"
#include "install/node.h"
#include "install/steps.h"
#include "install/record.h"

#define RP_FILTER_STRICT 1 /* net.ipv4.conf.*.rp_filter; 2 is loose */

/*
 * The record that belongs to the node once it is as the goal says. old is the record in force, NULL when
 * there is none: sysctls that it holds keep their first value. Fields that are known only afterwards (tags,
 * constants of devices still to be created) are what the node says now. 0 or -ENOMEM, logged.
 */
int compare_record(const struct goal *goal, const struct node *node,
		   const struct install_paths *paths, const struct record *old, struct record *out);

/*
 * The steps, in order: directories, devices, sysctls, load, map contents, routes, attach (NICs last), pins;
 * then what is no longer wanted goes: attachments, sysctls, pins, devices. Sorts the node's tables.
 * 0 or -ENOMEM, logged.
 */
int compare_plan(const struct goal *goal, struct node *node, const struct record *old,
		 const struct install_paths *paths, struct steps *plan);

#endif
