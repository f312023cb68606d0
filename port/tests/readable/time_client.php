<?php
// Asks a time server (RFC 868) over UDP, and again if nothing comes.
$host = $argc > 1 ? $argv[1] : 'time.nist.gov';
$sock = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_set_option($sock, SOL_SOCKET, SO_RCVTIMEO, array('sec' => 2, 'usec' => 0));

for ($try = 1; $try <= 3; $try++) {
    socket_sendto($sock, '', 0, 0, $host, 37);
    if (@socket_recvfrom($sock, $data, 4, 0, $from, $port) === false) {
        echo "no answer ($try): ", socket_strerror(socket_last_error($sock)), "\n";
        continue;
    }
    $seconds = unpack('N', $data)[1] - 2208988800;
    echo "$from says ", date('Y-m-d H:i:s', $seconds), "\n";
    break;
}
socket_close($sock);
