// SPDX-License-Identifier: GPL-2.0
/*
 * host.c - registration of hosts and their clients
 *
 * Purpose: who embeds the core, through which tables, and for whom.
 *
 * Why this design: the original kept one global copy of one host's tables and
 * had no unregister.  Here a host is an object, its tables are const and stay
 * with the module that registered it, which unregisters it before it goes.
 *
 * Invariants: a host has a name of its own, complete tables of the version
 * that this core was built for, and outlives its clients and all callbacks.
 *
 * Locking: tmem_hosts_lock for everything here.
 */
#define pr_fmt(fmt) "tmem: " fmt

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <compat/module.h>
#include "core.h"

DEFINE_MUTEX(tmem_hosts_lock);
LIST_HEAD(tmem_hosts);

static int check_tables(const struct tmem_hostops *h,
			const struct tmem_pamops *p)
{
	if (!h || !p)
		return -EINVAL;
	if (h->version != TMEM_HOSTOPS_VERSION ||
	    p->version != TMEM_PAMOPS_VERSION) {
		pr_err("host refused: tables of version %u/%u, this core has %u/%u\n",
		       h->version, p->version, TMEM_HOSTOPS_VERSION,
		       TMEM_PAMOPS_VERSION);
		return -EINVAL;
	}
	if (!h->name || !*h->name || !h->obj_alloc || !h->obj_free ||
	    !h->objnode_alloc || !h->objnode_free) {
		pr_err("host refused: incomplete hostops\n");
		return -EINVAL;
	}
	if (!p->create || !p->hold || !p->get_data || !p->release || !p->free) {
		pr_err("host %s refused: incomplete pamops\n", h->name);
		return -EINVAL;
	}
	return 0;
}

static bool name_taken(const char *name)
{
	struct tmem_host *host;

	lockdep_assert_held(&tmem_hosts_lock);
	list_for_each_entry(host, &tmem_hosts, list)
		if (!strcmp(host->hostops->name, name))
			return true;
	return false;
}

/**
 * tmem_register_host - embed the core
 * @hostops: where the core's structures come from
 * @pamops: how page data is reached
 * @priv: given back to every hostops callback
 *
 * Both tables stay the caller's and must not change until
 * tmem_unregister_host() has returned.  Replaces the historical pair
 * tmem_register_hostops() and tmem_register_pamops().
 *
 * Context: process; may sleep.
 * Return: the host, or ERR_PTR: -EINVAL for missing callbacks or another
 * version, -EEXIST for a name in use, -ENOMEM.
 */
struct tmem_host *tmem_register_host(const struct tmem_hostops *hostops,
				     const struct tmem_pamops *pamops,
				     void *priv)
{
	struct tmem_host *host;
	int ret;

	ret = check_tables(hostops, pamops);
	if (ret)
		return ERR_PTR(ret);
	host = kzalloc(sizeof(*host), GFP_KERNEL);
	if (!host)
		return ERR_PTR(-ENOMEM);
	host->hostops = hostops;
	host->pamops = pamops;
	host->priv = priv;
	INIT_LIST_HEAD(&host->clients);
	INIT_LIST_HEAD(&host->shared_pools);
	spin_lock_init(&host->reap_lock);
	INIT_WORK(&host->reap_work, tmem_obj_reap_work);

	mutex_lock(&tmem_hosts_lock);
	if (name_taken(hostops->name)) {
		pr_err("host refused: %s is registered already\n",
		       hostops->name);
		ret = -EEXIST;
		goto err_unlock;
	}
	list_add_tail(&host->list, &tmem_hosts);
	mutex_unlock(&tmem_hosts_lock);
	return host;

err_unlock:
	mutex_unlock(&tmem_hosts_lock);
	kfree(host);
	return ERR_PTR(ret);
}
TMEM_EXPORT_SYMBOL(tmem_register_host);

/**
 * tmem_unregister_host - end of an embedding
 * @host: the host; gone on success
 *
 * On return no callback of its tables is running or will be called.
 *
 * Context: process; sleeps.
 * Return: 0, or -EBUSY while it has clients.
 */
int tmem_unregister_host(struct tmem_host *host)
{
	mutex_lock(&tmem_hosts_lock);
	if (!list_empty(&host->clients)) {
		mutex_unlock(&tmem_hosts_lock);
		return -EBUSY;
	}
	list_del(&host->list);
	mutex_unlock(&tmem_hosts_lock);

	/* Destroying the clients' pools has emptied the list that it works on. */
	cancel_work_sync(&host->reap_work);
	/* obj_free is called from RCU callbacks of RCU callbacks. */
	rcu_barrier();
	rcu_barrier();
	kfree(host);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_unregister_host);

/**
 * tmem_host_priv - the host's own pointer
 * @host: the host
 *
 * Context: any.
 * Return: what tmem_register_host() was given.
 */
void *tmem_host_priv(const struct tmem_host *host)
{
	return host->priv;
}
TMEM_EXPORT_SYMBOL(tmem_host_priv);

/**
 * tmem_client_create - a new user of a host
 * @host: the host
 * @id: the host's number for it; unique in the host
 * @max_pools: how many pools it may have, 1 to TMEM_MAX_POOLS
 *
 * Context: process; may sleep.
 * Return: the client, or ERR_PTR: -EINVAL for @max_pools, -EEXIST for @id,
 * -ENOMEM.
 */
struct tmem_client *tmem_client_create(struct tmem_host *host, u32 id,
				       unsigned int max_pools)
{
	struct tmem_client *client, *other;

	if (!max_pools || max_pools > TMEM_MAX_POOLS)
		return ERR_PTR(-EINVAL);
	client = kzalloc(struct_size(client, pools, max_pools), GFP_KERNEL);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->host = host;
	client->id = id;
	client->max_pools = max_pools;

	mutex_lock(&tmem_hosts_lock);
	list_for_each_entry(other, &host->clients, list) {
		if (other->id == id) {
			mutex_unlock(&tmem_hosts_lock);
			kfree(client);
			return ERR_PTR(-EEXIST);
		}
	}
	list_add_tail(&client->list, &host->clients);
	mutex_unlock(&tmem_hosts_lock);
	return client;
}
TMEM_EXPORT_SYMBOL(tmem_client_create);

/**
 * tmem_client_destroy - end of a client, with all its pools
 * @client: the client; nobody may use it any more; gone on return
 *
 * Context: process; sleeps.
 */
void tmem_client_destroy(struct tmem_client *client)
{
	unsigned int i;

	for (i = 0; i < client->max_pools; i++)
		tmem_destroy_pool(client, i);
	mutex_lock(&tmem_hosts_lock);
	list_del(&client->list);
	mutex_unlock(&tmem_hosts_lock);
	kfree(client);
}
TMEM_EXPORT_SYMBOL(tmem_client_destroy);
