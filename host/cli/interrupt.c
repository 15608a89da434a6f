/* Ctrl-C, SIGTERM and SIGHUP for a command with an engine of its own.
 *
 * SPDX-License-Identifier: MIT
 *
 * Files cannot be closed inside a signal handler, so the handler only wakes a thread. A command may still
 * take SIGINT for itself (ping does): it sets its own handler and unblocks the signal.
 */
#include "host/cli/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

static struct {
    sem_t asked;
    volatile sig_atomic_t number; /* of the signal that came */
    pthread_mutex_t mutex;        /* held by whoever takes the session down */
    bool ending;                  /* the command's own thread does */
    void (*end)(void *user);
    void (*hurry)(void *user);
    void *user;
} watch = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void came(int number)
{
    watch.number = number;
    sem_post(&watch.asked);
}

static void mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(&set, signals[i]);
    pthread_sigmask(how, &set, NULL);
}

/* Dies of the signal, as who started the command expects. */
static void die(void)
{
    signal(watch.number, SIG_DFL);
    mask(SIG_UNBLOCK);
    raise(watch.number);
}

static void *watcher(void *unused)
{
    (void)unused;
    mask(SIG_UNBLOCK);
    while (sem_wait(&watch.asked) && errno == EINTR)
        continue;
    pthread_mutex_lock(&watch.mutex);
    if (!watch.ending) {
        watch.end(watch.user);
        die();
    }
    if (watch.user)
        watch.hurry(watch.user);
    pthread_mutex_unlock(&watch.mutex);
    return NULL;
}

void interrupt_block(void)
{
    mask(SIG_BLOCK);
}

void interrupt_watch(void (*end)(void *user), void (*hurry)(void *user), void *user)
{
    pthread_t thread;

    watch.end = end;
    watch.hurry = hurry;
    watch.user = user;
    sem_init(&watch.asked, 0, 0);
    if (pthread_create(&thread, NULL, watcher, NULL)) {
        mask(SIG_UNBLOCK); /* the signals end the command without more ado */
        return;
    }
    pthread_detach(thread);
    for (int i = 0; i < SIGNALS; i++)
        if (signal(signals[i], came) == SIG_IGN)
            signal(signals[i], SIG_IGN); /* nohup */
}

void interrupt_ending(void)
{
    pthread_mutex_lock(&watch.mutex);
    watch.ending = true;
    pthread_mutex_unlock(&watch.mutex);
}

void interrupt_left(void (*last)(void *user), void *user)
{
    pthread_mutex_lock(&watch.mutex);
    watch.user = NULL;
    last(user);
    pthread_mutex_unlock(&watch.mutex);
    if (watch.number)
        die();
}
