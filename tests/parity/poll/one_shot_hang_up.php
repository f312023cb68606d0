<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Read, Event::OneShot], 1);
    fwrite($b, 'x');
    found($context->wait(milliseconds(5000)));
    // It has fired: not even the end of the connection is told.
    fclose($b);
    found($context->wait(milliseconds(1)));
}
