/* ferrite flash: writes a bitstream to a board with the program that its maker's programmer wants.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cli/commands.h"
#include "host/cli/flash_boards.h"
#include "host/cli/options.h"

enum { OPTION_BOARD = 0x100, OPTION_DIST, OPTION_TRY, OPTION_DRY_RUN, OPTION_LIST, MAX_WORDS = 64 };

struct flash {
    const char *board_name, *dist, *file;
    bool temporary, dry_run, list;
    char **more; /* the tool's own options */
    int more_count;
    char path[512]; /* of the bitstream, where no file was given */
};

static void help(void)
{
    puts("usage: ferrite flash [options] [FILE] [-- TOOL'S OPTIONS]\n"
         "Writes a bitstream to a board that is plugged in, with openFPGALoader, dfu-util, "
         "tinyprog or iceprog.\n"
         "Without FILE that of --board in build/dist. A bitstream that is not for the board's FPGA "
         "is refused\n"
         "before anything is touched; without --board the bitstream says which board it must be.\n"
         "What stands behind -- goes to that program, as a cable: -- -c ft4232\n"
         "\n"
         "      --board NAME   the board; --list names them\n"
         "      --dist DIR     where the bitstreams are (build/dist)\n"
         "      --try          until power is lost: write to the FPGA only, not to its flash\n"
         "      --dry-run      check, and print the command instead of running it\n"
         "      --list         list the boards, their FPGAs and programs\n");
}

static int take(void *user, int option, const char *value)
{
    struct flash *flash = user;

    switch (option) {
    case OPTION_BOARD: flash->board_name = value; return 0;
    case OPTION_DIST: flash->dist = value; return 0;
    case OPTION_TRY: flash->temporary = true; return 0;
    case OPTION_DRY_RUN: flash->dry_run = true; return 0;
    default: flash->list = true; return 0;
    }
}

static void list(void)
{
    for (const struct flash_board *board = flash_boards; board->name; board++)
        printf("%-16s %-26s %-14s %-10s %s%s%s\n", board->name, board->title, board->device,
               board->package, board->tool, board->load_tool ? ", --try: " : "",
               board->load_tool ? board->load_tool : "");
}

/* Returns the only board that the bitstream fits, or NULL after a message. */
static const struct flash_board *guess(const char *file, const struct flash_image *image)
{
    const struct flash_board *found = NULL;
    char why[240], names[240] = "";

    for (const struct flash_board *board = flash_boards; board->name; board++) {
        if (!flash_board_fits(board, image, why, sizeof why))
            continue;
        found = *names ? NULL : board;
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", board->name);
    }
    if (!*names)
        fprintf(stderr, "ferrite: flash: %s is for no board that is known ('%s', IDCODE 0x%08x)\n",
                file, image->comment, image->idcode);
    else if (!found)
        fprintf(stderr, "ferrite: flash: %s fits more than one board: give --board, one of%s\n",
                file, names);
    return found;
}

/* Finds board and file, and whether they fit. Returns the board, or NULL after a message. */
static const struct flash_board *settle(struct flash *flash)
{
    const struct flash_board *board = NULL;
    struct flash_image image;
    char why[240];

    if (flash->board_name && !(board = flash_board_find(flash->board_name))) {
        fprintf(stderr, "ferrite: flash: no board '%s'; 'ferrite flash --list' lists them\n",
                flash->board_name);
        return NULL;
    }
    if (!flash->file && !board) {
        fputs("ferrite: flash: give --board NAME or a bitstream; 'ferrite flash --list' lists the "
              "boards\n",
              stderr);
        return NULL;
    }
    if (!flash->file) {
        snprintf(flash->path, sizeof flash->path, "%s/%s.%s", flash->dist, board->name,
                 board->suffix);
        flash->file = flash->path;
        if (access(flash->file, R_OK)) {
            fprintf(stderr,
                    "ferrite: flash: %s: %s: give a bitstream or --dist DIR, or run 'make dist'\n",
                    flash->file, strerror(errno));
            return NULL;
        }
    }
    if (flash_image_read(flash->file, &image))
        return NULL;
    if (!board)
        return guess(flash->file, &image);
    if (flash_board_fits(board, &image, why, sizeof why))
        return board;
    fprintf(stderr, "ferrite: flash: %s: refused: %s\n", flash->file, why);
    return NULL;
}

static void print_command(char *const *words)
{
    for (; *words; words++)
        printf("%s%s", *words, words[1] ? " " : "\n");
    fflush(stdout);
}

/* Runs the program and waits for it. Returns an exit code, after a message if it is not 0. */
static int run(char *const *words)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        execvp(words[0], words);
        if (errno == ENOENT)
            fprintf(stderr, "ferrite: flash: '%s' is missing: install %s\n", words[0],
                    flash_tool_package(words[0]));
        else
            fprintf(stderr, "ferrite: flash: %s: %s\n", words[0], strerror(errno));
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        fprintf(stderr, "ferrite: flash: %s: %s\n", words[0], strerror(errno));
        return EXIT_FAILED;
    }
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        return EXIT_OK;
    if (!WIFEXITED(status))
        fprintf(stderr, "ferrite: flash: %s was ended by signal %d\n", words[0], WTERMSIG(status));
    else if (WEXITSTATUS(status) != 127)
        fprintf(stderr, "ferrite: flash: %s ended with %d\n", words[0], WEXITSTATUS(status));
    return EXIT_FAILED;
}

static int write_board(struct flash *flash)
{
    const struct flash_board *board = settle(flash);
    const char *const *arguments, *tool;
    char *words[MAX_WORDS];
    int count = 0;

    if (!board)
        return EXIT_FAILED;
    arguments = flash->temporary ? board->load : board->keep;
    if (!arguments[0]) {
        fprintf(stderr, "ferrite: flash: %s cannot be written %s\n", board->title,
                flash->temporary ? "for a try: leave out --try" : "for good: add --try");
        return EXIT_FAILED;
    }
    tool = flash->temporary && board->load_tool ? board->load_tool : board->tool;
    words[count++] = (char *)tool;
    /* In front of ours, the last of which may ask for the file. */
    for (int i = 0; i < flash->more_count; i++)
        words[count++] = flash->more[i];
    while (*arguments)
        words[count++] = (char *)*arguments++;
    words[count++] = (char *)flash->file;
    words[count] = NULL;
    print_command(words);
    return flash->dry_run ? EXIT_OK : run(words);
}

int command_flash(int argc, char **argv)
{
    static const struct option longs[] = {
        {"board", required_argument, NULL, OPTION_BOARD},
        {"dist", required_argument, NULL, OPTION_DIST},
        {"try", no_argument, NULL, OPTION_TRY},
        {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
        {"list", no_argument, NULL, OPTION_LIST},
        {NULL, 0, NULL, 0},
    };
    struct flash flash = {.dist = "build/dist"};
    struct command_options command = {"", longs, take, &flash, help};
    struct options common = {0};
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (flash.list) {
        list();
        return EXIT_OK;
    }
    if (first < argc && argv[first][0] != '-')
        flash.file = argv[first++];
    flash.more = argv + first;
    flash.more_count = argc - first;
    if (flash.more_count > MAX_WORDS - FLASH_MAX_ARGUMENTS - 4) {
        fprintf(stderr, "ferrite: flash: more than %d options for the program\n",
                MAX_WORDS - FLASH_MAX_ARGUMENTS - 4);
        return EXIT_USAGE;
    }
    return write_board(&flash);
}
