<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Write], 1);
    $context->add(new StreamPollHandle($b), [Event::Write], 2);
    // Each one found removes itself; what was found stays readable.
    $watchers = $context->wait(milliseconds(5000));
    foreach ($watchers as $watcher) {
        $watcher->remove();
    }
    found($watchers);
    show($watchers[0]->hasTriggered(Event::Write));
    show($watchers[0]->hasTriggered(Event::Read));
    found($context->wait(milliseconds(1)));
}
