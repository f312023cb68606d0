<?php
// Sends the messages of the file $argv[1], one JSON object a line, each over sockets of its own, and receives them; messages.rs
// makes them.
$warnings = '';
set_error_handler(function (int $level, string $message): bool {
    // That a call would block, and that a name was looked up in vain, PHP says twice, or aloud: deviations.
    if (!preg_match('/recvmsg \[11\]|Host lookup failed/', $message)) {
        $GLOBALS['warnings'] .= "; $message";
    }
    return true;
});

/** Two sockets, of which the first sends, and the port of the second. */
function ends(string $kind): array
{
    $family = match ($kind) {
        'unix stream', 'unix packets', 'unix datagrams' => AF_UNIX,
        'tcp', 'udp' => AF_INET,
        default => AF_INET6,
    };
    $address = match ($kind) { 'mapped' => '::', 'tcp', 'udp' => '127.0.0.1', default => '::1' };
    switch ($kind) {
        case 'unix stream':
        case 'unix packets':
            socket_create_pair(AF_UNIX, $kind === 'unix stream' ? SOCK_STREAM : SOCK_SEQPACKET, 0, $pair);
            return [...$pair, 0];
        case 'unix datagrams':
            [$sender, $receiver] = [socket_create(AF_UNIX, SOCK_DGRAM, 0), socket_create(AF_UNIX, SOCK_DGRAM, 0)];
            array_map(fn($path) => file_exists($path) && unlink($path), ['sender', 'receiver']);
            socket_bind($sender, 'sender');
            socket_bind($receiver, 'receiver');
            return [$sender, $receiver, 0];
        case 'tcp':
        case 'tcp6':
            [$sender, $listener] = [socket_create($family, SOCK_STREAM, 0), socket_create($family, SOCK_STREAM, 0)];
            socket_bind($listener, $address);
            socket_listen($listener);
            socket_getsockname($listener, $address, $port);
            socket_connect($sender, $address, $port);
            return [$sender, socket_accept($listener), $port];
        default:
            [$sender, $receiver] = [socket_create($family, SOCK_DGRAM, 0), socket_create($family, SOCK_DGRAM, 0)];
            socket_bind($receiver, $address);
            socket_getsockname($receiver, $address, $port);
            return [$sender, $receiver, $port];
    }
}

function control(array $call, Socket $receiver): array
{
    [$level, $type, $what] = $call;
    $rest = array_slice($call, 3);
    $closed = socket_create(AF_INET, SOCK_DGRAM, 0);
    socket_close($closed);
    $data = match ($what) {
        'int' => $rest[0],
        'pktinfo' => ['addr' => $rest[0], 'ifindex' => $rest[1]],
        'credentials' => ['pid' => $rest[0] ?? getmypid(), 'uid' => $rest[1], 'gid' => $rest[2]],
        'rights' => array_map(fn($one) => match ($one) {
            'socket' => socket_create(AF_INET, SOCK_DGRAM, 0),
            'file' => fopen('/dev/null', 'r'),
            'receiver' => $receiver,
            'closed' => $closed,
        }, $rest),
    };
    return ['level' => $level, 'type' => $type, 'data' => $data];
}

/** Of a control message what is the same in every run. */
function received(array $control): array
{
    $data = $control['data'];
    if (isset($data['pid']) && $data['pid'] === getmypid()) {
        $data['pid'] = 'own';
    }
    return [$control['level'], $control['type'], $data];
}

function call(array $case): void
{
    [$sender, $receiver, $port] = ends($case['kind']);
    socket_set_nonblock($sender);
    socket_set_nonblock($receiver);
    foreach ($case['options'] as [$level, $option]) {
        @socket_set_option($receiver, $level, $option, 1);
    }
    socket_clear_error();
    $message = ['iov' => $case['parts'], 'control' => array_map(fn($call) => control($call, $receiver), $case['control'])];
    if ($case['name'] !== null) {
        $message['name'] = $case['name'];
        if (($case['name']['port'] ?? null) === 0) {
            $message['name']['port'] = $port;
        }
    }
    $sent = socket_sendmsg($sender, $message, $case['flags']);
    $error = max(socket_last_error($sender), 0);
    $message = ['controllen' => $case['room']];
    if ($case['size'] !== null) {
        $message['buffer_size'] = $case['size'];
    }
    if ($case['from'] !== null) {
        $message['name'] = $case['from'] < 0 ? [] : ['family' => $case['from']];
    }
    $count = socket_recvmsg($receiver, $message, $case['receive_flags']);
    $found = false;
    if ($count !== false) {
        if (isset($message['name']['port'])) {
            $message['name']['port'] = $message['name']['port'] > 0;
        }
        $found = [$count, $message['name'] ?? null, $message['iov'], $message['flags'], array_map(received(...), $message['control'])];
    }
    echo describe([$sent, $error, $found]);
}

foreach (is_file($argv[1]) ? file($argv[1], FILE_IGNORE_NEW_LINES) : [] as $line) {
    $warnings = '';
    echo "$line ";
    call(json_decode($line, true, flags: JSON_THROW_ON_ERROR));
    echo "$warnings\n";
}
