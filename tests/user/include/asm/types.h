/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_ASM_TYPES_H
#define _SHIM_ASM_TYPES_H

#include_next <asm/types.h>
#include <linux/types.h>

#endif /* _SHIM_ASM_TYPES_H */
