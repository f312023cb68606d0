<?php
$server = '127.0.0.1';
$port = intval($argv[1]);
if (!($sock = socket_create(AF_INET, SOCK_DGRAM, 0))) {
    $errorcode = socket_last_error();
    die("Couldn't create socket: [$errorcode]\n");
}
for ($i = 0; $i < 3; $i++) {
    $input = 'msg' . $i;
    if (!socket_sendto($sock, $input, strlen($input), 0, $server, $port)) {
        $errorcode = socket_last_error();
        $errormsg = socket_strerror($errorcode);
        die("Could not send data: [$errorcode] $errormsg \n");
    }
    if (socket_recv($sock, $reply, 2045, MSG_WAITALL) === FALSE) {
        $errorcode = socket_last_error();
        $errormsg = socket_strerror($errorcode);
        die("Could not receive data: [$errorcode] $errormsg \n");
    }
    echo "Reply : $reply\n";
}
