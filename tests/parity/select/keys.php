<?php
// The ready sockets keep their keys and their order.
$none = null;
$clients = $peers = [];
foreach (['alice', 'bob', '小明', 'dave'] as $name) {
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
    [$clients[$name], $peers[$name]] = $pair;
}
ksort($clients);
socket_write($peers['dave'], 'x');
socket_write($peers['bob'], 'x');
$read = $clients;
show(socket_select($read, $none, $none, 0));
show(array_keys($read));
show(array_keys($clients));
foreach ($read as $name => $socket) {
    echo $name, ' said ', socket_read($socket, 10), "\n";
}
$read = $clients;
show(socket_select($read, $none, $none, 0));
show(count($read));

// A list: find a socket in it, take it out.
socket_write($peers['小明'], '你好');
$read = array_values($clients);
show(socket_select($read, $none, $none, 0));
show(in_array($clients['小明'], $read));
show(array_search($clients['小明'], array_values($clients)));
show(in_array($clients['bob'], $read));

// Under two keys it is returned twice, and counted once.
$read = [3 => $clients['小明'], 5 => $clients['bob'], 9 => $clients['小明']];
show(socket_select($read, $none, $none, 0));
show(array_keys($read));

// In several sets it counts in each.
$read = $write = $except = ['it' => $clients['小明']];
show(socket_select($read, $write, $except, 0));
show([count($read), count($write), count($except)]);
