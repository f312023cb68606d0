<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Read], 1);
    fwrite($b, 'x');
    fclose($a);
    show($watcher->isActive());
    found($context->wait(milliseconds(1)));
    attempt(fn () => $watcher->modify([Event::Write], 2));
    attempt(fn () => $watcher->modifyEvents([Event::Write]));
    attempt(fn () => $watcher->modifyData(2));
    show($watcher->getData());
    show(events($watcher->getWatchedEvents()));
    show(events($watcher->getTriggeredEvents()));
}
