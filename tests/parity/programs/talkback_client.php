<?php
// Three visitors: one quits, one vanishes, one shuts the server down. telnet ends its lines with \r\n.
foreach ([["hello\r\n", "你好\n", "quit\n"], ["I will vanish\n"], ["\r\n", "last\n", "shutdown\n"]] as $lines) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($socket, '127.0.0.1', (int) $argv[1]);
    for ($i = 0; $i < 3; ++$i) {
        echo socket_read($socket, 2048, PHP_NORMAL_READ);
    }
    foreach ($lines as $line) {
        socket_write($socket, $line, strlen($line));
        if (trim($line) && !in_array(trim($line), ['quit', 'shutdown'])) {
            echo socket_read($socket, 2048, PHP_NORMAL_READ);
        }
    }
    if (count($lines) > 1) {
        echo strlen(socket_read($socket, 2048)), "\n";
    }
    socket_close($socket);
}
