<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
show(socket_set_option($theirs, SOL_SOCKET, SO_PASSCRED, 1));

function received(Socket $socket): array
{
    $message = ['controllen' => socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS)];
    show(socket_recvmsg($socket, $message));
    ['pid' => $pid, 'uid' => $uid, 'gid' => $gid] = $message['control'][0]['data'];
    $message['control'][0]['data'] = [$pid == getmypid(), $uid == posix_getuid(), $gid == posix_getgid()];
    return $message;
}

// The system adds them to every message.
socket_write($ours, '我是谁');
show(received($theirs));

// Ours, by hand; others' need a privilege.
$mine = ['pid' => getmypid(), 'uid' => posix_getuid(), 'gid' => posix_getgid()];
$credentials = ['level' => SOL_SOCKET, 'type' => SCM_CREDENTIALS, 'data' => $mine];
show(socket_sendmsg($ours, ['iov' => ['x'], 'control' => [$credentials]]));
show(received($theirs));
