<?php
// A buffer that is full takes a part, then nothing; what was taken arrives.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
socket_set_nonblock($ours);
socket_set_nonblock($theirs);
$message = str_repeat('0123456789', 400000);
$sent = 0;
while (($count = socket_write($ours, substr($message, $sent))) !== false) {
    $sent += $count;
}
show($sent > 0 && $sent < strlen($message));
show(socket_last_error($ours) == SOCKET_EAGAIN);
show(socket_write($ours, 'x'));
show(socket_send($ours, 'x', 1, 0));

// Room again.
$received = '';
while (($data = socket_read($theirs, 65536)) !== false) {
    $received .= $data;
}
show(strlen($received) == $sent);
show($received === substr($message, 0, $sent));
show(socket_write($ours, 'x'));

// A blocking socket takes all of it, while another process reads; here the timeout cuts it short.
socket_set_block($ours);
socket_set_option($ours, SOL_SOCKET, SO_SNDTIMEO, ['sec' => 0, 'usec' => 20000]);
$count = socket_write($ours, $message);
show($count > 0 && $count < strlen($message));
show(socket_write($ours, $message));
show(socket_last_error($ours) == SOCKET_EAGAIN);
