/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of a function hooked by ftrace.
 *
 * 94d095ffa0e1 ("ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS accesses", 6.2)
 * introduced ftrace_regs_get_argument(), a macro; on arm64, which has had
 * DYNAMIC_FTRACE_WITH_ARGS since then (26299b3f6ba2), it became an inline function
 * in 6.4.  Before, arm64 had DYNAMIC_FTRACE_WITH_REGS, and who wants arguments has
 * to ask for all registers.
 */
#ifndef _TMEM_COMPAT_FTRACE_H
#define _TMEM_COMPAT_FTRACE_H

#include <linux/ftrace.h>

#if defined(CONFIG_ARM64) && !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#define TMEM_FTRACE_OPS_FL_ARGS FTRACE_OPS_FL_SAVE_REGS
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(ftrace_get_regs(fregs), n)
#else
#define TMEM_FTRACE_OPS_FL_ARGS 0
#if !defined(ftrace_regs_get_argument) && !defined(CONFIG_ARM64)
#ifdef CONFIG_X86_64
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#else
#error "no way to read the arguments of a hooked function on this kernel"
#endif
#endif
#endif

#endif /* _TMEM_COMPAT_FTRACE_H */
