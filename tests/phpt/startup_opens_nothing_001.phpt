--TEST--
before the first call no thread runs and no file is open; a trace opens its file with its first line
--EXTENSIONS--
shopengine
--SKIPIF--
<?php if (!is_dir('/proc/self/fd')) die('skip needs /proc'); ?>
--FILE--
<?php
function open_files(): array {
    $files = array_map(fn($link) => (string) @readlink($link), glob('/proc/self/fd/*'));
    return array_values(array_filter($files, fn($file) => preg_match('/\.(tmp|log|sqlite|db)\b/', $file)));
}
$path = __DIR__ . '/startup_opens_nothing_001.log.tmp';
$trace = new ShopEngine\Trace($path, 'UTC');
echo count(glob('/proc/self/task/*')), ' thread, ', count(open_files()), " files\n";
$trace->write('first');
echo count(glob('/proc/self/task/*')), ' thread, ', basename(open_files()[0]), "\n";
?>
--CLEAN--
<?php
@unlink(__DIR__ . '/startup_opens_nothing_001.log.tmp');
?>
--EXPECT--
1 thread, 0 files
1 thread, startup_opens_nothing_001.log.tmp
