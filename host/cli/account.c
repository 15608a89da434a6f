/* Gathers and prints the account.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/account.h"
#include "host/cli/report.h"
#include "host/socket/ferrite.h"
#include "sim/board/sim.h"

static json_object *query(const char *what)
{
    char *json = NULL;
    json_object *report = NULL;

    if (!fe_query(what, &json))
        report = json_tokener_parse(json);
    free(json);
    return report;
}

void account_note(struct account *account)
{
    json_object *addresses = query("addresses"), *sockets = query("sockets");
    json_object *rows = sockets ? report_member(sockets, "sockets") : NULL;

    if (addresses && report_has(addresses, "address"))
        snprintf(account->address, sizeof account->address, "%s/%.0f (%s)",
                 report_text(addresses, "address", "-"), report_number(addresses, "prefix_len"),
                 report_text(addresses, "source", "-"));
    for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        if (report_has(row, "handshake_ms")) {
            account->handshake_ms = report_number(row, "handshake_ms");
            break;
        }
    }
    json_object_put(addresses);
    json_object_put(sockets);
}

void account_note_board(struct account *account, struct transport *transport)
{
    const struct sim_counters *counters = sim_counters(transport);

    account->simulated = true;
    account->cycles = counters->cycles;
    account->sim_ns = counters->sim_ns;
    account->simulating_ns = counters->wall_run_ns;
}

static void print_board(const struct account *account, const struct session *session, FILE *out)
{
    const struct engine_report *report = &session->report;

    fprintf(out,
            "USB transfers    %" PRIu64 " out, %" PRIu64 " in, with %" PRIu64 " and %" PRIu64
            " frames\n",
            report->driver.tx_transfers, report->driver.rx_transfers, report->driver.tx_frames,
            report->driver.rx_frames);
    if (!account->simulated)
        return;
    fprintf(out, "simulated time   %.3f ms busy, %" PRIu64 " cycles of the 60 MHz clock\n",
            (double)account->sim_ns / 1e6, account->cycles);
    if (account->simulating_ns)
        fprintf(out, "simulation       %.2f million clock cycles a second\n",
                (double)account->cycles * 1e3 / (double)account->simulating_ns);
}

void account_print(const struct account *account, const struct session *session, uint64_t bytes,
                   FILE *out)
{
    const struct stack_counters *stack = &session->report.stack;

    fprintf(out, "address          %s\n", *account->address ? account->address : "none");
    fprintf(out, "handshake        %.3f ms\n", account->handshake_ms);
    fprintf(out, "bytes            %" PRIu64 "\n", bytes);
    if (!session->report.started_ns)
        return;
    fprintf(out, "segments         %" PRIu64 " received with data, %" PRIu64 " sent with data\n",
            stack->tcp_in_data_segs, stack->tcp_out_data_segs);
    fprintf(out, "ACKs             %" PRIu64 " sent without data\n", stack->tcp_out_acks);
    fprintf(out, "retransmissions  %" PRIu64 "\n", stack->tcp_retrans_segs);
    print_board(account, session, out);
}
