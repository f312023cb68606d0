<?php
const EPOCH = 2208988800;
$socket = socket_create(AF_INET, SOCK_DGRAM, getprotobyname('udp'));
if (!socket_connect($socket, '127.0.0.1', $argv[1])) {
    echo 'no server: ', socket_strerror(socket_last_error($socket)), "\n";
    exit(1);
}

/** Asks once; null when nothing comes in time. */
function ask(Socket $socket, int $version, int $mode, int $number): ?array
{
    $packet = chr($version << 3 | $mode) . str_repeat("\0", 39) . pack('J', $number);
    // Nobody answers the others.
    $patience = $version >= 3 && $mode === 3 ? 10 : 0;
    socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, ['sec' => $patience, 'usec' => 50000]);
    socket_send($socket, $packet, strlen($packet), 0);
    if (@socket_recv($socket, $answer, 512, 0) === false) {
        if (socket_last_error($socket) !== SOCKET_EAGAIN) {
            exit(socket_strerror(socket_last_error($socket)) . "\n");
        }
        socket_clear_error($socket);
        return null;
    }
    return unpack('Cflags/Cstratum/cpoll/cprecision/N2root/a4reference/N2set/Joriginate/Nreceived/Nreceived_part/Nsent/Nsent_part', $answer);
}

foreach ([[4, 3], [3, 3], [4, 5], [1, 3]] as $number => [$version, $mode]) {
    $answer = ask($socket, $version, $mode, $number + 4294967296);
    if ($answer === null) {
        echo "version $version mode $mode: no answer\n";
        continue;
    }
    $time = $answer['sent'] - EPOCH + $answer['sent_part'] / 4294967296;
    echo "version $version mode $mode: ", (int) $time, sprintf(' and %.2f', $time - (int) $time), ", stratum {$answer['stratum']}, precision {$answer['precision']}, {$answer['reference']}, question ", $answer['originate'] - 4294967296, "\n";
}
socket_write($socket, 'short');
socket_write($socket, '');
