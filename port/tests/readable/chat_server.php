<?php
$server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($server, SOL_SOCKET, SO_REUSEADDR, 1);
socket_bind($server, '0.0.0.0', 9000) or die("Could not bind\n");
socket_listen($server);

$clients = array($server);
$names = array();

// Sends a line to everybody but one.
function tell_others($clients, $server, $from, $line)
{
    foreach ($clients as $client) {
        if ($client !== $server && $client !== $from) {
            socket_write($client, $line . "\n");
        }
    }
}

while (true) {
    $read = $clients;
    $write = null;
    $except = null;
    if (socket_select($read, $write, $except, null) < 1) {
        continue;
    }

    if (in_array($server, $read)) {
        $clients[] = $client = socket_accept($server);
        socket_getpeername($client, $ip, $port);
        $names[spl_object_id($client)] = "$ip:$port";
        echo "$ip:$port is here, ", count($clients) - 1, " in all\n";
        unset($read[array_search($server, $read)]);
    }

    foreach ($read as $client) {
        $name = $names[spl_object_id($client)];
        $data = @socket_read($client, 1024);
        if ($data === false || $data === '') {
            unset($clients[array_search($client, $clients)]);
            socket_close($client);
            tell_others($clients, $server, $client, "$name has left");
            continue;
        }
        $line = trim($data);
        if ($line == '') continue;
        switch ($line) {
            case '/who':
                socket_write($client, implode(', ', $names) . "\n");
                break;
            case '/time':
                socket_write($client, date('H:i:s') . "\n");
                break;
            default:
                tell_others($clients, $server, $client, "$name: $line");
        }
    }
}
