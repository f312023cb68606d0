<?php
$control = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($control, 'localhost', $argv[1]) or die("nobody there\n");
echo answer(), "\n";
foreach (['noop', 'user me', 'LIST', 'USER anonymous', 'RETR readme.txt', 'site help', 'size readme.txt', 'size nothing'] as $command) {
    echo command($command), "\n";
}
echo strlen(get('NLST')), " bytes of names\n";
echo get('RETR readme.txt');
$zeroes = get('RETR zeroes');
echo strlen($zeroes), ' ', var_export($zeroes === str_repeat("\0\xff", 100000), true), "\n";
$data = passive();
echo command('STOR 上传'), "\n";
foreach (str_split(strrev($zeroes), 7777) as $part) {
    $left = $part;
    while ($left !== '') $left = substr($left, socket_send($data, $left, strlen($left), 0));
}
socket_close($data);
echo answer(), "\n";
echo command('size 上传'), "\n";
echo var_export(get('RETR 上传') === strrev($zeroes), true), "\n";
// It asks for a file and does not come for it.
echo command('PASV') > '227' ? "passive\n" : "not passive\n";
echo command('RETR readme.txt'), "\n", answer(), "\n";
echo command('RETR nothing'), "\n";
echo command('QUIT'), "\n";
socket_close($control);

function command(string $line): string
{
    global $control;
    socket_write($control, "$line\r\n");
    return answer();
}

function answer(): string
{
    global $control;
    $line = '';
    while (!str_ends_with($line, "\n")) {
        $part = socket_read($control, 1024, PHP_NORMAL_READ);
        if ($part === false) return "lost: $line";
        $line .= $part;
    }
    return rtrim($line, "\r\n");
}

function passive(): Socket
{
    preg_match('/\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)/', command('PASV'), $number);
    $data = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($data, "$number[1].$number[2].$number[3].$number[4]", $number[5] * 256 + $number[6]);
    return $data;
}

function get(string $command): string
{
    $data = passive();
    echo command($command), "\n";
    $all = '';
    do {
        $part = socket_read($data, 3000);
        $all .= $part;
    } while ($part !== '' && $part !== false);
    socket_close($data);
    echo answer(), "\n";
    return $all;
}
