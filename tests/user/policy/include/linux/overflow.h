/* SPDX-License-Identifier: GPL-2.0 */
#define array_size(n, size)	((size_t)(n) * (size))
