<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $pairs = array_map(fn () => streams(), range(0, 199));
    foreach ($pairs as $number => $pair) {
        $context->add(new StreamPollHandle($pair[0]), [Event::Read], $number);
    }
    foreach ([0, 100, 199] as $number) {
        fwrite($pairs[$number][1], 'x');
        found($context->wait(milliseconds(5000)));
        fread($pairs[$number][0], 10);
    }
    foreach ($pairs as $pair) {
        fwrite($pair[1], 'x');
    }
    show(count($context->wait(milliseconds(5000), 1000)));
    show(count($context->wait(milliseconds(5000), 150)));
    show(count($context->wait(milliseconds(5000))));
}
