<?php
// SOCK_SEQPACKET: a connection of whole messages.
$listener = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
socket_bind($listener, 'records.sock');
socket_listen($listener);
listening('records.sock');
$connection = socket_accept($listener);
while (($record = socket_read($connection, 20)) !== '') {
    echo strlen($record), " $record\n";
    socket_write($connection, $record);
}
