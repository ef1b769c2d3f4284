/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of a function hooked by ftrace.
 *
 * 94d095ffa0e1 ("ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS accesses", 6.2)
 * introduced ftrace_regs_get_argument(), a macro on every architecture.
 */
#ifndef _TMEM_COMPAT_FTRACE_H
#define _TMEM_COMPAT_FTRACE_H

#include <linux/ftrace.h>

#ifndef ftrace_regs_get_argument
#ifdef CONFIG_X86_64
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#else
#error "no way to read the arguments of a hooked function on this kernel"
#endif
#endif

#endif /* _TMEM_COMPAT_FTRACE_H */
