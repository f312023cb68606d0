<?php
// What programs have to report, by UDP, by TCP and by a Unix socket, as syslog collects it.
$severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
$udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($udp, '127.0.0.1', 0) or die('udp: ' . socket_strerror(socket_last_error($udp)));
socket_getsockname($udp, $address, $port);
$tcp = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($tcp, '127.0.0.1', 0);
socket_listen($tcp);
socket_getsockname($tcp, $address, $tcp_port);
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
if (file_exists('log')) unlink('log');
if (!socket_bind($unix, 'log')) {
    exit(1);
}
listening("$port $tcp_port");

$sources = ['udp' => $udp, 'tcp' => $tcp, 'unix' => $unix];
$partial = [];
$log = ['udp' => [], 'tcp' => [], 'unix' => []];
$expected = null;
$count = 0;

function parsed(string $message): string
{
    global $severities;
    if (!preg_match('/^<(\d+)>(.*)$/s', $message, $found)) {
        return "? $message";
    }
    return $severities[$found[1] & 7] . ' from ' . ($found[1] >> 3) . ": $found[2]";
}

while ($expected === null || $count < $expected) {
    $read = $sources;
    $n = NULL;
    if (@socket_select($read, $n, $n, 10) === 0) {
        echo "nothing more came\n";
        break;
    }
    foreach ($read as $name => $socket) {
        switch ($name) {
            case 'tcp':
                $conn = socket_accept($tcp);
                $id = 'tcp' . spl_object_id($conn);
                $sources[$id] = $conn;
                $partial[$id] = '';
                break;
            case 'udp':
            case 'unix':
                while (socket_recvfrom($socket, $message, 8192, MSG_DONTWAIT, $from, $from_port) !== false) {
                    $log[$name][] = parsed($message) . ($name === 'unix' ? " ($from)" : '');
                    $count++;
                }
                break;
            default:
                if ((string) ($data = socket_read($socket, 1024)) === '') {
                    unset($sources[$name], $partial[$name]);
                    continue 2;
                }
                $lines = explode("\n", $partial[$name] . $data);
                $partial[$name] = array_pop($lines);
                foreach ($lines as $line) {
                    if (sscanf($line, 'expect %d', $number) === 1) {
                        $expected = $number;
                        continue;
                    }
                    $log['tcp'][] = parsed($line);
                    $count++;
                }
        }
    }
}
foreach ($log as $name => $messages) {
    foreach ($messages as $message) {
        echo "$name $message\n";
    }
}
unlink('log');
