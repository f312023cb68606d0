<?php
// A guessing game for several players; who hits the number ends it.
$secret = 42;
($sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)) or die("no socket\n");
socket_set_option($sock, SOL_SOCKET, SO_REUSEADDR, 1);
if (!socket_bind($sock, '127.0.0.1', 0)) die(socket_strerror(socket_last_error($sock)));
socket_listen($sock, 5);
socket_getsockname($sock, $ip, $port);
listening($port);
$players = [];
$names = [];
while (true) {
    $read = $players;
    $read[] = $sock;
    $null = null;
    if (socket_select($read, $null, $null, 10) == 0) die("nobody plays\n");
    foreach ($read as $socket) {
        if ($socket === $sock) {
            $player = socket_accept($sock);
            $players[spl_object_id($player)] = $player;
            $names[spl_object_id($player)] = 'Player ' . count($players);
            socket_write($player, "Guess a number from 1 to 100\n");
            continue;
        }
        $id = spl_object_id($socket);
        $guess = @socket_read($socket, 1024, PHP_NORMAL_READ);
        if ($guess === false || $guess === '') {
            echo "$names[$id] has left\n";
            unset($players[$id]);
            socket_close($socket);
            continue;
        }
        if (!$guess = trim($guess)) continue;
        echo "$names[$id]: $guess\n";
        if ($guess == 'quit') {
            socket_write($socket, "Bye\n");
            unset($players[$id]);
            socket_close($socket);
        } elseif ((int) $guess === $secret) {
            foreach ($players as $player) socket_write($player, "$names[$id] has won\n");
            break 2;
        } else {
            socket_write($socket, (int) $guess < $secret ? "More\n" : "Less\n");
        }
    }
}
foreach ($players as $player) socket_close($player);
socket_close($sock);
