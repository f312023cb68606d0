<?php
($socket = socket_create(AF_INET, SOCK_STREAM, getprotobyname('tcp'))) or die("no socket\n");
socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 10, 'usec' => 0]);
if (!@socket_connect($socket, '127.0.0.1', (int) $argv[1])) die(socket_strerror(socket_last_error($socket)));
echo answer($socket);
foreach (['HELO a', 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'XYZZY', 'DATA'] as $command) {
    socket_write($socket, "$command\r\n");
    echo "$command: ", answer($socket);
}
$text = "Subject: 你好\r\n\r\n" . str_repeat("一行\r\n", 200) . ".\r\n";
socket_send($socket, $text, strlen($text), 0);
echo answer($socket);
socket_write($socket, "QUIT\r\n");
echo answer($socket);
var_dump(socket_read($socket, 100));
socket_close($socket);

function answer(Socket $socket): string
{
    $line = socket_read($socket, 512, PHP_NORMAL_READ);
    socket_recv($socket, $rest, 1, 0);
    return trim($line) . "\n";
}
