<?php
// What PHP runs before each script of these directories: a warning or an exception becomes a line of the output.
// prelude.rs is the same for the Rust ports.

set_error_handler(function (int $level, string $message): bool {
    if (error_reporting() & $level) {
        echo "Warning: $message\n";
    }
    return true;
});

set_exception_handler(function (Throwable $exception): void {
    echo 'Uncaught ', $exception::class, ": {$exception->getMessage()}\n";
});

/** Prints a value; of a closure, what it returns or throws. */
function show(mixed $value): void
{
    try {
        echo describe($value instanceof Closure ? $value() : $value), "\n";
    } catch (Throwable $exception) {
        echo $exception::class, ": {$exception->getMessage()}\n";
    }
}

/** Writes a value as JSON does, a socket by its class, bytes that are no UTF-8 as hexadecimal digits. */
function describe(mixed $value): string
{
    if (is_array($value)) {
        $list = array_is_list($value);
        $parts = [];
        foreach ($value as $key => $element) {
            $parts[] = ($list ? '' : "$key: ") . describe($element);
        }
        return ($list ? '[' : '{') . implode(', ', $parts) . ($list ? ']' : '}');
    }
    if (is_object($value)) {
        return $value::class;
    }
    if (is_resource($value)) {
        return get_resource_type($value);
    }
    if (is_string($value) && !preg_match('//u', $value)) {
        return 'hex:' . bin2hex($value);
    }
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_LINE_TERMINATORS);
}

/** Tells the test that clients may connect, and where: it becomes $argv[1] of the client. */
function listening(int|string $address): void
{
    fwrite(STDERR, "$address\n");
}

/** Two streams that are connected, for Io\Poll. */
function streams(): array
{
    return stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, STREAM_IPPROTO_IP);
}

function milliseconds(int $count): Time\Duration
{
    return Time\Duration::fromMilliseconds($count);
}

/** Prints what a wait of Io\Poll has found. */
function found(array $watchers): void
{
    $lines = array_map(fn ($watcher) => describe($watcher->getData()) . ' ' . events($watcher->getTriggeredEvents()), $watchers);
    sort($lines, SORT_STRING);
    echo $lines ? implode(', ', $lines) : 'nothing', "\n";
}

function events(array $events): string
{
    return implode('|', array_map(fn ($event) => $event->name, $events));
}

/** Prints whether a call of Io\Poll has done what it should, or its exception: class, number and text. */
function attempt(Closure $call): void
{
    try {
        $call();
        echo "ok\n";
    } catch (Throwable $exception) {
        echo $exception::class, " [{$exception->getCode()}]: {$exception->getMessage()}\n";
    }
}

/** Says when it is dropped. */
class Farewell
{
    public function __construct(private string $name) {}

    public function __destruct()
    {
        echo "gone: $this->name\n";
    }
}
