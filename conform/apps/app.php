<?php
// The routes of conform/README.md in PHP. It must not know which server runs it.
//
//     php-fpm8.2 --nodaemonize --allow-to-run-as-root --fpm-config conform/apps/php-fpm.conf \
//         -d cgi.fix_pathinfo=0
//     cleanslate conform --var SCRIPT_FILENAME=$PWD/conform/apps/app.php \
//         fastcgi:///tmp/peer/php-fpm
//
// TERM ends it. Without cgi.fix_pathinfo=0 PATH_INFO would be changed before this script sees it.

const ANY = ['GET', 'HEAD'];
const ROUTES = [
    'hello' => ANY, 'env' => ANY, 'status' => ANY, 'stream' => ANY, 'bytes' => ANY,
    'echo' => null, 'body' => null,
];

function answer(string $content, string $type, int $code = 200): void
{
    http_response_code($code);
    header("Content-Type: $type");
    header('Content-Length: ' . strlen($content));
    echo $content;
}

// Each byte as the character of that number, in UTF-8.
function characters(string $bytes): string
{
    $two = fn (array $found): string =>
        chr(0xC0 | ord($found[0]) >> 6) . chr(0x80 | ord($found[0]) & 0x3F);
    return preg_replace_callback('/[\x80-\xFF]/', $two, $bytes);
}

function env(): string
{
    $texts = [];
    foreach ($_SERVER as $name => $value) {
        if (is_string($value)) {
            $texts[characters((string) $name)] = characters($value);
        }
    }
    return json_encode($texts, JSON_THROW_ON_ERROR);
}

function handle(string $name, string $value): void
{
    if (!array_key_exists($name, ROUTES)) {
        answer("not found\n", 'text/plain', 404);
        return;
    }
    $methods = ROUTES[$name];
    if ($methods !== null && !in_array($_SERVER['REQUEST_METHOD'] ?? '', $methods, true)) {
        answer("not allowed\n", 'text/plain', 405);
        return;
    }
    $body = fn (): string => file_get_contents('php://input');
    switch ($name) {
        case 'hello':
            answer("hello, world\n", 'text/plain');
            break;
        case 'env':
            answer(env(), 'application/json');
            break;
        case 'echo':
            answer($body(), ($_SERVER['CONTENT_TYPE'] ?? '') ?: 'application/octet-stream');
            break;
        case 'body':
            $sent = $body();
            answer(strlen($sent) . ' ' . hash('sha256', $sent) . "\n", 'text/plain');
            break;
        case 'status':
            http_response_code((int) $value);
            break;
        case 'stream':
            header('Content-Type: application/octet-stream');
            for ($step = 0; $step < (int) $value; $step++) {
                echo str_repeat('s', 1000);
            }
            break;
        case 'bytes':
            answer(str_repeat('b', (int) $value), 'application/octet-stream');
            break;
    }
}

$parts = explode('/', ($_SERVER['PATH_INFO'] ?? '') . '//');
handle($parts[1], $parts[2]);
