<?php
// Which of these ports is open? Prints a table.
$hosts = ['127.0.0.1', 'localhost'];
$open = socket_create_listen(0);
socket_getsockname($open, $addr, $port);
$results = array();
foreach ($hosts as $host) {
    $ip = gethostbyname($host);
    foreach (['open' => $port, 'closed' => 1] as $label => $p) {
        $s = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
        socket_set_option($s, SOL_SOCKET, SO_SNDTIMEO, array('sec' => 2, 'usec' => 0));
        $connected = @socket_connect($s, $ip, $p);
        if ($connected) {
            $results["$host $label"] = 'yes';
        } else {
            $code = socket_last_error($s);
            $results["$host $label"] = 'no: ' . socket_strerror($code);
        }
        socket_close($s);
    }
}
ksort($results);
foreach ($results as $key => $value) {
    echo str_pad($key, 20), '| ', $value, "\n";
}
echo count($results), " results, last key: ", array_key_last($results), "\n";
socket_close($open);
