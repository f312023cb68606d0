<?php
// Six ports, of which four are open.
$ports = [];
for ($i = 0; $i < 6; ++$i) {
    $sockets[$i] = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_bind($sockets[$i], '127.0.0.1', 0);
    if ($i % 3 !== 1) {
        socket_listen($sockets[$i], 1);
    }
    socket_getsockname($sockets[$i], $address, $ports[$i]);
}
listening(implode(',', $ports));
// The last one is told that the scan is over.
do {
    $connection = socket_accept($sockets[5]);
    $word = socket_read($connection, 10);
} while ($word !== 'over');
echo "over\n";
