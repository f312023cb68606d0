<?php
// Beyond FD_SETSIZE, and beyond PHP: it ends the wait with a warning.
$pairs = [];
while (count($pairs) < 600) {
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pairs[]);
}
[$first] = $pairs[0];
[$last, $peer] = $pairs[599];
socket_write($peer, '第一千二百号');
socket_write($pairs[0][1], 'first');
$none = null;
$read = [$first];
show(socket_select($read, $none, $none, 0));
$read = [$first, $last];
$ready = @socket_select($read, $none, $none, 0);
show($ready);
show(count($read));
