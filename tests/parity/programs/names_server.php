<?php
// Answers a few names over UDP, as DNS does: every third answer is somebody else's.
const KNOWN = ['example.test' => '192.0.2.1', 'www.example.test' => '192.0.2.2'];
$sock = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
if ($sock === false) die(socket_strerror(socket_last_error()) . "\n");
if (socket_bind($sock, '127.0.0.1') === false) die(socket_strerror(socket_last_error($sock)) . "\n");
socket_getsockname($sock, $ip, $port);
socket_set_option($sock, SOL_SOCKET, SO_RCVTIMEO, array('sec' => 20, 'usec' => 0));
listening($port);
$count = 0;
while (true) {
    $bytes = @socket_recvfrom($sock, $query, 512, 0, $from, $port);
    if ($bytes === false) die(socket_strerror(socket_last_error($sock)) . "\n");
    if ($bytes < 2) break;
    $id = ++$count % 3 === 0 ? '??' : substr($query, 0, 2);
    $name = substr($query, 2);
    $answer = isset(KNOWN[$name]) ? inet_pton(KNOWN[$name]) : '';
    $sent = socket_sendto($sock, $id . $answer, 2 + strlen($answer), 0, $from, $port);
    if ($sent !== 2 + strlen($answer)) echo "short\n";
}
socket_close($sock);
echo "$count queries\n";
