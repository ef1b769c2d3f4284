/* SPDX-License-Identifier: GPL-2.0 */
/*
 * offer.h - what a frontend says of a page that it could put, and the answer
 *
 * Numbers only, so that the pure code that decides compiles in user space.
 */
#ifndef _TMEM_OFFER_H
#define _TMEM_OFFER_H

/* What the frontend knows; a mask. */
#define TMEM_HINT_USED		1U	/* it was used more than once */
#define TMEM_HINT_RAW		2U	/* others of its file did not compress */
#define TMEM_HINT_CONTAINER	4U	/* a container is at its own limit */
#define TMEM_HINT_WRITTEN	8U	/* its file was written and not read */
#define TMEM_HINT_CHEAP		16U	/* a disk reads it for little */
#define TMEM_HINT_DROPPED	32U	/* nobody needs room: its reader is done */
#define TMEM_HINT_DEAR		64U	/* a disk takes many times what keeping it does */

/**
 * enum tmem_offer - is a page to be put?
 * @TMEM_OFFER_TAKE: yes
 * @TMEM_OFFER_RAW: no, others of its file did not compress
 * @TMEM_OFFER_NO_ROOM: no, memory is short
 * @TMEM_OFFER_CONTAINER: no, there is no free memory for a container's pages
 * @TMEM_OFFER_NO_GAIN: no, what was bought lately did not pay
 * @TMEM_OFFER_NO_EVIDENCE: no, nothing says that it will be read again
 * @TMEM_OFFER_CHEAP: no, a disk reads it for less than it takes to keep it
 */
enum tmem_offer {
	TMEM_OFFER_TAKE,
	TMEM_OFFER_RAW,
	TMEM_OFFER_NO_ROOM,
	TMEM_OFFER_CONTAINER,
	TMEM_OFFER_NO_GAIN,
	TMEM_OFFER_NO_EVIDENCE,
	TMEM_OFFER_CHEAP,
};

#endif /* _TMEM_OFFER_H */
