/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_PREFETCH_H
#define _SHIM_PREFETCH_H

#define prefetchw(p)	__builtin_prefetch(p, 1)

#endif
