// SPDX-License-Identifier: GPL-2.0
/*
 * shim.c - the kernel that the core sources meet in user space
 *
 * Purpose, and why this design: see include/shim.h.
 *
 * Invariants: a grace period ends when every reader that was inside at its
 * beginning has left, and does not wait for others.  A lock is released by
 * the thread that took it.  No two lock classes are ever taken in both orders.
 *
 * Locking: everything of a thread is in thread-local variables; the tables
 * that threads share have a plain pthread lock, or are atomic.
 *
 * Atomics here are as weak as is correct, because every stronger one would
 * make ThreadSanitizer believe in an order that the core did not establish.
 */
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct module shim_module;

#define relaxed_inc(v)	__atomic_fetch_add(&(v), 1, __ATOMIC_RELAXED)
#define relaxed_get(v)	__atomic_load_n(&(v), __ATOMIC_RELAXED)

/* --- threads --------------------------------------------------------------- */

#define MAX_THREADS	64
#define MAX_HELD	8

/* What RCU's thread looks at; a cache line of its own for each. */
struct reader {
	unsigned long ctr;	/* grace period at whose time it entered, or 0 */
	int used;
} __attribute__((aligned(128)));

static struct reader readers[MAX_THREADS];
static unsigned int next_cpu;

unsigned int shim_possible_cpus = SHIM_CPUS;
__thread int shim_cpu __attribute__((tls_model("initial-exec")));
static __thread struct reader *self_reader;
static __thread bool self_known;
static __thread unsigned int rcu_nesting;
static __thread unsigned long rcu_sections;
static __thread bool irqs_off;
static __thread struct lockdep_map *held[MAX_HELD];
static __thread int nr_held;
static __thread bool in_callback;	/* of RCU: softirq, may not sleep */
static __thread uint64_t race_state;

static struct lock_class_key *class_of(struct lockdep_map *map)
{
	return map->class ? map->class : &map->own;
}

