<?php
$first = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
socket_connect($first, $argv[1]) or die("nobody there\n");
$second = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
socket_connect($second, $argv[1]);
echo ask($first, 'whoami ' . getmypid()), ask($first, 'whoami 1'), ask($second, 'set colour dark blue'), ask($second, 'set 名字 小明');
socket_write($first, 'list');
do {
    echo $line = socket_read($first, 100);
} while ($line !== ".\n");
echo ask($first, str_repeat('long ', 20)), ask($second, 'dance');
file_put_contents('log', '');
$message = ['iov' => ['log'], 'control' => [['level' => SOL_SOCKET, 'type' => SCM_RIGHTS, 'data' => [fopen('log', 'a')]]]];
echo socket_sendmsg($second, $message), ' ', socket_read($second, 100);
// One that does not hear the answer.
socket_shutdown($first, 0);
socket_write($first, 'set deaf yes');
for ($line = ask($second, 'list'); $line !== ".\n"; $line = socket_read($second, 100)) echo $line;
socket_close($first);
echo ask($second, 'stop');
$third = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
echo @socket_connect($third, $argv[1]) ? "still there\n" : socket_strerror(socket_last_error($third)) . "\n";
socket_shutdown($second, 1);
echo var_export(socket_read($second, 100), true), "\n";
echo implode(' ', array_unique(file('log', FILE_IGNORE_NEW_LINES))), "\n";

function ask(Socket $socket, string $command): string
{
    socket_write($socket, $command, strlen($command));
    return socket_read($socket, 100);
}
