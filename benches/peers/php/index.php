<?php
// The same application for php-fpm.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/user')) {
    $id = $_GET['id'] ?? basename($path);
    $options = [PDO::ATTR_PERSISTENT => true];
    $connection = new PDO('sqlite:' . getenv('DATABASE'), null, null, $options);
    $statement = $connection->prepare('SELECT id, name, email FROM users WHERE id = ?');
    $statement->execute([(int) $id]);
    $body = json_encode($statement->fetch(PDO::FETCH_ASSOC));
    header('Content-Type: application/json');
} else {
    $body = "hello, world\n";
    header('Content-Type: text/plain');
}
header('Content-Length: ' . strlen($body));
echo $body;
