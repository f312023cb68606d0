<?php
function ask(string $port, string $text): string|false
{
    $sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($sock, '127.0.0.1', (int) $port);
    socket_write($sock, "$text\n");
    $answer = socket_read($sock, 1024);
    socket_close($sock);
    return $answer;
}

foreach (['one', 'two', 'three', 'four', 'five', 'six'] as $text) {
    echo ask($argv[1], $text);
}
for ($i = 0; $i < 3; $i++) {
    show(ask($argv[1], 'stop'));
}
