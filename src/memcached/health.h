/* SPDX-License-Identifier: GPL-2.0 */
/*
 * health.h - is a server to be used, and if not, when is it tried again?
 *
 * Numbers only, so that health.c compiles in user space as well
 * (tests/user/test_memcached.c).
 */
#ifndef _MEMCACHED_HEALTH_H
#define _MEMCACHED_HEALTH_H

#include <linux/types.h>

/* Late answers in a row, a deadline apart, that open the breaker. */
#define MC_LATE_MAX	4

/* The pause before a server is tried again, first and longest; ms. */
#define MC_PAUSE_MIN	500
#define MC_PAUSE_MAX	64000

/* Time in use after which the pause begins anew; ms. */
#define MC_PAUSE_FORGET	30000

/**
 * struct mc_health - what is known of a server
 * @up: it is in use
 * @late: late answers in a row
 * @late_at: when the last of them was counted; ms
 * @pause: the next pause; ms
 * @at: up: since when; else when to try again; ms
 */
struct mc_health {
	bool up;
	unsigned int late;
	u64 late_at;
	unsigned int pause;
	u64 at;
};

void mc_health_init(struct mc_health *h, u64 now);
bool mc_health_try(const struct mc_health *h, u64 now);
void mc_health_up(struct mc_health *h, u64 now);
void mc_health_down(struct mc_health *h, u64 now);
bool mc_health_late(struct mc_health *h, u64 now, unsigned int deadline);
void mc_health_good(struct mc_health *h);

/**
 * mc_pick - which server has a value?
 * @number: of the value
 * @salts: a random-looking number for each server, the same for the same one
 * @nr: how many servers, at least 1
 *
 * Rendezvous hashing: each server draws a number from value and salt, and the
 * highest one has it.  So a server that comes takes its share from all others
 * alike, and of one that goes only its own share is gone.
 *
 * Context: any.
 * Return: its index.
 */
static inline unsigned int mc_pick(u64 number, const u64 *salts,
				   unsigned int nr)
{
	unsigned int i, best = 0;
	u64 top = 0;

	for (i = 0; i < nr; i++) {
		u64 h = number * 0x9e3779b97f4a7c15ULL ^ salts[i];

		h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9ULL;
		h = (h ^ h >> 27) * 0x94d049bb133111ebULL;
		h ^= h >> 31;
		if (!i || h > top) {
			top = h;
			best = i;
		}
	}
	return best;
}

#endif /* _MEMCACHED_HEALTH_H */
