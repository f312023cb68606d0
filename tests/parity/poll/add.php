<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $first = $context->add(new StreamPollHandle($a), [Event::Read], 'a');
    $second = $context->add(new StreamPollHandle($b), [Event::Read, Event::Write], 'b');
    found($context->wait(milliseconds(0)));
    fwrite($b, '测试');
    found($context->wait(milliseconds(5000)));
    fwrite($a, 'x');
    found($context->wait(milliseconds(5000)));
    show(events($first->getWatchedEvents()));
    show(events($second->getWatchedEvents()));
    show($first->getHandle()->getStream() === $a);
    show($first->isActive());
    // Level-triggered: as long as it is so.
    found($context->wait(milliseconds(5000)));
    fread($a, 100);
    found($context->wait(milliseconds(5000)));
}
