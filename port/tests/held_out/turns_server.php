<?php
// Takes turns with two players; while(true), nested loops, continue 2.
$listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
if (socket_bind($listener, '127.0.0.1', 0) === false || socket_listen($listener) === false) {
    die("cannot listen\n");
}
socket_getsockname($listener, $ip, $port);
fwrite(STDERR, "$port\n");
$players = array();
while (count($players) < 2) {
    $p = socket_accept($listener);
    $players[] = $p;
    socket_write($p, 'You are player ' . count($players) . "\n");
}
$score = array(0, 0);
$round = 0;
while (true) {
    $round++;
    foreach ($players as $i => $player) {
        while (true) {
            socket_write($player, "round $round?\n");
            $move = trim(socket_read($player, 64, PHP_NORMAL_READ));
            if ($move === 'again') {
                continue;
            }
            if ($move === 'pass') {
                continue 2;
            }
            if ($move === 'end') {
                break 3;
            }
            break;
        }
        $score[$i] += is_numeric($move) ? (int) $move : 0;
    }
}
foreach ($players as $i => $player) {
    $text = sprintf("%02d points for %s\n", $score[$i], $i == 0 ? 'first' : 'second');
    echo $text;
    socket_write($player, $text);
    socket_shutdown($player, 2);
    socket_close($player);
}
$best = max($score[0], $score[1]);
echo "best $best after $round rounds\n";
