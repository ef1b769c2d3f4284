/* SPDX-License-Identifier: GPL-2.0 */
/* For sources that count in pages and never touch one. */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#define PAGE_SHIFT	12

#endif /* _ASM_PAGE_H */
