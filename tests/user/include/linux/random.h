/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_RANDOM_H
#define _LINUX_RANDOM_H

#include <linux/types.h>

/* The test's: the same in every run with the same seed. */
u32 get_random_u32(void);

#endif /* _LINUX_RANDOM_H */
