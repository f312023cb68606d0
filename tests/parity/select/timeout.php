<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
$none = null;

function seconds(callable $wait): float
{
    $start = microtime(true);
    $wait();
    return microtime(true) - $start;
}

$read = [$pair[0]];
$waited = seconds(function () use (&$read, $none) {
    show(socket_select($read, $none, $none, 0, 50000));
});
show($waited >= 0.05 && $waited < 5);
show(count($read));

// Microseconds beyond a second are carried.
$read = [$pair[0]];
$waited = seconds(function () use (&$read, $none) {
    show(socket_select($read, $none, $none, 0, 1050000));
});
show($waited >= 1.05 && $waited < 5);

// Ready at once: no wait, whatever the time.
socket_write($pair[1], 'x');
$read = [$pair[0]];
$waited = seconds(function () use (&$read, $none) {
    show(socket_select($read, $none, $none, 100, 5));
});
show($waited < 5);
show(count($read));

// A sum beyond PHP's int is no time.
foreach ([[PHP_INT_MAX, 0], [PHP_INT_MAX, 999999], [PHP_INT_MAX, 1000000], [-1, 1000000]] as [$seconds, $microseconds]) {
    $read = [$pair[0]];
    show(socket_select($read, $none, $none, $seconds, $microseconds));
}

// So much is PHP's for no time at all, as it takes the lower 32 bits.
$read = [$pair[0]];
show(socket_select($read, $none, $none, 0, -4294967296));
