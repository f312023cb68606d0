<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $pairs = array_map(fn () => streams(), range(0, 4));
    foreach ($pairs as $number => $pair) {
        $context->add(new StreamPollHandle($pair[0]), [Event::Write, Event::OneShot], $number);
    }
    $data = [];
    for ($round = 0; $round < 4; $round++) {
        $watchers = $context->wait(milliseconds(0), 2);
        show(count($watchers));
        array_push($data, ...array_map(fn ($watcher) => $watcher->getData(), $watchers));
    }
    sort($data);
    show($data);
}
