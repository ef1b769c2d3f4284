/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit.h - which file pages to buy: see admit.c
 */
#ifndef _ZCACHE_ADMIT_H
#define _ZCACHE_ADMIT_H

#include <linux/types.h>
#include <tmem/offer.h>

/**
 * struct zc_admission - what the store has learnt about buying
 * @filled: it has been full, or had to give pages up: free room is no reason
 *	to buy any more; what a disk takes long to read is bought
 * @poor: what it bought in the last window did not pay
 * @pays: what was bought has been asked for often enough, in this window or since
 *	the store began to be filled, or in the last one, at the beginning of this
 * @pushed: pages that went for swap, in the same time
 * @given_up: pages evicted, while it is being filled
 * @filling: pages bought while it was being filled; 0 after the first window
 * @bought: pages bought in this window, those that filled it not counted
 * @bought_dear: of these, pages that a disk takes long to read
 * @hits: pages that were asked for and there, in this window
 * @offered: pages that left the page cache lately
 * @written: of these, of files that were written and not read
 * @dear: of those offered, pages that a disk takes long to read
 * @is_dear: most were, and more than a third still are
 * @runs: pages of long runs that had been read twice and were not bought
 * @runs_again: of these, read once more
 *
 * All under the lock of the owner: see evict.c.
 */
struct zc_admission {
	bool filled;
	bool poor;
	bool pays;
	unsigned long pushed;
	unsigned long given_up;
	unsigned long filling;
	unsigned long bought;
	unsigned long bought_dear;
	unsigned long hits;
	unsigned long offered;
	unsigned long written;
	unsigned long dear;
	bool is_dear;
	unsigned long runs;
	unsigned long runs_again;
};

/**
 * struct zc_admit_case - a page, or some that come and go together, to be bought
 * @sample: a fingerprint of it and its neighbours, by which samples are chosen
 * @hints: TMEM_HINT_*
 * @nr: number of pages
 * @full: the store is at its limit: another page has to go
 * @elsewhere: pages that have to go are not lost: there is room for them in
 *	memory that is not this machine's
 * @is_short: memory is short: whatever is bought has to go again
 * @scarce: what others have left is little beside what the store has: it is no
 *	reason to buy what nothing is known of
 * @plenty: there is free memory that nobody is about to need
 * @writing: much of the page cache is dirty
 * @swaps: RAM is so short that the machine swaps out to the store
 * @known: it has left the page cache before
 * @earned: it was asked for when it was in the store, or sooner than the oldest
 *	page there has waited
 * @harms: what the store holds takes away more than it saves: see gain.c
 * @held: pages that could be evicted, in the store now
 * @shards: how many such parts of the store there are, @held being of one; 0: one
 */
struct zc_admit_case {
	u64 sample;
	unsigned int hints;
	unsigned int nr;
	bool full;
	bool elsewhere;
	bool is_short;
	bool scarce;
	bool plenty;
	bool writing;
	bool swaps;
	bool known;
	bool earned;
	bool harms;
	unsigned long held;
	unsigned int shards;
};

enum tmem_offer zc_admit(struct zc_admission *a, const struct zc_admit_case *c);
bool zc_admit_dear(const struct zc_admission *a);
void zc_admit_hit(struct zc_admission *a);
void zc_admit_again(struct zc_admission *a);
void zc_admit_evicted(struct zc_admission *a);
void zc_admit_pushed(struct zc_admission *a);

#endif /* _ZCACHE_ADMIT_H */
