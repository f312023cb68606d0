<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    for ($number = 0; $number < 3; $number++) {
        $watcher = $context->add(new StreamPollHandle($a), [Event::Write], $number);
        found($context->wait(milliseconds(5000)));
        $watcher->remove();
        found($context->wait(milliseconds(1)));
    }
}
