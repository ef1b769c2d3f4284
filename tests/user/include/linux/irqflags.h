/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of a thread: a flag that lock and sleep rules look at. */
#ifndef _LINUX_IRQFLAGS_H
#define _LINUX_IRQFLAGS_H

#include <shim.h>

#ifdef SHIM_FAST
#define local_irq_save(flags)		((flags) = 0)
#define local_irq_restore(flags)	((void)(flags))
#define local_irq_disable()		((void)0)
#define local_irq_enable()		((void)0)
#else
unsigned long shim_irq_save(void);
void shim_irq_restore(unsigned long flags);
/* Unconditional: a warning if they are in that state already. */
void shim_irq_set(bool disabled, const char *file, int line);

#define local_irq_save(flags)		((flags) = shim_irq_save())
#define local_irq_restore(flags)	shim_irq_restore(flags)
#define local_irq_disable()		shim_irq_set(true, __FILE__, __LINE__)
#define local_irq_enable()		shim_irq_set(false, __FILE__, __LINE__)
#endif
#define irqs_disabled()			shim_irqs_disabled()

#endif /* _LINUX_IRQFLAGS_H */
