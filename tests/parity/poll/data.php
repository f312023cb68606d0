<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Write], ['name' => '小明', 'age' => 7]);
    // Data is a value: what one changes of it is one's own.
    $data = $watcher->getData();
    $data['age']++;
    show($watcher->getData()['age']);
    $watcher->modifyData($data);
    show($watcher->getData()['age'] + $watcher->getData()['age']);
    show($context->wait(milliseconds(5000))[0]->getData()['name']);
    $watcher->remove();
    show($watcher->getData()['name']);
}
