<?php
// A signal ends every wait; a timeout keeps the system from beginning it again.
pcntl_signal(SIGUSR1, function (): void {
});
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
listening("$port " . getmypid());
$control = socket_accept($listener);
$timeout = ['sec' => 20, 'usec' => 0];
socket_set_option($listener, SOL_SOCKET, SO_RCVTIMEO, $timeout);
socket_set_option($control, SOL_SOCKET, SO_RCVTIMEO, $timeout);

$read = [$control];
$none = null;
show(socket_select($read, $none, $none, 20));
show(socket_last_error() === SOCKET_EINTR);
show(count($read));
show(socket_read($control, 100));
show(socket_last_error($control) === SOCKET_EINTR);
show(socket_read($control, 100, PHP_NORMAL_READ));
show(socket_recv($control, $data, 100, 0));
show(socket_recvfrom($control, $data, 100, 0, $address, $port));
$message = ['controllen' => 1];
show(socket_recvmsg($control, $message));
show(socket_accept($listener));
socket_write($control, '够了');
