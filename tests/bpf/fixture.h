/* SPDX-License-Identifier: BSD-2-Clause */
/* The node of the datapath's tests: the example's first node, with two pods and one other node. */
#ifndef HR_TESTS_FIXTURE_H
#define HR_TESTS_FIXTURE_H

#define NODE_IP "192.168.64.8"
#define EXCLUDED_ADDRESS "10.233.0.0"
#define EXCLUDED_MASK "255.255.0.0"
#define ROUTER_IP "10.233.64.1"
#define NODE2_IP "192.168.64.9"
#define NODE2_PODS "10.233.65.0/24"
#define REMOTE_POD_IP "10.233.65.7"
#define GATEWAY_IP "192.168.64.1"
#define OUTSIDE_IP "203.0.113.7"

#define POD_A_IP "10.233.64.93"
#define POD_A_MAC "02:00:0a:e9:40:5d"
#define POD_A_NODE_MAC "02:00:00:00:0a:01"
#define POD_A_IDENTITY 4711
#define POD_B_IP "10.233.64.94"
#define POD_B_MAC "02:00:0a:e9:40:5e"
#define POD_B_NODE_MAC "02:00:00:00:0a:02"
#define POD_B_IDENTITY 4712

#define NIC_MAC "02:00:00:00:00:08"
#define BROADCAST_MAC "ff:ff:ff:ff:ff:ff"

#endif
