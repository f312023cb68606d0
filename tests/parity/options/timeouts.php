<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
foreach ([SO_RCVTIMEO, SO_SNDTIMEO] as $option) {
    show(socket_get_option($socket, SOL_SOCKET, $option));
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => 1, 'usec' => 500000]));
    show(socket_get_option($socket, SOL_SOCKET, $option));
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => 0, 'usec' => 1]));
    show(socket_get_option($socket, SOL_SOCKET, $option));
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => -1, 'usec' => 0]));
    show(socket_get_option($socket, SOL_SOCKET, $option));
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => 0, 'usec' => 0]));
    show(socket_get_option($socket, SOL_SOCKET, $option));

    // Microseconds of a second and more.
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => 0, 'usec' => 1000000]));
    show(socket_last_error($socket));
    show(socket_set_option($socket, SOL_SOCKET, $option, ['sec' => 0, 'usec' => -1]));
}

// Not an array.
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, 5));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_SNDTIMEO, 5));
