/* The same application for uWSGI without Python: its symcall plugin calls `application`.
   cc -O2 -shared -fPIC -o application.so application.c -lsqlite3 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of uwsgi.h, which PyPI's package doesn't install. */
struct wsgi_request;
int uwsgi_parse_vars(struct wsgi_request *);
char *uwsgi_get_var(struct wsgi_request *, char *, uint16_t, uint16_t *);
int uwsgi_response_prepare_headers(struct wsgi_request *, char *, uint16_t);
int uwsgi_response_add_header(struct wsgi_request *, char *, uint16_t, char *, uint16_t);
int uwsgi_response_write_body_do(struct wsgi_request *, char *, size_t);

/* Each thread has a connection of its own. */
static __thread sqlite3 *connection;
static __thread sqlite3_stmt *statement;

static int opened(void) {
    const char *sql = "SELECT id, name, email FROM users WHERE id = ?";
    if (statement)
        return 1;
    return sqlite3_open(getenv("DATABASE"), &connection) == SQLITE_OK &&
           sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) == SQLITE_OK;
}

/* Writes the row as JSON; its length, or 0 if there is none. */
static int user(long long id, char *body, size_t room) {
    int length = 0;
    if (!opened())
        return 0;
    sqlite3_bind_int64(statement, 1, id);
    if (sqlite3_step(statement) == SQLITE_ROW)
        length = snprintf(body, room, "{\"id\":%lld,\"name\":\"%s\",\"email\":\"%s\"}",
                          (long long)sqlite3_column_int64(statement, 0),
                          sqlite3_column_text(statement, 1), sqlite3_column_text(statement, 2));
    sqlite3_reset(statement);
    return length;
}

/* The number in a value that starts with `prefix`, or 0: the values have no end of their own. */
static long long number(const char *value, uint16_t length, const char *prefix) {
    char digits[20] = "";
    size_t skip = strlen(prefix);
    if (!value || length <= skip || length - skip >= sizeof digits || memcmp(value, prefix, skip))
        return 0;
    memcpy(digits, value + skip, length - skip);
    return atoll(digits);
}

int application(struct wsgi_request *request) {
    char body[512], size[16], *type = "text/plain", *status = "200 OK";
    uint16_t path_length = 0, query_length = 0;
    int length;
    if (uwsgi_parse_vars(request))
        return -1;
    char *path = uwsgi_get_var(request, "PATH_INFO", 9, &path_length);
    if (path && path_length >= 5 && !memcmp(path, "/user", 5)) {
        long long id = number(path, path_length, "/user/");
        if (!id) {
            char *query = uwsgi_get_var(request, "QUERY_STRING", 12, &query_length);
            id = number(query, query_length, "id=");
        }
        type = "application/json";
        length = user(id, body, sizeof body);
        if (!length)
            status = "404 Not Found";
    } else {
        length = snprintf(body, sizeof body, "hello, world\n");
    }
    uwsgi_response_prepare_headers(request, status, (uint16_t)strlen(status));
    uwsgi_response_add_header(request, "Content-Type", 12, type, (uint16_t)strlen(type));
    uwsgi_response_add_header(request, "Content-Length", 14, size,
                              (uint16_t)snprintf(size, sizeof size, "%d", length));
    uwsgi_response_write_body_do(request, body, (size_t)length);
    return 0;
}
