/* Which file a request means, and which part of it: what `ferrite serve` needs to know of files and of HTTP's headers, without a
 * connection. RFC 9110.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_SERVE_FILE_H
#define HOST_CLI_SERVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* Opens what path (decoded, begins with '/') names below the directory root, never anything outside it, also not through a symbolic
 * link. Returns a descriptor and fills *status, or a negative errno: -ENOENT, -EACCES, -EXDEV (it would lead outside) … A directory is
 * opened as itself. */
int serve_open(int root, const char *path, struct stat *status);

/* "text/html" and the like, by the name's ending. */
const char *serve_type(const char *path);

/* A page with links to what the directory fd has; closes fd. *text is the caller's to free. Returns its bytes or a negative errno. */
int serve_listing(int fd, const char *path, char **text);

/* The last part of path as a relative reference (RFC 3986, 4.2) that ends with a slash; NULL if there is no memory, else to be
 * freed. */
char *serve_reference(const char *path);

enum serve_range { SERVE_WHOLE, SERVE_PART, SERVE_BEYOND };
/* Reads a Range field (NULL: there is none) for size bytes: one range of bytes is served, a field with several or of another unit is
 * ignored (14.2). SERVE_BEYOND: it begins behind the end (416). */
enum serve_range serve_range(const char *field, uint64_t size, uint64_t *first, uint64_t *count);

enum { SERVE_DATE_BYTES = 32 };
/* "Sun, 06 Nov 1994 08:49:37 GMT" (5.6.7), and back: -1 if text is no such date. */
void serve_date(time_t when, char out[SERVE_DATE_BYTES]);
time_t serve_date_read(const char *text);

#endif
