--TEST--
the command line seals a trace and compares it, and its exit status says whether it was changed
--EXTENSIONS--
shopengine
--FILE--
<?php
$path = __DIR__ . '/trace_cli_002.log.tmp';
copy(__DIR__ . '/../fixtures/trace/seed_sample.log', $path);
file_put_contents("$path.key", "the site's secret\n");
$run = function (string ...$options) use ($path): string {
    $script = __DIR__ . '/../../php/local/shopengine/cli/trace.php';
    $extension = ini_get('extension_dir') . '/shopengine.so';
    foreach (file('/proc/self/maps') as $map) {
        if (preg_match('~(/\S*shopengine\.so)$~', trim($map), $found)) {
            $extension = $found[1];
        }
    }
    $command = [PHP_BINARY, '-n', '-d', "extension=$extension", $script, "--file=$path", ...$options];
    exec(implode(' ', array_map(escapeshellarg(...), $command)) . ' 2>&1', $lines, $status);
    return preg_replace(['~\b[0-9a-f]{64}\b~', '~20\d\d-[\d:.T-]+Z~'], ['HASH', 'TIME'], implode("\n", $lines)) . "\n= $status\n";
};
echo $run('--seal', "--keyfile=$path.key", '--format=text');
echo $run('--verify', "--keyfile=$path.key", '--format=text');
file_put_contents($path, str_replace('benoit.tostain', 'marie.tostain ', file_get_contents($path)));
echo $run('--verify', "--keyfile=$path.key", '--format=text');
echo $run('--verify', "--keyfile=$path.key", '--end=' . basename($path) . ':' . str_repeat('f', 64));
echo $run('--verify', "--keyfile=$path.key", '--end=none');
echo $run('--verify', '--keyfile=/dev/null');
?>
--CLEAN--
<?php
array_map(unlink(...), glob(__DIR__ . '/trace_cli_002.log.tmp*'));
?>
--EXPECTF--
2294 bytes are sealed now; the chains end with trace_cli_002.log.tmp:HASH
= 0
trace_cli_002.log.tmp  2294 of 2294 bytes are sealed, and as they were
= 0
trace_cli_002.log.tmp  2294 of 2294 bytes are sealed, and not as they were
    lines 1 to 23 (bytes 0 to 2294), sealed on TIME, are not what was sealed
= 1
{"file":"%strace_cli_002.log.tmp","length":2294,"sealed":2294,"time":"TIME","right":false,"findings":[{"file":"trace_cli_002.log.tmp","code":"trace_found_changed",%A},{"file":"trace_cli_002.log.tmp","code":"trace_found_end_missing",%A}]}
= 1
`none` is not a file's name, a colon and what --seal gave for it
= 2
there is no secret in `/dev/null`
= 2
