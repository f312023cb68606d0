<?php
// A process for each client, as PHP servers have it; it ends after three.
$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($sock, '127.0.0.1', 0) or die(socket_strerror(socket_last_error()));
socket_listen($sock);
socket_getsockname($sock, $ip, $port);
listening($port);
for ($i = 0; $i < 3; $i++) {
    $client = socket_accept($sock);
    if (pcntl_fork() === 0) {
        socket_close($sock);
        serve($client);
        socket_close($client);
        exit;
    }
    socket_close($client);
}
while (pcntl_wait($status) > 0);
socket_close($sock);
echo "served\n";

function serve(Socket $client): void
{
    socket_set_option($client, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 10, 'usec' => 0]);
    socket_write($client, "Who is there?\n");
    while (($name = socket_read($client, 1024, PHP_NORMAL_READ)) !== false) {
        $name = trim($name);
        if ($name == 'bye' || $name === '') break;
        socket_write($client, "Hello $name\n");
    }
    socket_shutdown($client, 1);
}
