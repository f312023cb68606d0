<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Write], 1);
    found($context->wait(milliseconds(5000)));
    fclose($a);
    attempt(fn () => $watcher->remove());
    show($watcher->isActive());
    show(events($watcher->getTriggeredEvents()));
}
