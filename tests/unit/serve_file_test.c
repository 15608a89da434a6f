/* Tests of host/cli/serve_file.c: paths, ranges, dates and lists, as hostile clients ask for them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/serve_file.h"

static char folder[] = "/tmp/ferrite-serve-XXXXXX";
static int root;

static void make(const char *name, const char *text)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make("a.txt", "hello");
    make("<b>&\"c\" 100%", "x");
    assert_int_equal(mkdirat(root, "sub", 0755), 0);
    make("sub/d", "");
    assert_int_equal(symlinkat("/etc/passwd", root, "out"), 0);
    assert_int_equal(symlinkat("sub/../a.txt", root, "in"), 0);
    assert_int_equal(mkfifoat(root, "pipe", 0644), 0);
    return 0;
}

static int stop(void **state)
{
    static const char *const names[] = {"a.txt", "<b>&\"c\" 100%", "sub/d", "out", "in", "pipe"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(root, names[i], 0);
    unlinkat(root, "sub", AT_REMOVEDIR);
    close(root);
    return rmdir(folder);
}

/* 0 and the size, or the error. */
static int size_of(const char *path)
{
    struct stat status;
    int fd = serve_open(root, path, &status);

    if (fd < 0)
        return fd;
    close(fd);
    return S_ISDIR(status.st_mode) ? 1000 : (int)status.st_size;
}

static void opens_what_is_below_the_root_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(size_of("/a.txt"), 5);
    assert_int_equal(size_of("//a.txt"), 5);
    assert_int_equal(size_of("/sub/d"), 0);
    assert_int_equal(size_of("/sub/../a.txt"), 5);
    assert_int_equal(size_of("/in"), 5);
    assert_int_equal(size_of("/"), 1000);
    assert_int_equal(size_of("/sub"), 1000);
    assert_int_equal(size_of("/none"), -ENOENT);
    assert_int_equal(size_of("/a.txt/"), -ENOTDIR);
    assert_int_equal(size_of("/.."), -EXDEV);
    assert_int_equal(size_of("/../../etc/passwd"), -EXDEV);
    assert_int_equal(size_of("/sub/../../etc"), -EXDEV);
    assert_int_equal(size_of("/out"), -EXDEV);
    assert_int_equal(size_of("/pipe"), -EACCES);
}

static void lists_names_without_letting_them_be_html(void **state)
{
    char *text;
    struct stat status;
    int size = serve_listing(serve_open(root, "/", &status), "/<i>/", &text);

    (void)state;
    assert_int_equal(size, strlen(text));
    assert_non_null(strstr(text, "<h1>/&#60;i&#62;/</h1>"));
    assert_non_null(strstr(text, "<li><a href=\"./a.txt\">a.txt</a> 5\n"));
    assert_non_null(strstr(text, "<li><a href=\"./%3Cb%3E%26%22c%22%20100%25\">"
                                 "&#60;b&#62;&#38;&#34;c&#34; 100%</a> 1\n"));
    assert_non_null(strstr(text, "<li><a href=\"./sub/\">sub/</a>\n"));
    assert_non_null(strstr(text, "../"));
    free(text);
    assert_true(serve_listing(serve_open(root, "/", &status), "/", &text) > 0);
    assert_null(strstr(text, ".."));
    free(text);
}

static void reads_one_range_of_bytes(void **state)
{
    static const struct {
        const char *field;
        enum serve_range result;
        uint64_t first, count;
    } rows[] = {
        {NULL, SERVE_WHOLE, 0, 100},
        {"bytes=0-9", SERVE_PART, 0, 10},
        {"bytes=90-", SERVE_PART, 90, 10},
        {"bytes=99-99", SERVE_PART, 99, 1},
        {"bytes=50-1000", SERVE_PART, 50, 50},
        {"bytes=-10", SERVE_PART, 90, 10},
        {"bytes=-1000", SERVE_PART, 0, 100},
        {"bytes=0-18446744073709551615", SERVE_PART, 0, 100},
        {"bytes=100-", SERVE_BEYOND, 0, 100},
        {"bytes=-0", SERVE_BEYOND, 0, 100},
        {"bytes=9-0", SERVE_WHOLE, 0, 100},
        {"bytes=0-1,5-6", SERVE_WHOLE, 0, 100},
        {"bytes=", SERVE_WHOLE, 0, 100},
        {"bytes=-", SERVE_WHOLE, 0, 100},
        {"bytes=+1-2", SERVE_WHOLE, 0, 100},
        {"bytes=1- 2", SERVE_WHOLE, 0, 100},
        {"bytes=99999999999999999999-", SERVE_WHOLE, 0, 100},
        {"lines=1-2", SERVE_WHOLE, 0, 100},
    };
    uint64_t first, count;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum serve_range result = serve_range(rows[i].field, 100, &first, &count);

        if (result != rows[i].result || first != rows[i].first || count != rows[i].count)
            fail_msg("%s: %d %llu %llu", rows[i].field, (int)result, (unsigned long long)first,
                     (unsigned long long)count);
    }
    assert_int_equal(serve_range("bytes=0-", 0, &first, &count), SERVE_BEYOND);
}

static void refers_to_a_directory_by_an_url(void **state)
{
    static const char *const rows[][2] = {{"/sub", "./sub/"},
                                          {"/a/b c", "./b%20c/"},
                                          {"/x:y", "./x%3Ay/"},
                                          {"/a\r\nSet-Cookie: b", "./a%0D%0ASet-Cookie%3A%20b/"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *reference = serve_reference(rows[i][0]);

        assert_string_equal(reference, rows[i][1]);
        free(reference);
    }
}

static void writes_and_reads_dates(void **state)
{
    char text[SERVE_DATE_BYTES];

    (void)state;
    serve_date(784111777, text); /* RFC 9110, 5.6.7 */
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_int_equal(serve_date_read(text), 784111777);
    assert_int_equal(serve_date_read("yesterday"), -1);
    assert_int_equal(serve_date_read("Sun, 06 Nov 1994 08:49:37 GMT and more"), -1);
}

static void knows_types_by_their_endings(void **state)
{
    (void)state;
    assert_string_equal(serve_type("/x/page.HTML"), "text/html; charset=utf-8");
    assert_string_equal(serve_type("a.tar.gz"), "application/gzip");
    assert_string_equal(serve_type("Makefile"), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_is_below_the_root_and_nothing_else),
        cmocka_unit_test(lists_names_without_letting_them_be_html),
        cmocka_unit_test(reads_one_range_of_bytes),
        cmocka_unit_test(refers_to_a_directory_by_an_url),
        cmocka_unit_test(writes_and_reads_dates),
        cmocka_unit_test(knows_types_by_their_endings),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
