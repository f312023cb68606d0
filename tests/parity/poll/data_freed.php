<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $add = function (string $name) use ($context): array {
        [$a, $b] = streams();
        return [$a, $context->add(new StreamPollHandle($a), [Event::Read], new Farewell($name))];
    };
    // A close that nobody else knows the watcher of.
    [$stream] = $add('closed');
    echo "close\n";
    fclose($stream);
    echo "closed\n";
    [$stream, $watcher] = $add('old');
    $watcher->modifyData(new Farewell('new'));
    echo "modified\n";
    $watcher->remove();
    echo "removed\n";
    unset($watcher);
    [$stream, $watcher] = $add('held');
    fclose($stream);
    echo "closed\n";
    unset($watcher);
    [$stream, $watcher] = $add('context');
    unset($watcher, $add, $context);
    echo "end\n";
}
