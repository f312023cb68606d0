<?php
// Everybody's lines go to everybody else; /who lists the names, /quit leaves.
$master = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) or die("socket_create() failed\n");
socket_set_option($master, SOL_SOCKET, SO_REUSEADDR, 1) or die("socket_option() failed\n");
socket_bind($master, '127.0.0.1', 0) or die("socket_bind() failed\n");
socket_listen($master, 20) or die("socket_listen() failed\n");
socket_getsockname($master, $address, $port);
fwrite(STDERR, "$port\n");

$clients = array($master);
$nicks = array();
$joined = 0;

function broadcast($text, $except)
{
    global $clients, $master;
    foreach ($clients as $c) {
        if ($c === $master || $c === $except) {
            continue;
        }
        socket_write($c, $text, strlen($text));
    }
}

while (true) {
    $read = $clients;
    $write = NULL;
    $except = NULL;
    if (socket_select($read, $write, $except, 10) < 1) {
        break;
    }
    if (in_array($master, $read)) {
        $clients[] = $new = socket_accept($master);
        $joined++;
        $index = array_search($new, $clients);
        $nicks[$index] = "guest$index";
        socket_write($new, "hello guest$index\n");
        broadcast("guest$index joined\n", $new);
        $key = array_search($master, $read);
        unset($read[$key]);
    }
    foreach ($read as $sock) {
        $data = @socket_read($sock, 1024, PHP_NORMAL_READ);
        $index = array_search($sock, $clients);
        if ($data === false) {
            echo $nicks[$index], " is gone\n";
            unset($clients[$index]);
            unset($nicks[$index]);
            socket_close($sock);
            continue;
        }
        $data = trim($data);
        if (empty($data)) {
            continue;
        }
        if ($data == '/who') {
            socket_write($sock, implode(', ', $nicks) . "\n");
        } else if (substr($data, 0, 6) == '/name ') {
            $old = $nicks[$index];
            $nicks[$index] = substr($data, 6);
            broadcast("$old is now {$nicks[$index]}\n", $sock);
            socket_write($sock, "ok\n");
        } else {
            broadcast($nicks[$index] . ": " . $data . "\n", $sock);
        }
    }
    if ($joined == 2 && count($clients) == 1) {
        break;
    }
}
socket_close($master);
echo "joined: $joined\n";
