<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $server = stream_socket_server('tcp://127.0.0.1:0');
    $a = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
    $b = stream_socket_accept($server);

    $context->add(new StreamPollHandle($a), [Event::Read], 1);
    $socket = socket_import_stream($b);
    socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 0]);
    unset($socket);
    fclose($b);
    found($context->wait(milliseconds(5000)));
}
