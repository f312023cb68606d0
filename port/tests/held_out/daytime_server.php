<?php
// UDP: tells each client how many were there before it.
if (!($sock = socket_create(AF_INET, SOCK_DGRAM, 0))) {
    $errorcode = socket_last_error();
    $errormsg = socket_strerror($errorcode);
    die("Couldn't create socket: [$errorcode] $errormsg \n");
}
echo "Socket created \n";
if (!socket_bind($sock, "127.0.0.1", 0)) {
    $errorcode = socket_last_error();
    $errormsg = socket_strerror($errorcode);
    die("Could not bind socket : [$errorcode] $errormsg \n");
}
echo "Socket bind OK \n";
socket_getsockname($sock, $me, $port);
fwrite(STDERR, $port . "\n");
$seen = [];
while (count($seen) < 3) {
    echo "Waiting for data ... \n";
    $r = socket_recvfrom($sock, $buf, 512, 0, $remote_ip, $remote_port);
    echo "$remote_ip -- " . $buf . " ($r)\n";
    $seen[] = strtoupper($buf);
    socket_sendto($sock, "OK " . count($seen) . " " . implode(",", $seen), 100, 0, $remote_ip, $remote_port);
}
socket_close($sock);
