/* SPDX-License-Identifier: GPL-2.0 */
/* For sources that count in pages and never touch one. */
#define PAGE_SHIFT	12
