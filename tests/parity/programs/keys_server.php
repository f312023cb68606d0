<?php
// Keys and values, as Redis has them: commands come many at once, and answers wait until their client takes them.
$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($sock, SOL_SOCKET, SO_REUSEADDR, 1);
socket_bind($sock, '127.0.0.1');
socket_listen($sock, 128);
socket_set_nonblock($sock);
socket_getsockname($sock, $address, $port);
listening($port);

$clients = $in = $out = $data = [];
$next = $commands = 0;
$running = true;

function leave(int $id): void
{
    global $clients, $in, $out;
    socket_close($clients[$id]);
    unset($clients[$id], $in[$id], $out[$id]);
}

/** The arguments of the first command of $buffer, which loses it; null if it is not complete. */
function command(string &$buffer): ?array
{
    if (($end = strpos($buffer, "\r\n")) === false) {
        return null;
    }
    if ($buffer[0] !== '*') {
        $line = substr($buffer, 0, $end);
        $buffer = substr($buffer, $end + 2);
        return explode(' ', $line);
    }
    $count = (int) substr($buffer, 1, $end - 1);
    $at = $end + 2;
    $args = [];
    while ($count-- > 0) {
        if (($end = strpos($buffer, "\r\n", $at)) === false) {
            return null;
        }
        $length = (int) substr($buffer, $at + 1, $end - $at - 1);
        if (strlen($buffer) < $end + 2 + $length + 2) {
            return null;
        }
        $args[] = substr($buffer, $end + 2, $length);
        $at = $end + 2 + $length + 2;
    }
    $buffer = substr($buffer, $at);
    return $args;
}

function bulk(?string $value): string
{
    return $value === null ? "$-1\r\n" : '$' . strlen($value) . "\r\n$value\r\n";
}

function answer(array $args): string
{
    global $data, $running;
    $key = $args[1] ?? '';
    switch (strtoupper($args[0])) {
        case 'PING':
            return "+PONG\r\n";
        case 'SET':
            $data[$key] = $args[2];
            return "+OK\r\n";
        case 'GET':
            return bulk($data[$key] ?? null);
        case 'INCR':
            if (isset($data[$key]) && !preg_match('/^\d+$/D', $data[$key])) {
                return "-ERR value is not an integer or out of range\r\n";
            }
            $data[$key] = (string) ((int) ($data[$key] ?? '0') + 1);
            return ":{$data[$key]}\r\n";
        case 'DEL':
            $found = isset($data[$key]) ? 1 : 0;
            unset($data[$key]);
            return ":$found\r\n";
        case 'SHUTDOWN':
            $running = false;
            return "+OK\r\n";
        default:
            return "-ERR unknown command '{$args[0]}'\r\n";
    }
}

while ($running || array_filter($out, 'strlen')) {
    $read = $clients;
    $read['new'] = $sock;
    $write = array_filter($clients, fn ($id) => $out[$id] !== '', ARRAY_FILTER_USE_KEY);
    $except = null;
    if (socket_select($read, $write, $except, 10) < 1) {
        break;
    }
    if (isset($read['new'])) {
        unset($read['new']);
        while ($conn = socket_accept($sock)) {
            socket_set_nonblock($conn);
            $clients[$next] = $conn;
            $in[$next] = $out[$next] = '';
            $next++;
        }
    }
    foreach ($read as $id => $conn) {
        $bytes = @socket_recv($conn, $buffer, 65536, 0);
        if (!$bytes) {
            leave($id);
            continue;
        }
        $in[$id] .= $buffer;
        while (($args = command($in[$id])) !== null) {
            $commands++;
            $out[$id] .= answer($args);
        }
    }
    foreach ($write as $id => $conn) {
        if (!isset($clients[$id])) {
            continue;
        }
        $sent = @socket_write($conn, $out[$id]);
        if ($sent === false && socket_last_error($conn) !== SOCKET_EAGAIN) {
            leave($id);
            continue;
        }
        $out[$id] = substr($out[$id], (int) $sent);
    }
}
foreach ($clients as $conn) {
    socket_close($conn);
}
socket_close($sock);
ksort($data);
foreach ($data as $key => $value) {
    echo "$key: ", strlen($value) > 20 ? strlen($value) . ' bytes' : $value, "\n";
}
echo "$next clients, $commands commands\n";
