<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // Of two that are ready, the first closes the second.
    [$a, $b] = streams();
    $watchers = [];
    foreach ([$a, $b] as $stream) {
        $watchers[] = $context->add(new StreamPollHandle($stream), [Event::Write], 1);
    }
    show(count($context->wait(milliseconds(5000))));
    fclose($b);
    show($watchers[1]->isActive());
    show($watchers[1]->hasTriggered(Event::Write));
    found($context->wait(milliseconds(5000)));
}
