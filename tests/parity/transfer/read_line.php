<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;

// A line ends with \n or with \r, which it keeps; \0 ends nothing.
socket_write($theirs, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
for ($i = 0; $i < 6; ++$i) {
    show(socket_read($ours, 2048, PHP_NORMAL_READ));
}
socket_write($theirs, "\n\none\ntwo\rthree \0 four\n");
for ($i = 0; $i < 5; ++$i) {
    show(socket_read($ours, 2048, PHP_NORMAL_READ));
}

// A line longer than the length comes in parts.
socket_write($theirs, "一行比长度更长的文字\nshort\n");
show(socket_read($ours, 12, PHP_NORMAL_READ));
show(socket_read($ours, 18, PHP_NORMAL_READ));
show(socket_read($ours, 1, PHP_NORMAL_READ));
show(socket_read($ours, 6, PHP_NORMAL_READ));

// What follows the line stays, for either mode.
socket_write($theirs, "line\nbinary\nline\n");
show(socket_read($ours, 2048, PHP_NORMAL_READ));
show(socket_read($ours, 7));
show(socket_read($ours, 2048, PHP_NORMAL_READ));

// A long line.
socket_write($theirs, str_repeat('x', 20000) . "\nrest");
show(strlen(socket_read($ours, 65536, PHP_NORMAL_READ)));
show(socket_read($ours, 2048));

// On a non-blocking socket, too.
socket_set_nonblock($ours);
socket_write($theirs, "hello\nworld\n");
show(socket_read($ours, 2048, PHP_NORMAL_READ));
show(socket_read($ours, 2048, PHP_NORMAL_READ));

// Of a datagram PHP keeps the first byte.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
foreach (["first\nsecond\n", "\n"] as $datagram) {
    socket_write($pair[0], $datagram);
}
show(socket_read($pair[1], 2048, PHP_NORMAL_READ));
