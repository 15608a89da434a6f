/* Ctrl-C, SIGTERM and SIGHUP for a command with an engine of its own: whatever the command waits for, it ends
 * at once, by the signal, but leaves captures whole and no sockets in /tmp.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_INTERRUPT_H
#define HOST_CLI_INTERRUPT_H

/* Keeps the three signals from the calling thread and those it starts from now on, so that no call of
 * theirs is cut off; call it before the engine's thread starts. */
void interrupt_block(void);

/* Starts the thread that takes them: it calls end in place of the command's thread and lets the signal
 * have its usual effect then. While the command's thread itself is ending, hurry is called instead. */
void interrupt_watch(void (*end)(void *user), void (*hurry)(void *user), void *user);

/* Around the end that the command's own thread makes. interrupt_left: what hurry looks at is about to go;
 * does not return if a signal has come. */
void interrupt_ending(void);
void interrupt_left(void (*last)(void *user), void *user);

#endif
