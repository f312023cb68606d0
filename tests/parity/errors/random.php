<?php
// Random calls on six sockets, of which some are the same and some closed: results, texts and last errors.
$state = 1;
function random(int $below): int
{
    global $state;
    $state = ($state * 1103515245 + 12345) & 0x7fffffff;
    return ($state >> 8) % $below;
}

const KINDS = [
    [AF_INET, SOCK_STREAM], [AF_INET, SOCK_DGRAM], [AF_INET6, SOCK_STREAM], [AF_INET6, SOCK_DGRAM],
    [AF_UNIX, SOCK_STREAM], [AF_UNIX, SOCK_DGRAM], [AF_UNIX, SOCK_SEQPACKET],
];
const TEXTS = ['', 'a', "line\n", '一二三', "a\r\nb\n"];
const FLAGS = [0, MSG_PEEK, MSG_DONTWAIT, MSG_OOB, MSG_WAITALL];

/** A socket and its family. */
function fresh(): array
{
    [$family, $type] = KINDS[random(7)];
    $socket = socket_create($family, $type, 0);
    socket_set_nonblock($socket);
    return [$socket, $family];
}

/** An address of this family. */
function address(int $family): string
{
    static $count = 0;
    return match ($family) {
        AF_INET => ['127.0.0.1', '0', 'localhost'][random(3)],
        AF_INET6 => ['::1', '::', '127.0.0.1'][random(3)],
        AF_UNIX => ['unix' . $count++, str_repeat('x', 108)][(int) (random(5) === 0)],
    };
}

/** The other one's address, without a port: what goes through the network arrives when it likes, so only AF_UNIX talks. */
function target(array $own, array $other): string
{
    socket_getsockname($other[1] === $own[1] ? $other[0] : $own[0], $address);
    return $address;
}

/** What a port is cannot be compared. */
function name(bool $found, ?string $address, ?int $port): array|bool
{
    return $found ? [$address, $port > 0] : false;
}

function last(Socket $socket): ?int
{
    try {
        return socket_last_error($socket);
    } catch (Error) {
        return null;
    }
}

$sockets = array_map(fn() => fresh(), range(0, 5));
for ($step = 0; $step < 4000; $step++) {
    [$call, $index, $other, $number] = [random(18), random(6), random(6), random(300)];
    [$socket, $family] = $sockets[$index];
    echo "$step $call $index $other $number\n";
    switch ($call) {
        case 0:
            $address = address($family);
            show(fn() => socket_bind($socket, $address));
            break;
        case 1:
            show(fn() => socket_listen($socket, $number));
            break;
        case 2:
        case 3:
            show(function () use ($socket, $family, $other, &$sockets) {
                $accepted = socket_accept($socket);
                if ($accepted === false) {
                    socket_clear_error($socket);
                    return false;
                }
                socket_set_nonblock($accepted);
                $sockets[$other] = [$accepted, $family];
                return true;
            });
            break;
        case 4:
        case 5:
            show(fn() => socket_connect($socket, target($sockets[$index], $sockets[$other])));
            break;
        case 6:
            show(fn() => socket_write($socket, TEXTS[$number % 5], $number % 3 === 0 ? $number : null));
            break;
        case 7:
            show(fn() => socket_send($socket, TEXTS[$number % 5], $number, FLAGS[$number % 4]));
            break;
        case 8:
            show(fn() => socket_read($socket, $number));
            break;
        case 9:
            show(function () use ($socket, $number) {
                $count = socket_recv($socket, $data, $number, FLAGS[$number % 5]);
                return $count === false ? false : [$count, (string) $data];
            });
            break;
        case 10:
            show(function () use ($socket, $number) {
                $count = socket_recvfrom($socket, $data, $number, FLAGS[$number % 5], $address, $port);
                return $count === false ? false : [$count, $data, $address, $port > 0];
            });
            break;
        case 11:
            show(function () use ($socket, $sockets, $index, $other, $number) {
                $address = target($sockets[$index], $sockets[$other]);
                return socket_sendto($socket, TEXTS[$number % 5], $number, FLAGS[$number % 3], $address);
            });
            break;
        case 12:
            show(fn() => socket_shutdown($socket, $number % 3));
            break;
        case 13:
            show(fn() => name(socket_getsockname($socket, $address, $port), $address, $port));
            break;
        case 14:
            show(fn() => name(socket_getpeername($socket, $address, $port), $address, $port));
            break;
        case 15:
            show(function () use ($sockets, $number) {
                $some = fn(int $count) => array_map(fn($pair) => $pair[0], array_slice($sockets, 0, $count));
                [$read, $write, $except] = [$some($number % 7), $some($number % 5), $some($number % 3)];
                $count = socket_select($read, $write, $except, $number % 50 === 0 ? -1 : 0);
                return $count === false ? false : [$count, array_keys($read), array_keys($write), array_keys($except)];
            });
            break;
        case 16:
            if ($number % 2 === 0) {
                show(fn() => socket_close($socket) ?? true);
                $sockets[$index] = $number % 4 === 0 ? fresh() : $sockets[$index];
            } else {
                show(fn() => socket_clear_error($number % 3 === 0 ? null : $socket) ?? true);
            }
            break;
        case 17:
            $sockets[$index] = $number % 4 === 0 ? fresh() : $sockets[$other];
            break;
    }
    unset($socket);
    show([last($sockets[$index][0]), socket_last_error()]);
}
