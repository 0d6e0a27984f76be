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
 * Watches the plugin answer a request: the engine rehearses its own answer, and once the plugin is done it compares, tells the
 * trace in one line what differs, and counts. Nothing of the shop is changed. What the plugin did is gathered here, and judged by
 * the engine.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class shadow {
    /** @var moodle_host */
    private moodle_host $host;

    /** @var string the takeover */
    private string $name;

    /**
     * Constructor.
     *
     * @param moodle_host $host
     * @param string $name the takeover that the request belongs to
     */
    public function __construct(moodle_host $host, string $name) {
        $this->host = $host;
        $this->name = $name;
    }

    /**
     * Rehearses the engine's answer, and compares when the request is over.
     */
    public function watch(): void {
        try {
            $rehearsed = $this->host->engine()->rehearse($this->name, $this->host->request());
        } catch (\Throwable $error) {
            $this->host->log($error);
            return;
        }
        \core_shutdown_manager::register_function([$this, 'compare'], [$rehearsed]);
    }

    /**
     * Has the engine compare, trace and count.
     *
     * @param string $rehearsed what the engine would have done
     */
    public function compare(string $rehearsed): void {
        try {
            $this->host->engine()->compare($this->name, $rehearsed, $this->done());
        } catch (\Throwable $error) {
            $this->host->log($error);
        }
    }

    /**
     * What the plugin did, as far as it can be seen at the end of the request.
     *
     * @return string[]
     */
    private function done(): array {
        global $SESSION;
        $location = '';
        foreach (headers_list() as $header) {
            if (stripos($header, 'Location:') === 0) {
                $location = trim(substr($header, strlen('Location:')));
            }
        }
        return [
            'shoppingcart' => json_encode(
                $SESSION->shoppingcart ?? new \stdClass(),
                JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR
            ),
            'paymode' => optional_param('paymode', '', PARAM_TEXT),
            'status' => (string) (http_response_code() ?: ''),
            'location' => $location,
        ];
    }
}
