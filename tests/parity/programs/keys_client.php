<?php
function connect(string $port): Socket
{
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if (!socket_connect($socket, '127.0.0.1', (int) $port)) {
        die("no server\n");
    }
    return $socket;
}

function encode(string ...$args): string
{
    $text = '*' . count($args) . "\r\n";
    foreach ($args as $arg) {
        $text .= '$' . strlen($arg) . "\r\n$arg\r\n";
    }
    return $text;
}

function send(Socket $socket, string $text): void
{
    while ($text !== '') {
        $sent = socket_write($socket, $text);
        if ($sent === false) {
            die("the server has left\n");
        }
        $text = substr($text, $sent);
    }
}

function line(Socket $socket): string
{
    $line = socket_read($socket, 1024, PHP_NORMAL_READ);
    socket_read($socket, 1); // the \n
    return rtrim($line);
}

/** One answer, for people to read. */
function reply(Socket $socket): string
{
    $line = line($socket);
    if ($line === '' || $line[0] !== '$' || $line === '$-1') {
        return $line;
    }
    $length = (int) substr($line, 1);
    socket_recv($socket, $value, $length + 2, MSG_WAITALL);
    return substr($value, 0, $length);
}

$one = connect($argv[1]);
$two = connect($argv[1]);
send($one, "PING\r\n");
echo reply($one), "\n";
// Many at once, and the last one in two halves.
send($one, encode('SET', 'name', '测试') . encode('GET', 'name') . encode('GET', 'nobody') . encode('INCR', 'count') . substr(encode('INCR', 'count'), 0, 11));
for ($i = 0; $i < 4; $i++) {
    echo reply($one), "\n";
}
send($two, encode('INCR', 'count'));
echo 'two: ', reply($two), "\n";
send($one, substr(encode('INCR', 'count'), 11));
echo reply($one), "\n";
// Bytes of all kinds, and more than the kernel keeps.
$all = implode('', array_map('chr', range(0, 255)));
send($two, encode('SET', 'bytes', $all));
echo 'two: ', reply($two), "\n";
send($one, encode('SET', 'large', str_repeat($all, 4096)) . encode('GET', 'large') . encode('GET', 'large') . encode('GET', 'large') . encode('INCR', 'name') . encode('LPUSH', 'a', 'b'));
send($two, encode('GET', 'bytes'));
$value = reply($two);
echo 'two: ', $value === $all ? 'the bytes' : $value, "\n";
for ($i = 0; $i < 6; $i++) {
    $value = reply($one);
    echo $value === str_repeat($all, 4096) ? 'a mebibyte' : $value, "\n";
}
send($two, encode('DEL', 'name') . encode('DEL', 'name') . encode('SHUTDOWN'));
echo reply($two), reply($two), reply($two), "\n";
show(socket_read($two, 10));
