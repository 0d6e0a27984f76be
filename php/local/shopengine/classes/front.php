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

namespace local_shopengine;

/**
 * The loop between the engine and a host: one request in, one answer out, due work done.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class front {
    /** @var host where the shop lives */
    private host $host;

    /** @var \Closure gives the engine; opened late, so that a database that is away becomes a page */
    private \Closure $open;

    /**
     * Constructor.
     *
     * @param host $host
     * @param \Closure $open returns the \ShopEngine\Engine
     */
    public function __construct(host $host, \Closure $open) {
        $this->host = $host;
        $this->open = $open;
    }

    /**
     * Answers the host's current request.
     *
     * @return bool false when the request is not the engine's: the caller goes on as if nothing had happened
     */
    public function answer(): bool {
        try {
            $engine = ($this->open)();
            $request = $this->host->request();
            if (limits::refuse($this->host, $request)) {
                return true;
            }
            $answer = $engine->handle($request + ['drained' => false]);
            $this->keep($answer);
            if ($answer['drain'] === 'first') {
                outbox::drain($engine, $this->host, visitor: true);
            }
            if ($answer['kind'] === 'drain') {
                // In another tab the visitor may have filled a new cart meanwhile.
                $request = $this->host->request();
                $answer = $engine->handle(['drained' => true] + $request);
                $this->keep($answer);
            }
            // One call may lead to the next; the engine itself ends that.
            while ($answer['kind'] === 'ask') {
                $request['session'] = $answer['session'] ?? $request['session'];
                $answer = $engine->handle(['asked' => inbox::call($this->host, $answer['ask'])] + $request);
                $this->keep($answer);
            }
            if ($answer['kind'] === 'pass') {
                return false;
            }
            $this->send($engine, $answer);
        } catch (\Throwable $error) {
            $this->fail($error);
            return true;
        }
        if ($answer['drain'] === 'after') {
            $this->drain_afterwards($engine);
        }
        return true;
    }

    /**
     * Keeps the session and the shared cart that the engine gave, if it gave any.
     *
     * @param array $answer
     */
    private function keep(array $answer): void {
        if (isset($answer['session'])) {
            $this->host->save_session($answer['session']);
        }
        if (isset($answer['cart'])) {
            $this->host->save_cart($answer['cart']);
        }
    }

    /**
     * Sends an answer the way its kind asks for.
     *
     * @param object $engine
     * @param array $answer
     */
    private function send(object $engine, array $answer): void {
        switch ($answer['kind']) {
            case 'page':
                // Drawn before a byte is sent: a fault in a template must still become a page.
                $page = new page($this->host, $answer['page'], $answer['data']);
                if ($page->refresh() !== null) {
                    header('Refresh: ' . $page->refresh());
                }
                $this->host->send_page($answer['status'], $page);
                return;
            case 'redirect':
                $this->host->send_redirect($answer['location']);
                return;
            case 'text':
                if ($answer['status'] === 503) {
                    // A payment interface sends its message again.
                    header('Retry-After: 60');
                }
                $this->host->send_text($answer['status'], $answer['contenttype'], $answer['body']);
                return;
            case 'file':
                // Written before a byte is sent, like a page; to a file, because it may be larger than memory.
                $file = $answer['file'];
                $this->host->send_file($file['name'], $answer['contenttype'], fn(string $path) => $engine->write($file, $path));
                return;
        }
        throw new \UnexpectedValueException('the engine gave an answer of an unknown kind');
    }

    /**
     * Turns what went wrong into a page that says what to do next.
     *
     * @param \Throwable $error
     */
    private function fail(\Throwable $error): void {
        $this->host->log($error);
        [$status, $code] = match (true) {
            !extension_loaded('shopengine') => [503, 'engine_unavailable'],
            $error instanceof \ShopEngine\Exception\DatabaseException => [503, 'database_unavailable'],
            // The request itself cannot be read: bytes that are no text.
            ($error->errorcode ?? '') === 'value_not_utf8' => [400, 'value_not_utf8'],
            default => [500, 'internal_error'],
        };
        $this->host->send_page($status, new page($this->host, 'error', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'status' => $status,
            'error' => ['level' => 'error', 'code' => $code, 'params' => []],
            'next' => null,
        ]));
    }

    /**
     * Drains the outbox once the visitor has the answer; what fails now is taken up by a later request.
     *
     * @param \ShopEngine\Engine $engine
     */
    private function drain_afterwards(object $engine): void {
        try {
            $this->host->close_answer();
            outbox::drain($engine, $this->host, visitor: true);
            inbox::verify($engine, $this->host, 1);
        } catch (\Throwable $error) {
            $this->host->log($error);
        }
    }
}
