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
 * Limits on imports, placements and messages at the endpoints: the host counts, the engine decides.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class limits {
    /**
     * Refuses a request when too many were sent in this minute.
     *
     * @param host $host
     * @param array $request as the host gives it
     * @return bool whether it was refused: the answer is sent
     */
    public static function refuse(host $host, array $request): bool {
        $refusal = self::refusal($host, $request);
        if ($refusal === null) {
            return false;
        }
        header('Retry-After: ' . $refusal['retryafter']);
        if ($refusal['kind'] === 'endpoint') {
            $host->send_text($refusal['status'], 'text/plain; charset=utf-8', 'too_many_requests');
            return true;
        }
        $host->send_page($refusal['status'], new page($host, 'error', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'status' => $refusal['status'],
            'error' => ['level' => 'error', 'code' => 'too_many_requests', 'params' => []],
            'next' => null,
        ]));
        return true;
    }

    /**
     * Counts a request and asks the engine about it. Where nothing can be counted the request is answered.
     *
     * @param host $host
     * @param array $request
     * @return array|null `kind`, `status`, `retryafter`; null: it is answered
     */
    private static function refusal(host $host, array $request): ?array {
        $kind = \ShopEngine\Limits::kind(
            script: $request['script'],
            query: $request['query'],
            body: $request['body'],
            method: $request['method'],
            contenttype: $request['contenttype'],
            sesskey: $request['sesskey'],
        );
        if ($kind === null) {
            return null;
        }
        $limits = \ShopEngine\Limits::defaults($kind);
        foreach ($limits as $name => $default) {
            $set = $host->setting("limit{$kind}{$name}");
            $limits[$name] = is_numeric($set) ? (int) $set : $default;
        }
        $now = time();
        $window = intdiv($now, \ShopEngine\Limits::WINDOW);
        try {
            $ofclient = $host->count("{$kind}_{$window}_" . sha1(\ShopEngine\Limits::network($host->client())));
            $ofall = $host->count("{$kind}_{$window}");
        } catch (\Throwable $error) {
            $host->log($error);
            return null;
        }
        $refusal = \ShopEngine\Limits::admit($kind, $limits['client'], $limits['total'], $ofclient, $ofall, $now);
        return $refusal === null ? null : ['kind' => $kind] + $refusal;
    }
}
