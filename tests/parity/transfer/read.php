<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;

// What is there, up to the length; cut between the bytes, not the characters.
socket_write($theirs, "first line\nsecond line\r\nthird");
show(socket_read($ours, 5));
show(socket_read($ours, 2048));
socket_write($theirs, '测试成功！');
show(socket_read($ours, 6, PHP_BINARY_READ));
show(strlen(socket_read($ours, 2)));
show(strlen(socket_read($ours, 8192)));
socket_write($theirs, "nul \0 byte");
show(socket_read($ours, 100));

// Any mode but PHP_NORMAL_READ is binary.
socket_write($theirs, "a\nb\nc\n");
show(socket_read($ours, 4, 0));
show(socket_read($ours, 4, 3));

// Nothing there yet.
socket_set_nonblock($ours);
show(socket_read($ours, 100));
show(socket_last_error($ours));
show(socket_last_error());

// No length, no bytes: nothing is recorded.
socket_write($theirs, 'x');
socket_clear_error($ours);
show(socket_read($ours, 0));
show(socket_read($ours, 0, PHP_NORMAL_READ));
show(socket_last_error($ours));
show(socket_read($ours, 100));

// The end, again and again.
socket_close($theirs);
show(socket_read($ours, 100));
show(socket_read($ours, 100));
show(socket_last_error($ours));

// A datagram that is empty, and one that does not fit.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
socket_write($pair[0], '');
socket_write($pair[0], 'long datagram');
socket_write($pair[0], 'next');
show(socket_read($pair[1], 100));
show(socket_read($pair[1], 4));
show(socket_read($pair[1], 100));
