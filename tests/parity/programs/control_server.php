<?php
// The control socket of a daemon: each command is a packet with its sender's credentials; a file that comes along is the log.
$sock = socket_create(AF_UNIX, SOCK_SEQPACKET, 0);
socket_bind($sock, 'control') or die(socket_strerror(socket_last_error($sock)) . "\n");
socket_set_option($sock, SOL_SOCKET, SO_PASSCRED, 1); // who is accepted takes it over: set later, the first command could have come without
socket_listen($sock, 5);
listening('control');
$settings = ['level' => 'info'];
$clients = [];
$log = null;
$packets = 0;
for ($running = true; $running || $clients;) {
    $read = $clients;
    if ($running) $read['new'] = $sock;
    $write = $except = null;
    if (socket_select($read, $write, $except, 10) === 0) die("nobody\n");
    if (isset($read['new'])) {
        $client = socket_accept($sock);
        $clients[] = $client;
        unset($read['new']);
    }
    foreach ($read as $key => $client) {
        $message = ['buffer_size' => 64, 'controllen' => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1) + socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS)];
        $length = socket_recvmsg($client, $message);
        if (!$length) {
            socket_close($client);
            unset($clients[$key]);
            continue;
        }
        $packets++;
        $sender = null;
        foreach ($message['control'] as $control) {
            if ($control['type'] === SCM_CREDENTIALS) $sender = $control['data'];
            if ($control['type'] === SCM_RIGHTS) $log = $control['data'][0];
        }
        if ($message['flags'] & MSG_TRUNC) {
            answer($client, 'too long');
            continue;
        }
        $words = explode(' ', $message['iov'][0]);
        if (is_resource($log)) fwrite($log, "$words[0]\n");
        switch ($words[0]) {
            case 'whoami':
                answer($client, $sender !== null && $sender['pid'] === (int) $words[1] && $sender['uid'] === getmyuid() ? 'known' : 'unknown');
                break;
            case 'set':
                $settings[$words[1]] = implode(' ', array_slice($words, 2));
                answer($client, 'ok');
                break;
            case 'list':
                foreach ($settings as $name => $value) answer($client, "$name=$value");
                answer($client, '.');
                break;
            case 'log':
                answer($client, $log instanceof Socket ? 'a socket' : 'a file');
                break;
            case 'stop':
                $running = false;
                socket_close($sock);
                unlink('control');
                answer($client, 'bye');
                break;
            default:
                answer($client, "what is $words[0]?");
        }
    }
}
echo "$packets packets\n";

function answer(Socket $client, string $text): void
{
    $sent = @socket_sendmsg($client, ['iov' => [$text, "\n"]], MSG_NOSIGNAL);
    if ($sent !== strlen($text) + 1) echo 'not told: ', socket_strerror(socket_last_error($client)), "\n";
}
