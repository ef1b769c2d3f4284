/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_KERNEL_H
#define _SHIM_KERNEL_H

#include <linux/types.h>

#define U32_MAX		    UINT32_MAX
#define DIV_ROUND_UP(n, d)  (((n) + (d) - 1) / (d))
#define max(a, b)	    ((a) > (b) ? (a) : (b))
#define min(a, b)	    ((a) < (b) ? (a) : (b))
#define max_t(t, a, b)	    max((t)(a), (t)(b))
#define min_t(t, a, b)	    min((t)(a), (t)(b))

#endif
