<?php
// The time, as NTP tells it: 48 bytes there and 48 back.
const EPOCH = 2208988800;
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($socket, '127.0.0.1');
socket_getsockname($socket, $address, $port);
listening($port);
$stopped = 1795968000;
$answered = $ignored = 0;
while (true) {
    $received = socket_recvfrom($socket, $packet, 512, 0, $from, $from_port);
    if ($received === false) {
        break;
    }
    if ($received === 0) {
        break; // an empty packet ends it
    }
    if ($received < 48) {
        $ignored++;
        continue;
    }
    $fields = unpack('Cflags/Cstratum/cpoll/cprecision/Ndelay/Ndispersion/a4reference', $packet);
    $version = ($fields['flags'] >> 3) & 7;
    $mode = $fields['flags'] & 7;
    if ($mode !== 3 || $version < 3) {
        $ignored++;
        continue;
    }
    $answer = pack('CCccNNa4', $version << 3 | 4, 2, $fields['poll'], -20, 0, 0x10, 'LOCL');
    $answer .= pack('NN', $stopped + EPOCH, 0);
    $answer .= substr($packet, 40, 8);
    $answer .= pack('NN', $stopped + EPOCH, 0x80000000);
    $answer .= pack('NN', $stopped + EPOCH, 0xc0000000);
    if (socket_sendto($socket, $answer, strlen($answer), 0, $from, $from_port) === strlen($answer)) {
        $answered++;
    }
}
echo "$answered answered, $ignored ignored\n";
socket_close($socket);
