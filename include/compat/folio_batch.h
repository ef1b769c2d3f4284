/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches of folios.
 *
 * linux/folio_batch.h was linux/pagevec.h until 7.2.
 */
#ifndef _TMEM_COMPAT_FOLIO_BATCH_H
#define _TMEM_COMPAT_FOLIO_BATCH_H

#ifdef TMEM_HAVE_folio_batch_h
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#endif /* _TMEM_COMPAT_FOLIO_BATCH_H */
