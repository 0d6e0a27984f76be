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
 * A tiny browser for the demo: keeps cookies, follows nothing by itself, fills in a page's forms.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class visitor {
    /** @var string[] cookies by name */
    private array $cookies = [];

    /** @var string where the visitor is */
    public string $url = '';

    /** @var int status of the last answer */
    public int $status = 0;

    /** @var string where the last answer leads, or '' */
    public string $location = '';

    /** @var string body of the last answer */
    public string $body = '';

    /** @var \Closure|null told each request: method, URL, status, where it leads */
    private ?\Closure $witness;

    /**
     * Constructor.
     *
     * @param \Closure|null $witness
     */
    public function __construct(?\Closure $witness = null) {
        $this->witness = $witness;
    }

    /**
     * Asks once.
     *
     * @param string $method
     * @param string $url
     * @param array|null $fields what to post
     * @return self
     */
    public function ask(string $method, string $url, ?array $fields = null): self {
        $headers = ['Accept-Language: en', 'Connection: close'];
        foreach ($this->cookies as $name => $value) {
            $headers[] = "Cookie: $name=$value";
        }
        if ($fields !== null) {
            $headers[] = 'Content-Type: application/x-www-form-urlencoded';
        }
        $body = @file_get_contents($url, false, stream_context_create(['http' => [
            'method' => $method, 'header' => $headers, 'content' => $fields === null ? '' : http_build_query($fields),
            'follow_location' => 0, 'ignore_errors' => true, 'timeout' => 30,
        ]]));
        if ($body === false) {
            throw new \RuntimeException("$url does not answer");
        }
        [$this->url, $this->body, $this->location] = [$url, $body, ''];
        foreach ($http_response_header as $line) {
            if (preg_match('~^HTTP/\S+ (\d+)~', $line, $found)) {
                $this->status = (int) $found[1];
            } else if (preg_match('~^Set-Cookie: ([^=]+)=([^;]*)~i', $line, $found)) {
                $this->cookies[$found[1]] = $found[2];
            } else if (preg_match('~^Location: (\S+)~i', $line, $found)) {
                $this->location = $found[1];
            }
        }
        if ($this->witness) {
            ($this->witness)($method, $url, $this->status, $this->location);
        }
        return $this;
    }

    /**
     * Asks and follows to the page it leads to.
     *
     * @param string $method
     * @param string $url
     * @param array|null $fields
     * @return self
     */
    public function visit(string $method, string $url, ?array $fields = null): self {
        $this->ask($method, $url, $fields);
        for ($hops = 0; $this->location !== ''; $hops++) {
            if ($hops > 9) {
                throw new \RuntimeException("$url leads round in circles");
            }
            $this->ask('GET', $this->location);
        }
        return $this;
    }

    /**
     * Fills in the first form of the page that has certain fields, and sends it.
     *
     * @param string[] $having fields that tell the form; a value of null means "without this field"
     * @param string[] $values what to write
     * @return self
     */
    public function submit(array $having, array $values = []): self {
        preg_match_all('~<form action="([^"]*)" method="(\w+)"[^>]*>(.*?)</form>~s', $this->body, $forms, PREG_SET_ORDER);
        foreach ($forms as [, $action, $method, $inside]) {
            preg_match_all('~<input type="hidden" name="([^"]*)" value="([^"]*)"~', $inside, $hidden);
            $fields = array_combine(array_map('html_entity_decode', $hidden[1]), array_map('html_entity_decode', $hidden[2]));
            foreach ($having as $name => $value) {
                if (($fields[$name] ?? null) !== $value) {
                    continue 2;
                }
            }
            return $this->visit(strtoupper($method), html_entity_decode($action), $values + $fields);
        }
        throw new \RuntimeException("the page $this->url has no form with " . json_encode($having));
    }

    /**
     * The text of the page's elements that match a pattern.
     *
     * @param string $pattern regular expression with one group
     * @return string[]
     */
    public function texts(string $pattern): array {
        preg_match_all($pattern, $this->body, $found);
        return array_map(function (string $html): string {
            // What has elements in it is laid out by them, not by its blanks.
            $text = str_contains($html, '<') ? preg_replace('/\s+/', ' ', preg_replace('/<[^>]*>/', ' ', $html)) : $html;
            return trim(html_entity_decode($text, ENT_QUOTES | ENT_HTML5));
        }, $found[1]);
    }
}
