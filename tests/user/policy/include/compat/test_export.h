/* SPDX-License-Identifier: GPL-2.0 */
#define TMEM_EXPORT_FOR_TEST(sym) extern __typeof__(sym) sym
