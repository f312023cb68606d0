<?php
// A work queue: PUT adds, GET takes the oldest, LEN counts, STOP ends.
const LIMIT = 4;
define('GREETING', "queue ready\n");

function reply($conn, $text)
{
    $n = socket_write($conn, $text . "\n");
    return $n !== false;
}

$queue = [];
$stats = ['PUT' => 0, 'GET' => 0, 'LEN' => 0];
$listener = socket_create_listen(0, LIMIT);
socket_getsockname($listener, $host, $port);
fwrite(STDERR, "$port\n");
$conn = socket_accept($listener);
socket_write($conn, GREETING, strlen(GREETING));
$running = true;
while ($running) {
    $line = @socket_read($conn, 512, PHP_NORMAL_READ);
    if ($line === false) break;
    $line = rtrim($line, "\r\n");
    $pos = strpos($line, ' ');
    $verb = $pos === false ? $line : substr($line, 0, $pos);
    $rest = $pos === false ? '' : ltrim(substr($line, $pos));
    switch ($verb) {
        case 'PUT':
            if (count($queue) >= LIMIT) {
                reply($conn, 'full');
                break;
            }
            $queue[] = $rest;
            $stats['PUT']++;
            reply($conn, 'ok ' . count($queue));
            break;
        case 'GET':
            if (!$queue) {
                reply($conn, 'empty');
            } else {
                $stats[$verb] += 1;
                reply($conn, array_shift($queue));
            }
            break;
        case 'LEN':
            $stats[$verb]++;
            reply($conn, (string) count($queue));
            break;
        case 'STOP':
            $running = false;
            break;
        default:
            reply($conn, "unknown: $verb");
    }
}
foreach ($stats as $name => $count) {
    echo str_pad($name, 6, '.'), $count, "\n";
}
socket_close($conn);
socket_close($listener);
