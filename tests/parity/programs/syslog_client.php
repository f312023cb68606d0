<?php
[$port, $tcp_port] = explode(' ', $argv[1]);
$udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
foreach (['<34>su: root failed', '<165>%% 测试', 'no number', '<0>'] as $message) {
    echo socket_sendto($udp, $message, strlen($message), 0, '127.0.0.1', (int) $port), "\n";
}
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
socket_bind($unix, 'cron');
socket_connect($unix, 'log');
echo socket_write($unix, "<78>cron: started\n"), "\n";
$nameless = socket_create(AF_UNIX, SOCK_DGRAM, 0);
echo socket_sendto($nameless, '<14>nameless', 12, 0, 'log'), "\n";
$tcp = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($tcp, '127.0.0.1', (int) $tcp_port);
socket_set_option($tcp, SOL_TCP, TCP_NODELAY, 1);
foreach (["<13>first\n<1", "2>sec", "ond\n", "<11>third\nexpect 9\n"] as $part) {
    socket_write($tcp, $part);
}
// Until the server has heard everything.
show(socket_read($tcp, 10));
show(socket_write($nameless, 'x'));
