<?php
// Rooms: the first line is "room name", each other line goes to the others in the room; "/quit" leaves.
set_time_limit(0);
if (($sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)) === false) die("no socket\n");
socket_set_option($sock, SOL_SOCKET, SO_REUSEADDR, 1);
socket_bind($sock, '127.0.0.1', 0) or die(socket_strerror(socket_last_error($sock)));
socket_listen($sock);
socket_getsockname($sock, $address, $port);
listening($port);
$clients = [];
$users = [];
$came = 0;
while (true) {
    $read = $clients;
    $read[spl_object_id($sock)] = $sock;
    if (socket_select($read, $write, $except, 20) < 1) break;
    foreach ($read as $id => $conn) {
        if ($conn === $sock) {
            $new = socket_accept($sock);
            $clients[spl_object_id($new)] = $new;
            $came++;
            continue;
        }
        $line = @socket_read($conn, 1024, PHP_NORMAL_READ);
        if ($line === false || trim($line) === '/quit') {
            if ($line !== false) @socket_write($conn, "bye\n");
            socket_close($conn);
            unset($clients[$id]);
            if (isset($users[$id])) say($users[$id][0], $id, "{$users[$id][1]} has left");
            unset($users[$id]);
            continue;
        }
        if (!isset($users[$id])) {
            $users[$id] = explode(' ', trim($line), 2);
            socket_write($conn, 'in ' . $users[$id][0] . "\n");
        } else {
            say($users[$id][0], $id, "{$users[$id][1]}: " . trim($line));
        }
    }
    if ($came === 3 && !$clients) break;
}
socket_close($sock);
echo "$came have been here\n";

function say(string $room, int $from, string $text): void
{
    global $clients, $users;
    foreach ($clients as $id => $to) {
        if ($id === $from || !isset($users[$id]) || $users[$id][0] !== $room) continue;
        if (@socket_write($to, "$text\n") === false) echo socket_strerror(socket_last_error($to)), "\n";
    }
}
