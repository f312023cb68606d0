<?php
function sent(Socket $socket, ?array $name, array $control = []): mixed
{
    $message = ['iov' => ['x'], 'control' => $control];
    return socket_sendmsg($socket, $name === null ? $message : ['name' => $name] + $message);
}

function control(int $level, int $type, mixed $data): array
{
    return [['level' => $level, 'type' => $type, 'data' => $data]];
}

// Addresses.
$inet = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(sent($inet, ['addr' => '127.0.0.1', 'port' => 65536]));
show(sent($inet, ['addr' => '127.0.0.1', 'port' => -1]));
show(sent($inet, ['family' => AF_INET6, 'addr' => '::1', 'port' => 9]));
show(sent($inet, ['family' => AF_UNIX, 'path' => 'server.sock']));
show(sent($inet, ['family' => 99]));
show(socket_last_error($inet));
show(sent($inet, ['addr' => '1.2.3.4.5', 'port' => 9]));
show(socket_last_error($inet));
show(sent($inet, null));
show(socket_last_error($inet) == SOCKET_EDESTADDRREQ);
$inet6 = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
show(sent($inet6, ['addr' => '::g', 'port' => 9]));
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(sent($unix, ['path' => str_repeat('x', 108)]));
show(sent($unix, ['path' => '']));
show(sent($unix, ['path' => 'nobody.sock']));
show(socket_last_error($unix) == SOCKET_ENOENT);

// Control messages.
show(sent($unix, null, control(SOL_SOCKET, 99, 1)));
show(sent($unix, null, control(SOL_SOCKET, SCM_RIGHTS, [])));
show(sent($unix, null, control(SOL_SOCKET, SCM_RIGHTS, 5)));
show(sent($inet6, null, control(IPPROTO_IPV6, IPV6_PKTINFO, 5)));
show(sent($inet6, null, control(IPPROTO_IPV6, IPV6_PKTINFO, ['ifindex' => 1])));
show(sent($unix, null, control(SOL_SOCKET, SCM_CREDENTIALS, 5)));
show(sent($unix, null, control(SOL_SOCKET, SCM_CREDENTIALS, ['pid' => -1, 'uid' => 0, 'gid' => 0])));
show(sent($inet6, null, control(IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::1', 'ifindex' => 'nosuchdevice'])));
show(sent($unix, null, [...control(SOL_SOCKET, SCM_CREDENTIALS, ['pid' => 0, 'uid' => 0, 'gid' => 0]), ...control(SOL_SOCKET, 99, 1)]));
show(socket_last_error($unix) == SOCKET_ENOENT);

$closed = socket_create(AF_UNIX, SOCK_DGRAM, 0);
socket_close($closed);
show(sent($unix, null, control(SOL_SOCKET, SCM_RIGHTS, [$closed])));
