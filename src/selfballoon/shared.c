// SPDX-License-Identifier: GPL-2.0
/*
 * shared.c - what tmem_selfballoon.ko has in common with xen_selfballoon.ko
 *
 * Why this design: kbuild takes an object file into one module only, and these
 * are too small for a module of their own.
 */
/*
 * Nothing has to be given back by the host before the guest may use it, so it may
 * go faster and keep less: a quarter of the way, and 1/32 of RAM.
 */
#define SB_DOWNHYSTERESIS	4
#define SB_RESERVED_SHARE	32

#include "policy.c"
#include "frontswap.c"
#include "worker.c"
