<?php
$socket = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
socket_connect($socket, $argv[1]);
foreach (['one', '二', 'a record that is longer than the buffer'] as $record) {
    show(socket_write($socket, $record));
    show(socket_read($socket, 100));
}
socket_send($socket, 'two', 3, MSG_EOR);
socket_send($socket, 'at once', 7, MSG_EOR);
show(socket_read($socket, 100));
show(socket_read($socket, 100));
