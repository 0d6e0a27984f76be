--TEST--
a trace is sealed with a secret; what is changed afterwards is found, what is concealed is told
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Exception\TraceException;
use ShopEngine\Trace;

$path = __DIR__ . '/trace_chain_001.log.tmp';
$line = "-- 2017-8-21 20:38:55 525 -- [TU90==] Order of marie@example.org : 100 EUR\n";
file_put_contents($path, $line);
$trace = new Trace($path, 'Europe/Paris');
$sealed = $trace->seal('secret');
echo $sealed['bytes'] === strlen($line) ? 'sealed' : 'not sealed', ' ', strlen($sealed['ends'][basename($path)]), "\n";
$show = function (array $files): void {
    foreach ($files as $file) {
        echo basename($file['file']), " $file[sealed]/$file[length] ", json_encode($file['right']), "\n";
        foreach ($file['findings'] as $found) {
            $place = "$found[from]-$found[to] $found[first]-$found[last] $found[count]";
            echo $found['file'] === basename($file['file']) ? '' : 'of another file', "  $found[code] ", json_encode($found['wrong']), " $place\n  ", preg_replace('~20\d\d\S+Z~', 'TIME', $found['text']), "\n";
        }
    }
};
$show($trace->verify('secret', $sealed['ends']));
$trace->conceal(['marie@example.org'], 'secret');
$trace->write('new', 'TU90==');
$show($trace->verify(key: 'secret'));
file_put_contents($path, str_replace('100 EUR', '900 EUR', file_get_contents($path)));
$show($trace->verify('secret'));
$show($trace->verify());
try {
    $trace->seal('another');
} catch (TraceException $e) {
    echo str_replace(__DIR__, '', $e->getMessage()), "\n";
}
?>
--CLEAN--
<?php
array_map(unlink(...), glob(__DIR__ . '/trace_chain_001.log.tmp*'));
?>
--EXPECTF--
sealed 64
trace_chain_001.log.tmp 75/75 true
trace_chain_001.log.tmp 75/%d true
  trace_found_concealed false 47-64 1-1 1
  on TIME personal data was concealed between bytes 47 and 64 (places: 1)
  trace_found_unsealed false 75-%d 2-2 %d
  %d bytes from line 2 (byte 75) are not sealed yet
trace_chain_001.log.tmp 75/%d false
  trace_found_concealed false 47-64 1-1 1
  on TIME personal data was concealed between bytes 47 and 64 (places: 1)
  trace_found_changed true 0-75 1-1 0
  lines 1 to 1 (bytes 0 to 75), sealed on TIME, are not what was sealed
  trace_found_unsealed false 75-%d 2-2 %d
  %d bytes from line 2 (byte 75) are not sealed yet
trace_chain_001.log.tmp 75/%d false
  trace_found_concealed false 47-64 1-1 1
  on TIME personal data was concealed between bytes 47 and 64 (places: 1)
  trace_found_key_missing true 0-0 1-1 0
  the chain has a secret that was not given: whether its seals are genuine cannot be told
  trace_found_changed true 0-75 1-1 0
  lines 1 to 1 (bytes 0 to 75), sealed on TIME, are not what was sealed
  trace_found_unsealed false 75-%d 2-2 %d
  %d bytes from line 2 (byte 75) are not sealed yet
the chain `/trace_chain_001.log.tmp.chain` is not as it was sealed, or was sealed with another secret (record 1)
