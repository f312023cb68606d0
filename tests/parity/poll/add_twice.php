<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Write], 1);
    attempt(fn () => $context->add(new StreamPollHandle($a), [Event::Read], 2));
    found($context->wait(milliseconds(5000)));
    // Another context is another matter.
    $other = new Context($backend);
    $other->add(new StreamPollHandle($a), [Event::Write], 3);
    found($other->wait(milliseconds(5000)));
    found($context->wait(milliseconds(5000)));
}
