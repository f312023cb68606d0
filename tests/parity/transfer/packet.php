<?php
// Frames of an experimental protocol on the loopback interface; without the privilege there are no such sockets.
const PROTOCOL = 0x88b5;
$frame = str_repeat("\0", 12) . pack('n', PROTOCOL) . 'hello';
foreach ([SOCK_RAW, SOCK_DGRAM] as $type) {
    $socket = socket_create(AF_PACKET, $type, PROTOCOL);
    show($socket);
    if ($socket === false) {
        continue;
    }
    socket_set_nonblock($socket);
    show(fn() => socket_getsockname($socket, $address, $port));
    show(socket_getpeername($socket, $address, $port));
    show(socket_bind($socket, 'lo'));
    show(fn() => socket_connect($socket, 'lo', 1));
    show(socket_listen($socket));
    show(socket_accept($socket));
    show(socket_shutdown($socket));
    $sender = socket_create(AF_PACKET, SOCK_RAW, 0);
    show(fn() => socket_sendto($socket, $frame, strlen($frame), 0, ''));
    foreach ([9999, -1, 70000] as $interface) {
        show(socket_sendto($socket, $frame, strlen($frame), 0, '', $interface));
    }
    show(socket_sendto($socket, '', 0, 0, '', 1));
    foreach ([[100, 0], [3, MSG_PEEK]] as [$length, $flags]) {
        show(socket_sendto($sender, $frame, strlen($frame), 0, '', 1));
        show(socket_recvfrom($socket, $data, $length, $flags, $address, $port));
        show([bin2hex($data), $address, $port]);
    }
    show(fn() => socket_recvfrom($socket, $data, 100, MSG_TRUNC, $address, $port));
    while (socket_recv($socket, $data, 100, 0)) {
        show(bin2hex($data));
    }
    show(socket_last_error($socket));

    // As a message.
    $message = ['name' => [], 'controllen' => 100];
    show(socket_recvmsg($socket, $message));
    show(socket_sendmsg($socket, ['iov' => ['hello'], 'name' => ['addr' => 'lo']]));
    show(socket_send($sender, $frame, strlen($frame), 0));
    show(socket_write($sender, $frame));
    foreach ([100, 5] as $size) {
        socket_sendto($sender, $frame, strlen($frame), 0, '', 1);
        $message = ['buffer_size' => $size, 'controllen' => 100];
        show(socket_recvmsg($socket, $message));
        show([bin2hex($message['iov'][0]), $message['control'], $message['flags']]);
    }
    while (socket_recv($socket, $data, 100, 0));
    $message = ['buffer_size' => 100, 'controllen' => 100];
    show(socket_recvmsg($socket, $message, MSG_CMSG_CLOEXEC));
}
