<?php
// The manual's server: a line at a time, "quit" ends a connection, "shutdown" the server.
$sock = socket_create_listen(0);
socket_getsockname($sock, $address, $port);
listening($port);
do {
    $msgsock = socket_accept($sock);
    $msg = "\nWelcome to the PHP Test Server. \nTo quit, type 'quit'. To shut down the server type 'shutdown'.\n";
    socket_write($msgsock, $msg, strlen($msg));
    do {
        if (false === ($buf = socket_read($msgsock, 2048, PHP_NORMAL_READ))) {
            echo 'socket_read() failed: reason: ', socket_strerror(socket_last_error($msgsock)), "\n";
            break;
        }
        if (!$buf = trim($buf)) {
            continue;
        }
        if ($buf == 'quit') {
            break;
        }
        if ($buf == 'shutdown') {
            socket_close($msgsock);
            break 2;
        }
        $talkback = "PHP: You said '$buf'.\n";
        socket_write($msgsock, $talkback, strlen($talkback));
        echo "$buf\n";
    } while (true);
    socket_close($msgsock);
} while (true);
socket_close($sock);
