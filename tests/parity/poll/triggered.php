<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Read, Event::Write], 1);
    show(events($watcher->getTriggeredEvents()));
    $context->wait(milliseconds(5000));
    show(events($watcher->getTriggeredEvents()));
    foreach (Event::cases() as $event) {
        show($watcher->hasTriggered($event));
    }
    // It stays until a wait returns the watcher again.
    $watcher->modifyEvents([Event::Read]);
    found($context->wait(milliseconds(1)));
    show(events($watcher->getTriggeredEvents()));
    fwrite($b, 'x');
    $context->wait(milliseconds(5000));
    show(events($watcher->getTriggeredEvents()));
}