static void thread_init(void)
{
	int i;

	self_known = true;
	shim_cpu = relaxed_inc(next_cpu) % SHIM_CPUS;
	race_state = 0x9e3779b97f4a7c15ULL * (shim_cpu + 1);
	for (i = 0; i < MAX_THREADS; i++) {
		int no = 0;

		if (__atomic_compare_exchange_n(&readers[i].used, &no, 1, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			self_reader = &readers[i];
			return;
		}
	}
	fprintf(stderr, "shim: more than %d threads\n", MAX_THREADS);
	abort();
}

static inline void thread_known(void)
{
	if (unlikely(!self_known))
		thread_init();
}

void shim_thread_exit(void)
{
	if (!self_known)
		return;
	__atomic_store_n(&self_reader->ctr, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&self_reader->used, 0, __ATOMIC_RELAXED);
	self_known = false;
}

#ifdef SHIM_FAST
__thread struct shim_lock_times shim_lock_times;
#endif

/* --- warnings, messages ---------------------------------------------------- */

static unsigned long nr_warnings;

unsigned long shim_warnings(void)
{
	return relaxed_get(nr_warnings);
}

void shim_reset_warnings(void)
{
	__atomic_store_n(&nr_warnings, 0, __ATOMIC_RELAXED);
}

void shim_warn(const char *file, int line, const char *what)
{
	void *frames[32];

	/* The first few tell the story. */
	if (relaxed_inc(nr_warnings) >= 5)
		return;
	fprintf(stderr, "WARNING: %s:%d: %s\n", file, line, what);
	backtrace_symbols_fd(frames, backtrace(frames, ARRAY_SIZE(frames)), 2);
}

void shim_printk(const char *fmt, ...)
{
	static int verbose = -1;
	va_list ap;

	if (relaxed_get(verbose) < 0)
		__atomic_store_n(&verbose, !!getenv("SHIM_VERBOSE"),
				 __ATOMIC_RELAXED);
	if (!relaxed_get(verbose))
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

/* --- contexts -------------------------------------------------------------- */

bool shim_irqs_disabled(void)
{
	return irqs_off;
}

bool shim_in_rcu(void)
{
	return rcu_nesting;
}

unsigned long shim_rcu_section(void)
{
	return rcu_sections;
}

int shim_locks_held(void)
{
	return nr_held;
}

static bool spinning(void)
{
	int i;

	for (i = 0; i < nr_held; i++)
		if (class_of(held[i])->irqs)
			return true;
	return false;
}

bool shim_in_atomic(void)
{
	return irqs_off || rcu_nesting || in_callback || spinning();
}

void shim_might_sleep(const char *file, int line)
{
	if (unlikely(shim_in_atomic()))
		shim_warn(file, line, "sleeps in atomic context");
}

static unsigned int perturb_one_in;

void shim_perturb(unsigned int one_in)
{
	__atomic_store_n(&perturb_one_in, one_in, __ATOMIC_RELAXED);
}

#ifndef SHIM_FAST
void shim_race_point(void)
{
	unsigned int one_in = relaxed_get(perturb_one_in);
	unsigned int dice;

	if (!one_in)
		return;
	thread_known();
	race_state ^= race_state << 13;
	race_state ^= race_state >> 7;
	race_state ^= race_state << 17;
	dice = race_state >> 32;
	if (dice % one_in)
		return;
	/* Mostly the other thread's turn; rarely long enough for many turns. */
	if (dice / one_in % 16)
		sched_yield();
	else
		usleep(dice / one_in / 16 % 50);
}

unsigned long shim_irq_save(void)
{
	unsigned long flags = irqs_off;

	irqs_off = true;
	return flags;
}

void shim_irq_restore(unsigned long flags)
{
	irqs_off = flags;
}

void shim_irq_set(bool disabled, const char *file, int line)
{
	if (irqs_off == disabled)
		shim_warn(file, line, disabled ?
			  "irqs disabled twice: an irq_enable would be early" :
			  "irqs enabled that were not disabled");
	irqs_off = disabled;
}

/* --- locks ----------------------------------------------------------------- */

#define MAX_CLASSES	32
#define IRQS_ON		1
#define IRQS_OFF	2

static pthread_mutex_t class_lock = PTHREAD_MUTEX_INITIALIZER;
static int nr_classes;
/* after[a][b]: b has been taken with a held */
static char after[MAX_CLASSES][MAX_CLASSES];

static int class_id(struct lock_class_key *class)
{
	int id = relaxed_get(class->id);

	if (id)
		return id;
	pthread_mutex_lock(&class_lock);
	if (!class->id) {
		if (nr_classes == MAX_CLASSES - 1)
			abort();
		__atomic_store_n(&class->id, ++nr_classes, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&class_lock);
	return class->id;
}

static void check_order(struct lockdep_map *map)
{
	int id = class_id(class_of(map)), other, i;
	char text[128];

	for (i = 0; i < nr_held; i++) {
		other = class_id(class_of(held[i]));
		__atomic_store_n(&after[other][id], 1, __ATOMIC_RELAXED);
		if (!relaxed_get(after[id][other]))
			continue;
		snprintf(text, sizeof(text), "%s and %s taken in both orders",
			 class_of(map)->name, class_of(held[i])->name);
		shim_warn(__FILE__, __LINE__, text);
	}
}

static void lock_taken(struct lockdep_map *map)
{
	thread_known();
	__atomic_store_n(&map->owner, self_reader, __ATOMIC_RELAXED);
	if (nr_held == MAX_HELD)
		abort();
	held[nr_held++] = map;
}

static void lock_dropped(struct lockdep_map *map)
{
	int i;

	WARN_ON(!shim_lock_is_held(map));
	__atomic_store_n(&map->owner, NULL, __ATOMIC_RELAXED);
	for (i = nr_held; i--; )
		if (held[i] == map)
			break;
	if (i < 0)
		return;
	memmove(&held[i], &held[i + 1], (--nr_held - i) * sizeof(held[0]));
}

bool shim_lock_is_held(const struct lockdep_map *map)
{
	return self_reader && relaxed_get(map->owner) == self_reader;
}

void shim_spin_init(spinlock_t *l, struct lock_class_key *class)
{
	l->dep_map.class = class;
	l->dep_map.owner = NULL;
	pthread_mutex_init(&l->m, NULL);
}

/*
 * A class of spinlock is either for process context only or irq-safe; the
 * latter are all that this project has.
 */
static void check_irqs(struct lockdep_map *map)
{
	char now = irqs_off ? IRQS_OFF : IRQS_ON;
	char seen = relaxed_get(class_of(map)->irqs);

	if (!seen)
		__atomic_store_n(&class_of(map)->irqs, now, __ATOMIC_RELAXED);
	else if (seen != now)
		shim_warn(__FILE__, __LINE__,
			  "a spinlock taken with irqs on here and off there");
}

void spin_lock(spinlock_t *l)
{
	shim_race_point();
	check_irqs(&l->dep_map);
	check_order(&l->dep_map);
	pthread_mutex_lock(&l->m);
	lock_taken(&l->dep_map);
}

int spin_trylock(spinlock_t *l)
{
	check_irqs(&l->dep_map);
	if (pthread_mutex_trylock(&l->m))
		return 0;
	lock_taken(&l->dep_map);
	return 1;
}

void spin_unlock(spinlock_t *l)
{
	lock_dropped(&l->dep_map);
	pthread_mutex_unlock(&l->m);
	shim_race_point();
}
#else
#define check_order(map)	((void)0)
#define lock_taken(map)		((void)0)
#define lock_dropped(map)	((void)0)
#endif /* SHIM_FAST */

void shim_mutex_init(struct mutex *l, struct lock_class_key *class)
{
	l->dep_map.class = class;
	l->dep_map.owner = NULL;
	pthread_mutex_init(&l->m, NULL);
}

void mutex_destroy(struct mutex *l)
{
	pthread_mutex_destroy(&l->m);
}

void mutex_lock(struct mutex *l)
{
	might_sleep();
	check_order(&l->dep_map);
	pthread_mutex_lock(&l->m);
	lock_taken(&l->dep_map);
}

int mutex_trylock(struct mutex *l)
{
	if (pthread_mutex_trylock(&l->m))
		return 0;
	lock_taken(&l->dep_map);
	return 1;
}

void mutex_unlock(struct mutex *l)
{
	lock_dropped(&l->dep_map);
	pthread_mutex_unlock(&l->m);
}

/* --- memory ---------------------------------------------------------------- */

static unsigned long alloc_seq, fail_at, nr_failures;
static unsigned int fail_ppm;
static bool fail_sticky;
static long live_allocs;

unsigned long shim_fail_nth(unsigned long nth, bool sticky)
{
	unsigned long made = __atomic_exchange_n(&alloc_seq, 0,
						 __ATOMIC_RELAXED);

	__atomic_store_n(&fail_at, nth, __ATOMIC_RELAXED);
	fail_sticky = sticky;
	return made;
}

void shim_fail_ppm(unsigned int ppm)
{
	__atomic_store_n(&fail_ppm, ppm, __ATOMIC_RELAXED);
}

bool shim_should_fail(void)
{
#ifdef SHIM_FAST
	return false;
#else
	unsigned long seq = relaxed_inc(alloc_seq) + 1;
	unsigned long at = relaxed_get(fail_at);
	unsigned int ppm = relaxed_get(fail_ppm);
	bool fail = at && (seq == at || (fail_sticky && seq > at));

	if (ppm && !fail) {
		thread_known();
		race_state = race_state * 6364136223846793005ULL + 1;
		fail = (race_state >> 32) % 1000000 < ppm;
	}
	if (fail)
		relaxed_inc(nr_failures);
	return fail;
#endif
}

unsigned long shim_failures(void)
{
	return relaxed_get(nr_failures);
}

long shim_live_allocs(void)
{
	return relaxed_get(live_allocs);
}

static void *count_alloc(void *p)
{
	if (!p)
		abort();
	relaxed_inc(live_allocs);
	return p;
}

void *shim_alloc(size_t size, gfp_t gfp)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		shim_might_sleep(__FILE__, __LINE__);
	if (size == SIZE_MAX || shim_should_fail())
		return NULL;
	/* Memory that was not asked to be zero holds garbage. */
	return count_alloc(gfp & __GFP_ZERO ? calloc(1, size) :
			   memset(malloc(size), 0xa5, size));
}

void kfree(const void *p)
{
	if (!p)
		return;
	__atomic_fetch_sub(&live_allocs, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

void *shim_alloc_percpu(size_t size)
{
	shim_might_sleep(__FILE__, __LINE__);
	if (size > SHIM_CPU_STRIDE)
		abort();
	if (shim_should_fail())
		return NULL;
	return count_alloc(calloc(SHIM_CPUS, SHIM_CPU_STRIDE));
}

void free_percpu(void *p)
{
	kfree(p);
}

/* --- RCU ------------------------------------------------------------------- */

/*
 * Grace periods are numbered by @gp, from 1.  A reader notes the number that
 * was current when it entered; the one who starts a new one waits for those
 * with a lower number.  The reader's exchange and the writer's are both full
 * barriers, so that a reader whom the writer does not see yet sees everything
 * that the writer did before.
 */
static unsigned long gp = 1;
static pthread_mutex_t gp_lock = PTHREAD_MUTEX_INITIALIZER;

#ifdef SHIM_FAST
/* A thread is inside but for the moment in which it says this ... */
void shim_quiescent(void)
{
	thread_known();
	__atomic_store_n(&self_reader->ctr,
			 __atomic_load_n(&gp, __ATOMIC_ACQUIRE),
			 __ATOMIC_SEQ_CST);
}

/* ... and while it waits for something. */
static void waits(bool begin)
{
	if (!self_known)
		return;
	if (begin)
		__atomic_store_n(&self_reader->ctr, 0, __ATOMIC_SEQ_CST);
	else
		shim_quiescent();
}
#else
void shim_quiescent(void)
{
}

static void waits(bool begin)
{
}

void rcu_read_lock(void)
{
	thread_known();
	if (!rcu_nesting++) {
		rcu_sections++;
		__atomic_exchange_n(&self_reader->ctr, relaxed_get(gp),
				    __ATOMIC_SEQ_CST);
	}
}

void rcu_read_unlock(void)
{
	WARN_ON(!rcu_nesting);
	if (!--rcu_nesting)
		__atomic_store_n(&self_reader->ctr, 0, __ATOMIC_RELEASE);
}
#endif

/* For a bench, RCU's thread must not take the CPUs that are measured. */
static void let_readers_run(void)
{
#ifdef SHIM_FAST
	usleep(100);
#else
	sched_yield();
#endif
}

static void wait_for_readers(void)
{
	unsigned long mine, ctr;
	int i;

	pthread_mutex_lock(&gp_lock);
	mine = __atomic_add_fetch(&gp, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < MAX_THREADS; i++) {
		while ((ctr = __atomic_load_n(&readers[i].ctr,
					      __ATOMIC_SEQ_CST)) &&
		       ctr < mine)
			let_readers_run();
	}
	pthread_mutex_unlock(&gp_lock);
}

void synchronize_rcu(void)
{
	might_sleep();
	waits(true);
	wait_for_readers();
	waits(false);
}

/* Callbacks: pushed by anyone in any context, taken by RCU's thread. */
static struct rcu_head *callbacks;
static pthread_mutex_t rcu_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t rcu_cond = PTHREAD_COND_INITIALIZER;
static bool rcu_stop;
static pthread_t rcu_thread;
static bool rcu_running;

/*
 * One batch at a time, so that a barrier's callback runs after all that were
 * queued before it.  Returns whether there was anything to do.
 */
static bool rcu_run(void)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	struct rcu_head *list, *next, *fifo = NULL;

	if (!relaxed_get(callbacks))
		return false;
	pthread_mutex_lock(&one);
	list = __atomic_exchange_n(&callbacks, NULL, __ATOMIC_ACQUIRE);
	if (list)
		wait_for_readers();
	for (; list; list = next) {
		next = list->next;
		list->next = fifo;
		fifo = list;
	}
	in_callback = true;
	for (; fifo; fifo = next) {
		next = fifo->next;
		fifo->func(fifo);
	}
	in_callback = false;
	pthread_mutex_unlock(&one);
	return true;
}

static void *rcu_main(void *unused)
{
	struct timespec ts;

	for (;;) {
		if (rcu_run())
			continue;
		if (__atomic_load_n(&rcu_stop, __ATOMIC_ACQUIRE))
			return NULL;
		/*
		 * call_rcu() does not take the lock, as that would order its
		 * callers; a wake-up it misses is a short sleep.
		 */
		pthread_mutex_lock(&rcu_lock);
		clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_nsec += 1000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_nsec -= 1000000000;
			ts.tv_sec++;
		}
		if (!relaxed_get(callbacks))
			pthread_cond_timedwait(&rcu_cond, &rcu_lock, &ts);
		pthread_mutex_unlock(&rcu_lock);
	}
}

static void rcu_start(void)
{
	pthread_mutex_lock(&rcu_lock);
	if (!rcu_running) {
		rcu_stop = false;
		if (pthread_create(&rcu_thread, NULL, rcu_main, NULL))
			abort();
		__atomic_store_n(&rcu_running, true, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&rcu_lock);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct rcu_head *old = relaxed_get(callbacks);

	if (unlikely(!relaxed_get(rcu_running)))
		rcu_start();
	head->func = func;
	do {
		head->next = old;
	} while (!__atomic_compare_exchange_n(&callbacks, &old, head, true,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

struct barrier_cb {
	struct rcu_head rcu;
	struct completion done;
};

static void barrier_func(struct rcu_head *rcu)
{
	complete(&container_of(rcu, struct barrier_cb, rcu)->done);
}

void rcu_barrier(void)
{
	struct barrier_cb cb;

	might_sleep();
	init_completion(&cb.done);
	call_rcu(&cb.rcu, barrier_func);
	wait_for_completion(&cb.done);
}

bool shim_wait_for_gp(unsigned int ms)
{
	unsigned long before = relaxed_get(gp);

	for (ms *= 20; ms && relaxed_get(gp) == before; ms--) {
		pthread_mutex_lock(&rcu_lock);
		pthread_cond_signal(&rcu_cond);
		pthread_mutex_unlock(&rcu_lock);
		usleep(50);
	}
	return ms;
}

struct kfree_cb {
	struct rcu_head rcu;
	void *p;
};

static void kfree_func(struct rcu_head *rcu)
{
	struct kfree_cb *cb = container_of(rcu, struct kfree_cb, rcu);

	kfree(cb->p);
	free(cb);
}

void shim_kfree_rcu(struct rcu_head *head, unsigned long offset)
{
	struct kfree_cb *cb = malloc(sizeof(*cb));

	if (!cb)
		abort();
	cb->p = (char *)head - offset;
	call_rcu(&cb->rcu, kfree_func);
}

/* --- percpu_ref ------------------------------------------------------------ */

/* So large that puts on other CPUs cannot bring the count down to 0 early. */
#define REF_BIAS	(1L << 40)

int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release,
		    unsigned int flags, gfp_t gfp)
{
	memset(ref, 0, sizeof(*ref));
	ref->pcpu = alloc_percpu(long);
	if (!ref->pcpu)
		return -ENOMEM;
	ref->count = REF_BIAS + 1;
	ref->release = release;
	return 0;
}

bool shim_ref_tryget_slow(struct percpu_ref *ref, bool live)
{
	return false;
}

static void ref_sub(struct percpu_ref *ref, long n)
{
	long left = __atomic_sub_fetch(&ref->count, n, __ATOMIC_ACQ_REL);

	WARN_ON(left < 0);
	if (!left)
		ref->release(ref);
}

void shim_ref_put_slow(struct percpu_ref *ref)
{
	ref_sub(ref, 1);
}

static void ref_switch(struct rcu_head *rcu)
{
	struct percpu_ref *ref = container_of(rcu, struct percpu_ref, rcu);
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(ref->pcpu, cpu));
	/* With the initial reference. */
	ref_sub(ref, REF_BIAS + 1 - sum);
}

void percpu_ref_kill(struct percpu_ref *ref)
{
	WARN_ON(ref->dead);
	smp_store_release(&ref->dead, 1);
	call_rcu(&ref->rcu, ref_switch);
}

bool percpu_ref_is_zero(struct percpu_ref *ref)
{
	return READ_ONCE(ref->dead) && !READ_ONCE(ref->count);
}

void percpu_ref_exit(struct percpu_ref *ref)
{
	WARN_ON(!percpu_ref_is_zero(ref));
	free_percpu(ref->pcpu);
	ref->pcpu = NULL;
}

/* --- completion ------------------------------------------------------------ */

void init_completion(struct completion *x)
{
	x->done = 0;
	pthread_mutex_init(&x->m, NULL);
	pthread_cond_init(&x->c, NULL);
}

void complete(struct completion *x)
{
	pthread_mutex_lock(&x->m);
	__atomic_store_n(&x->done, x->done + 1, __ATOMIC_RELAXED);
	pthread_cond_signal(&x->c);
	pthread_mutex_unlock(&x->m);
}

void complete_all(struct completion *x)
{
	pthread_mutex_lock(&x->m);
	x->done = ~0U / 2;
	pthread_cond_broadcast(&x->c);
	pthread_mutex_unlock(&x->m);
}

void wait_for_completion(struct completion *x)
{
	might_sleep();
	waits(true);
	/* What is waited for may be a callback: no need to change threads. */
	while (!relaxed_get(x->done) && rcu_run())
		;
	pthread_mutex_lock(&x->m);
	while (!x->done)
		pthread_cond_wait(&x->c, &x->m);
	x->done--;
	pthread_mutex_unlock(&x->m);
	waits(false);
}

/* --- work queue ------------------------------------------------------------ */

static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_cond = PTHREAD_COND_INITIALIZER;
static struct work_struct *work_first, **work_last = &work_first;
static struct work_struct *work_current;
static pthread_t work_thread;
static bool work_running, work_stop;

static void *work_main(void *unused)
{
	struct work_struct *work;

	pthread_mutex_lock(&work_lock);
	for (;;) {
		work = work_first;
		if (!work) {
			if (work_stop)
				break;
			pthread_cond_wait(&work_cond, &work_lock);
			continue;
		}
		work_first = work->next;
		if (!work_first)
			work_last = &work_first;
		work->pending = false;
		work_current = work;
		pthread_mutex_unlock(&work_lock);
		shim_race_point();
		work->func(work);
		WARN_ON(shim_in_atomic() || shim_locks_held());
		pthread_mutex_lock(&work_lock);
		work_current = NULL;
		pthread_cond_broadcast(&work_cond);
	}
	pthread_mutex_unlock(&work_lock);
	shim_thread_exit();
	return NULL;
}

bool schedule_work(struct work_struct *work)
{
	bool queued;

	pthread_mutex_lock(&work_lock);
	if (!work_running) {
		work_running = true;
		work_stop = false;
		if (pthread_create(&work_thread, NULL, work_main, NULL))
			abort();
	}
	queued = !work->pending;
	if (queued) {
		work->pending = true;
		work->next = NULL;
		*work_last = work;
		work_last = &work->next;
		pthread_cond_broadcast(&work_cond);
	}
	pthread_mutex_unlock(&work_lock);
	return queued;
}

bool flush_work(struct work_struct *work)
{
	bool waited = false;

	might_sleep();
	waits(true);
	pthread_mutex_lock(&work_lock);
	while (work->pending || work_current == work) {
		waited = true;
		pthread_cond_wait(&work_cond, &work_lock);
	}
	pthread_mutex_unlock(&work_lock);
	waits(false);
	return waited;
}

bool cancel_work_sync(struct work_struct *work)
{
	struct work_struct **link;
	bool cancelled = false;

	might_sleep();
	pthread_mutex_lock(&work_lock);
	for (link = &work_first; *link; link = &(*link)->next) {
		if (*link != work)
			continue;
		*link = work->next;
		if (!*link)
			work_last = link;
		work->pending = false;
		cancelled = true;
		break;
	}
	while (work_current == work)
		pthread_cond_wait(&work_cond, &work_lock);
	pthread_mutex_unlock(&work_lock);
	return cancelled;
}

static struct delayed_work *timers;

static bool forget_timer(struct delayed_work *dwork)
{
	struct delayed_work **link;

	for (link = &timers; *link; link = &(*link)->next) {
		if (*link != dwork)
			continue;
		*link = dwork->next;
		dwork->waits = false;
		return true;
	}
	return false;
}

bool shim_delay_work(struct delayed_work *dwork, unsigned long delay,
		     bool again)
{
	bool waited;

	pthread_mutex_lock(&work_lock);
	waited = dwork->waits;
	if (waited && again)
		forget_timer(dwork);
	if (delay && !dwork->waits && !dwork->work.pending) {
		dwork->waits = true;
		dwork->next = timers;
		timers = dwork;
	}
	pthread_mutex_unlock(&work_lock);
	if (!delay && (!waited || again))
		return schedule_work(&dwork->work);
	return !waited;
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	bool cancelled;

	might_sleep();
	pthread_mutex_lock(&work_lock);
	cancelled = forget_timer(dwork);
	pthread_mutex_unlock(&work_lock);
	cancelled |= cancel_work_sync(&dwork->work);
	/* It may have queued itself again meanwhile. */
	pthread_mutex_lock(&work_lock);
	forget_timer(dwork);
	pthread_mutex_unlock(&work_lock);
	return cancelled;
}

bool shim_fire_timers(void)
{
	struct delayed_work *dwork;
	bool fired = false;

	pthread_mutex_lock(&work_lock);
	while ((dwork = timers)) {
		timers = dwork->next;
		dwork->waits = false;
		pthread_mutex_unlock(&work_lock);
		schedule_work(&dwork->work);
		fired = true;
		pthread_mutex_lock(&work_lock);
	}
	pthread_mutex_unlock(&work_lock);
	return fired;
}

/* --- the end of a test ----------------------------------------------------- */

void shim_settle(void)
{
	waits(true);
	pthread_mutex_lock(&work_lock);
	while (work_first || work_current)
		pthread_cond_wait(&work_cond, &work_lock);
	pthread_mutex_unlock(&work_lock);
	waits(false);
	/* Twice, for callbacks that queue another one. */
	rcu_barrier();
	rcu_barrier();
}

void shim_shutdown(void)
{
	pthread_mutex_lock(&work_lock);
	if (work_running) {
		work_stop = true;
		pthread_cond_broadcast(&work_cond);
		pthread_mutex_unlock(&work_lock);
		pthread_join(work_thread, NULL);
		pthread_mutex_lock(&work_lock);
		work_running = false;
	}
	pthread_mutex_unlock(&work_lock);
	if (relaxed_get(rcu_running)) {
		rcu_barrier();
		__atomic_store_n(&rcu_stop, true, __ATOMIC_RELEASE);
		pthread_join(rcu_thread, NULL);
		rcu_running = false;
	}
}
