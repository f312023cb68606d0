<?php
// Three people, each line awaited before the next is sent.
$people = [];
foreach (['小明', 'Bob', '李华'] as $name) {
    $person = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($person, '127.0.0.1', (int) $argv[1]);
    socket_write($person, "$name\n");
    $people[$name] = $person;
    foreach ($people as $other => $socket) {
        echo "$other hears ", socket_read($socket, 1024, PHP_NORMAL_READ);
    }
}
foreach (['Bob' => "大家好\n", '小明' => "hello Bob\n", '李华' => "再见\n"] as $name => $line) {
    socket_write($people[$name], $line, strlen($line));
    foreach ($people as $other => $socket) {
        echo "$other hears ", socket_read($socket, 1024, PHP_NORMAL_READ);
    }
}
while (count($people) > 1) {
    $name = array_key_first($people);
    socket_close($people[$name]);
    unset($people[$name]);
    foreach ($people as $other => $socket) {
        echo "$other hears ", socket_read($socket, 1024, PHP_NORMAL_READ);
    }
}
