<?php
// Counts until the client has said everything, then answers.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
listening($port);
$connection = socket_accept($listener);
$text = '';
while (($data = socket_read($connection, 1000)) !== '') {
    $text .= $data;
}
$answer = strlen($text) . ' bytes, ' . substr_count($text, "\n") . ' lines';
echo "$answer\n";
socket_write($connection, $answer);
socket_close($connection);
