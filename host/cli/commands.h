/* The commands of `ferrite`: each takes its own argv (argv[0] is its name) and returns the exit code.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_COMMANDS_H
#define HOST_CLI_COMMANDS_H

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int command_get(int argc, char **argv);    /* get.c */
int command_ping(int argc, char **argv);   /* ping.c */
int command_lookup(int argc, char **argv); /* lookup.c */
int command_nc(int argc, char **argv);     /* nc.c */
int command_ip(int argc, char **argv);     /* ip.c */
int command_serve(int argc, char **argv);  /* serve.c */
int command_ss(int argc, char **argv);     /* ss.c */
int command_stat(int argc, char **argv);   /* stat.c */
int command_bench(int argc, char **argv);
int command_devices(int argc, char **argv);  /* devices.c */
int command_selftest(int argc, char **argv); /* selftest.c */
int command_up(int argc, char **argv);       /* up.c */
int command_flash(int argc, char **argv);    /* flash.c */
int command_sim(int argc, char **argv);      /* sim.c */

#endif
