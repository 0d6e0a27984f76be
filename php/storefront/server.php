<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

namespace local_shopengine\storefront;

/**
 * The shop on PHP's own web server, as a child of this process: started, watched, and stopped with all its workers.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class server {
    /** Processes that answer requests. */
    private const WORKERS = 4;

    /** @var resource the child */
    private $process;

    /** @var int port of 127.0.0.1 */
    private int $port;

    /**
     * Starts the server. The database's path is in the environment already.
     *
     * @param int $port
     * @param array $output where its words go: two descriptors of proc_open
     */
    public function __construct(int $port, array $output) {
        $this->port = $port;
        if (@fsockopen('127.0.0.1', $port, $code, $message, 1)) {
            throw new \RuntimeException("port $port is taken: choose another with --port (or `make demo PORT=8081`)");
        }
        if (function_exists('pcntl_signal') && function_exists('posix_kill')) {
            pcntl_async_signals(true);
            foreach ([SIGHUP, SIGINT, SIGTERM] as $signal) {
                pcntl_signal($signal, function () use ($signal): void {
                    $this->stop();
                    exit($signal === SIGINT ? 0 : 128 + $signal);
                });
            }
            // Only where we can stop them: a worker outlives its server.
            putenv('PHP_CLI_SERVER_WORKERS=' . self::WORKERS);
        }
        $this->process = proc_open($this->command(), [STDIN, ...$output], $pipes);
        for ($tries = 0; !@fsockopen('127.0.0.1', $port, $code, $message, 1); $tries++) {
            if ($tries > 100 || !proc_get_status($this->process)['running']) {
                $this->stop();
                throw new \RuntimeException("the web server does not start on port $port");
            }
            usleep(100000);
        }
    }

    /**
     * The shop's address.
     *
     * @return string
     */
    public function root(): string {
        return "http://127.0.0.1:$this->port";
    }

    /**
     * Lets the server serve until it ends or this process is told to.
     */
    public function wait(): void {
        while (proc_get_status($this->process)['running']) {
            usleep(200000);
        }
    }

    /**
     * Stops the server and its workers, each by its own process id.
     */
    public function stop(): void {
        $pid = proc_get_status($this->process)['pid'];
        $workers = @file_get_contents("/proc/$pid/task/$pid/children") ?: '';
        proc_terminate($this->process);
        foreach (array_filter(explode(' ', $workers)) as $worker) {
            posix_kill((int) $worker, SIGTERM);
        }
        proc_close($this->process);
    }

    /**
     * The server's command line, with this process's extension.
     *
     * @return string[]
     */
    private function command(): array {
        $settings = [
            // Bodies reach the engine as they came; PHP neither parses them nor complains about them.
            'enable_post_data_reading=0',
            'display_errors=0',
            'log_errors=1',
            'expose_php=0',
            'date.timezone=' . date_default_timezone_get(),
            // As Moodle sets it: what is right there is right here.
            'arg_separator.output=&amp;',
        ];
        exec(escapeshellarg(PHP_BINARY) . ' -r ' . escapeshellarg('exit(extension_loaded("shopengine") ? 0 : 1);'), $output, $missing);
        if ($missing) {
            array_unshift($settings, 'extension=' . $this->extension());
        }
        $command = [PHP_BINARY];
        foreach ($settings as $setting) {
            array_push($command, '-d', $setting);
        }
        array_push($command, '-S', "127.0.0.1:$this->port", '-t', __DIR__, __DIR__ . '/router.php');
        return $command;
    }

    /**
     * The file this process loaded the extension from.
     *
     * @return string path
     */
    private function extension(): string {
        $path = getenv('SHOPENGINE_EXTENSION');
        if (!$path && is_readable('/proc/self/maps')) {
            $path = preg_match('~\s(/\S*shopengine\S*\.so)$~m', file_get_contents('/proc/self/maps'), $found) ? $found[1] : '';
        }
        return $path ?: 'shopengine';
    }
}
