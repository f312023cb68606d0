<?php
// Workers that were started before their clients came; all wait at the same listening socket.
$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($sock, '127.0.0.1');
socket_listen($sock, 16);
socket_getsockname($sock, $address, $port);
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $reports);
$children = [];
for ($worker = 0; $worker < 3; $worker++) {
    $pid = pcntl_fork();
    if ($pid === 0) {
        socket_close($reports[0]);
        $served = 0;
        while (($conn = socket_accept($sock)) !== false) {
            $line = socket_read($conn, 1024, PHP_NORMAL_READ);
            if ($line === "stop\n") {
                socket_close($conn);
                break;
            }
            socket_write($conn, strrev(rtrim($line)) . "\n");
            socket_close($conn);
            $served++;
        }
        socket_write($reports[1], (string) $served);
        exit(0);
    }
    $children[] = $pid;
}
listening($port);
socket_close($sock);
socket_close($reports[1]);
$total = 0;
foreach ($children as $pid) {
    $total += (int) socket_read($reports[0], 100);
}
foreach ($children as $pid) {
    pcntl_waitpid($pid, $status);
    echo pcntl_wexitstatus($status), "\n";
}
echo "$total served\n";
