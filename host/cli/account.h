/* A short account of what a command did, in figures, for `--account`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_ACCOUNT_H
#define HOST_CLI_ACCOUNT_H

#include "host/cli/session.h"

struct account {
    char address[96];    /* "10.0.2.15/24 (dhcp)" */
    double handshake_ms; /* of the first connection */
    /* of the simulated board, taken before it is closed */
    bool simulated;
    uint64_t cycles, sim_ns, simulating_ns;
};

/* Notes address and handshake while the connections still live. */
void account_note(struct account *account);
/* Notes the simulated board's figures; called by session_end. */
void account_note_board(struct account *account, struct transport *transport);
/* Prints it. bytes: of the bodies fetched. */
void account_print(const struct account *account, const struct session *session, uint64_t bytes,
                   FILE *out);

#endif
