<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // A client says three things, and leaves.
    $server = stream_socket_server('tcp://127.0.0.1:0');
    $client = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
    $context->add(new StreamPollHandle($server), [Event::Read], 'server');
    $words = ['你好', '测试', '再见'];
    fwrite($client, array_shift($words));
    for ($open = 1; $open >= 1;) {
        foreach ($context->wait(milliseconds(5000)) as $watcher) {
            $stream = $watcher->getHandle()->getStream();
            if ($watcher->getData() === 'server') {
                $open++;
                $context->add(new StreamPollHandle(stream_socket_accept($server)), [Event::Read], 'client');
                continue;
            }
            $data = fread($stream, 2048);
            if ($data === '') {
                echo "left\n";
                fclose($stream);
                $open = 0;
                continue;
            }
            fwrite($stream, $data);
            echo fread($client, 2048), "\n";
            $words ? fwrite($client, array_shift($words)) : fclose($client);
        }
    }
}
